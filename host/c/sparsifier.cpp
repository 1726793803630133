#include "host/c/sparsifier.hpp"

#include <utility>
#include <vector>

#include "host/c/abi.hpp"
#include "host/message.hpp"

using namespace heddle;
using heddle::c::guard;
using heddle::c::need;
using heddle::c::read;

namespace {

heddle_eligibility_rule to_c(const EligibilityRule& rule) { return {rule.rows, rule.cols}; }
EligibilityRule to_cpp(const heddle_eligibility_rule& rule) { return {rule.rows, rule.cols}; }

// The default method is a text that lives as long as the program.
heddle_sparsifier_options write_options(const SparsifierOptions& options) {
  heddle_sparsifier_options to{};
  to.size = sizeof(to);
  to.method = "2:4";
  to.f32 = to_c(options.f32);
  to.f16 = to_c(options.f16);
  to.bf16 = to_c(options.bf16);
  to.f8 = to_c(options.f8);
  to.i8 = to_c(options.i8);
  to.min_rank = options.min_rank;
  return to;
}

Status read_names(const char* name, const char* const* names, size_t count,
                  std::vector<std::string>& to) {
  if (count != 0) HEDDLE_TRY(need(name, names));
  to.resize(count);
  for (size_t i = 0; i < count; ++i)
    HEDDLE_TRY(read(message(name, "[", i, "]").c_str(), names[i], to[i]));
  return {};
}

Status read_options(const heddle_sparsifier_options* from, SparsifierOptions& to) {
  if (from == nullptr) return {};
  heddle_sparsifier_options known = write_options(SparsifierOptions{});
  HEDDLE_TRY(c::read_struct("options", from, known));
  HEDDLE_TRY(read("options.method", known.method, to.method));
  HEDDLE_TRY(read_names("options.allowed_names", known.allowed_names, known.allowed_count,
                        to.allowed_names));
  HEDDLE_TRY(read_names("options.disallowed_names", known.disallowed_names, known.disallowed_count,
                        to.disallowed_names));
  to.f32 = to_cpp(known.f32);
  to.f16 = to_cpp(known.f16);
  to.bf16 = to_cpp(known.bf16);
  to.f8 = to_cpp(known.f8);
  to.i8 = to_cpp(known.i8);
  to.min_rank = known.min_rank;
  return c::read_reserved("options.reserved", known.reserved);
}

Status read_parameter(const heddle_sparse_parameter* from, SparseParameter& to) {
  heddle_sparse_parameter known{};
  HEDDLE_TRY(c::read_struct("parameter", from, known));
  HEDDLE_TRY(read("parameter.name", known.name, to.name));
  HEDDLE_TRY(read("parameter.weight", &known.weight, to.weight));
  HEDDLE_TRY(read("parameter.mask", &known.mask, to.mask));
  HEDDLE_TRY(read("parameter.dropped", known.dropped, to.dropped));
  HEDDLE_TRY(read("parameter.master", known.master, to.master));
  if (known.method != nullptr) to.method = known.method;
  return {};
}

template <class View>
Status read_tensors(const char* name, const heddle_tensor* list, size_t count,
                    std::vector<View>& to) {
  if (count != 0) HEDDLE_TRY(need(name, list));
  to.resize(count);
  for (size_t i = 0; i < count; ++i)
    HEDDLE_TRY(read(message(name, "[", i, "]").c_str(), &list[i], to[i]));
  return {};
}

}  // namespace

heddle_status heddle_sparsifier_options_init(heddle_sparsifier_options* options, size_t size) {
  return guard([&]() {
    return c::write_struct("options", write_options(SparsifierOptions{}), options, size);
  });
}

heddle_status heddle_sparsifier_options_any_size(heddle_sparsifier_options* options, size_t size) {
  return guard([&]() {
    return c::write_struct("options", write_options(SparsifierOptions::any_size()), options, size);
  });
}

