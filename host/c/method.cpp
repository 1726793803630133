#include "host/c/method.hpp"

#include <utility>

#include "host/c/abi.hpp"
#include "host/c/tile.hpp"
#include "host/message.hpp"

using namespace heddle;
using heddle::c::guard;
using heddle::c::need;
using heddle::c::read;

namespace heddle::c {

MaskFunction mask_function(heddle_mask_callback function, void* user) {
  return [function, user](const Exec& exec, const ConstMatrixView& matrix, Ranking ranking,
                          const MaskView& mask) {
    const heddle_exec on = write(exec);
    const heddle_matrix in = write(matrix);
    const heddle_mask out = write(mask);
    return call_back([&] { return function(user, &on, &in, static_cast<int32_t>(ranking), &out); });
  };
}

}  // namespace heddle::c

namespace {

Status deliver(MaskMethod value, heddle_method** method) {
  *method = new heddle_method{std::move(value)};
  return {};
}

}  // namespace

heddle_status heddle_register_method(const char* name, const heddle_pattern* pattern,
                                     heddle_mask_callback function, void* user,
                                     int32_t transposable) {
  return guard([&]() -> Status {
    std::string text;
    HEDDLE_TRY(read("name", name, text));
    Pattern obeyed;
    HEDDLE_TRY(read("pattern", pattern, obeyed));
    HEDDLE_TRY(need("function", function));
    bool both = false;
    HEDDLE_TRY(read("transposable", transposable, both));
    return register_method(text, obeyed, heddle::c::mask_function(function, user), both);
  });
}

heddle_status heddle_find_method(const char* name, heddle_method** method) {
  return guard([&]() -> Status {
    std::string text;
    HEDDLE_TRY(read("name", name, text));
    HEDDLE_TRY(need("method", method));
    Result<MaskMethod> found = find_method(text);
    if (!found.ok()) return found.status();
    return deliver(std::move(*found), method);
  });
}

heddle_status heddle_method_create(const char* name, const heddle_pattern* pattern,
                                   heddle_mask_callback function, void* user, int32_t transposable,
                                   heddle_method** method) {
  return guard([&]() -> Status {
    MaskMethod value;
    value.kind = MaskMethod::Kind::function;
    if (name != nullptr) value.name = name;
    HEDDLE_TRY(read("pattern", pattern, value.pattern));
    HEDDLE_TRY(check_pattern(value.pattern));
    HEDDLE_TRY(need("function", function));
    HEDDLE_TRY(read("transposable", transposable, value.transposable));
    HEDDLE_TRY(need("method", method));
    value.function = heddle::c::mask_function(function, user);
    return deliver(std::move(value), method);
  });
}

void heddle_method_destroy(heddle_method* method) { delete method; }

heddle_status heddle_method_describe(const heddle_method* method, heddle_method_info* info) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("method", method));
    HEDDLE_TRY(need("info", info));
    const MaskMethod& of = method->value;
    heddle_method_info all{};
    all.kind = static_cast<int32_t>(of.kind);
    all.transposable = of.transposable ? 1 : 0;
    all.pattern = heddle::c::write(TilePattern{of.pattern, of.rule, of.solver});
    return heddle::c::write_struct("info", all, info, info->size);
  });
}

heddle_status heddle_registered_methods(size_t* count) {
  return guard([&]() -> Status {
    HEDDLE_TRY(need("count", count));
    *count = registered_methods().size();
    return {};
  });
}

heddle_status heddle_registered_method(size_t index, char* name, size_t capacity, size_t* length) {
  return guard([&]() -> Status {
    const std::vector<NamedMethod> all = registered_methods();
    if (index >= all.size())
      return {StatusCode::invalid_argument,
              message("index = ", index, ": must be < ", all.size(), ", the registered methods")};
    return heddle::c::write_text(all[index].name, name, capacity, length);
  });
}

heddle_status heddle_best_mask_method(const heddle_exec* exec, const heddle_matrix* matrix,
                                      const heddle_method* method, const heddle_mask* mask,
                                      int32_t ranking) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstMatrixView in;
    HEDDLE_TRY(read("matrix", matrix, in));
    HEDDLE_TRY(need("method", method));
    MaskView kept;
    HEDDLE_TRY(read("mask", mask, kept));
    Ranking by{};
    HEDDLE_TRY(read("ranking", ranking, by));
    return best_mask(on, in, method->value, kept, by);
  });
}

heddle_status heddle_best_mask_tensor_method(const heddle_exec* exec, const heddle_tensor* weight,
                                             const heddle_method* method,
                                             const heddle_tensor_mask* mask, int32_t ranking) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    ConstTensorView in;
    HEDDLE_TRY(read("weight", weight, in));
    HEDDLE_TRY(need("method", method));
    TensorMask kept;
    HEDDLE_TRY(read("mask", mask, kept));
    Ranking by{};
    HEDDLE_TRY(read("ranking", ranking, by));
    return best_mask(on, in, method->value, kept, by);
  });
}