heddle_status heddle_sparse_parameter_init(heddle_sparse_parameter* parameter, size_t size) {
  return guard(
      [&]() { return c::write_struct("parameter", heddle_sparse_parameter{}, parameter, size); });
}

heddle_status heddle_sparsifier_create(const heddle_sparsifier_options* options,
                                       heddle_sparsifier** sparsifier) {
  return guard([&]() -> Status {
    SparsifierOptions wanted;
    HEDDLE_TRY(read_options(options, wanted));
    HEDDLE_TRY(need("sparsifier", sparsifier));
    *sparsifier = new heddle_sparsifier{Sparsifier(std::move(wanted))};
    return {};
  });
}

void heddle_sparsifier_destroy(heddle_sparsifier* sparsifier) { delete sparsifier; }

heddle_status heddle_sparsifier_add(heddle_sparsifier* sparsifier,
                                    const heddle_sparse_parameter* parameter) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("sparsifier", sparsifier));
    SparseParameter added;
    HEDDLE_TRY(read_parameter(parameter, added));
    return sparsifier->value.add(added);
  });
}

heddle_status heddle_sparsifier_compute_masks(heddle_sparsifier* sparsifier,
                                              const heddle_exec* exec, const heddle_tensor* scores,
                                              size_t count) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("sparsifier", sparsifier));
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    std::vector<ConstTensorView> views;
    HEDDLE_TRY(read_tensors("scores", scores, count, views));
    // The C++ side takes one tensor per parameter on trust.
    if (scores != nullptr && count != sparsifier->value.size())
      return {StatusCode::invalid_argument, message("count = ", count, ": must be the ",
                                                    sparsifier->value.size(), " parameters")};
    return sparsifier->value.compute_masks(on, scores != nullptr ? views.data() : nullptr);
  });
}

heddle_status heddle_sparsifier_freeze(heddle_sparsifier* sparsifier) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("sparsifier", sparsifier));
    sparsifier->value.freeze();
    return {};
  });
}

heddle_status heddle_sparsifier_restore(heddle_sparsifier* sparsifier, const heddle_exec* exec) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("sparsifier", sparsifier));
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    return sparsifier->value.restore(on);
  });
}

heddle_status heddle_sparsifier_mask_gradients(const heddle_sparsifier* sparsifier,
                                               const heddle_exec* exec,
                                               const heddle_tensor* gradients, size_t count) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("sparsifier", sparsifier));
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    std::vector<TensorView> views;
    HEDDLE_TRY(read_tensors("gradients", gradients, count, views));
    return sparsifier->value.mask_gradients(on, views.data(), count);
  });
}

heddle_status heddle_sparsifier_mask_weights(const heddle_sparsifier* sparsifier,
                                             const heddle_exec* exec) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("sparsifier", sparsifier));
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    return sparsifier->value.mask_weights(on);
  });
}

heddle_status heddle_sparsifier_mask_moments(const heddle_sparsifier* sparsifier,
                                             const heddle_exec* exec,
                                             const heddle_sparsifier_moment* moments,
                                             size_t count) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("sparsifier", sparsifier));
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    if (count != 0) HEDDLE_TRY(need("moments", moments));
    std::vector<Sparsifier::Moment> list(count);
    for (size_t i = 0; i < count; ++i) {
      list[i].parameter = moments[i].parameter;
      HEDDLE_TRY(
          read(message("moments[", i, "].tensor").c_str(), &moments[i].tensor, list[i].tensor));
    }
    return sparsifier->value.mask_moments(on, list.data(), count);
  });
}

heddle_status heddle_sparsifier_refresh(heddle_sparsifier* sparsifier, const heddle_exec* exec,
                                        const heddle_tensor* masked, size_t count,
                                        int32_t refresh_masks) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("sparsifier", sparsifier));
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    std::vector<TensorView> views;
    HEDDLE_TRY(read_tensors("masked", masked, count, views));
    bool refresh = false;
    HEDDLE_TRY(read("refresh_masks", refresh_masks, refresh));
    return sparsifier->value.refresh(on, views.data(), count, refresh);
  });
}
