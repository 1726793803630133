#include "heddle/sparsifier.hpp"

#include <algorithm>

#include "host/guard.hpp"
#include "host/message.hpp"
#include "host/tensor.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

Status invalid(std::string text) { return {StatusCode::invalid_argument, std::move(text)}; }

bool lists(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const EligibilityRule& rule_of(const SparsifierOptions& options, DataType type) {
  switch (type) {
    case DataType::f32: return options.f32;
    case DataType::f16: return options.f16;
    case DataType::bf16: return options.bf16;
    case DataType::f8e4m3:
    case DataType::f8e5m2: return options.f8;
    case DataType::i8:
    case DataType::i32: break;
  }
  return options.i8;
}

// The tensors of a parameter with their names.
struct Named {
  std::string name;
  ConstTensorView view;
};
std::vector<Named> tensors_of(const SparseParameter& parameter, bool sparse) {
  std::vector<Named> list{{parameter.name + ".weight", parameter.weight}};
  if (!sparse) return list;
  list.push_back({parameter.name + ".mask", as_bytes(parameter.mask)});
  if (parameter.dropped) list.push_back({parameter.name + ".dropped", *parameter.dropped});
  if (parameter.master) list.push_back({parameter.name + ".master", *parameter.master});
  return list;
}

}  // namespace

Sparsifier::Sparsifier(SparsifierOptions options) : options_(std::move(options)) {}

bool Sparsifier::sparse(std::size_t index) const noexcept {
  return index < parameters_.size() && parameters_[index].report.sparse;
}

std::size_t Sparsifier::find(const std::string& name) const noexcept {
  const auto found = std::find_if(parameters_.begin(), parameters_.end(),
                                  [&](const Entry& entry) { return entry.parameter.name == name; });
  return static_cast<std::size_t>(found - parameters_.begin());
}

std::string Sparsifier::why_dense(const SparseParameter& parameter) const {
  const ConstTensorView weight = parameter.weight;
  if (lists(options_.disallowed_names, parameter.name)) return "its name is a disallowed one";
  if (!options_.allowed_names.empty() && !lists(options_.allowed_names, parameter.name))
    return "its name is none of the allowed ones";
  if (weight.rank < options_.min_rank)
    return message("rank ", weight.rank, ": must be at least ", options_.min_rank);
  const EligibilityRule& rule = rule_of(options_, weight.type);
  const std::int64_t cols = weight.rank > 1 ? weight.shape[1] : weight.shape[0];
  const std::int64_t rows = weight.rank > 1 ? weight.shape[0] : 0;  // rank 1: one row, of any rule
  if (rows % rule.rows != 0)
    return message("dimension 0 = ", rows, ": must be a multiple of ", rule.rows, " for ",
                   to_string(weight.type));
  if (cols % rule.cols != 0)
    return message("dimension ", weight.rank > 1 ? 1 : 0, " = ", cols, ": must be a multiple of ",
                   rule.cols, " for ", to_string(weight.type));
  return {};
}

// The views of a parameter that is to be sparse.
Status Sparsifier::check_views(const SparseParameter& parameter) const {
  const ConstTensorView weight = parameter.weight;
  const std::vector<Named> own = tensors_of(parameter, true);
  for (const Named& tensor : own) {
    HEDDLE_TRY(check_tensor(tensor.name.c_str(), tensor.view));
    HEDDLE_TRY(check_tensor_shape(tensor.name.c_str(), tensor.view, weight));
  }
  if (parameter.dropped)
    HEDDLE_TRY(
        check_type((parameter.name + ".dropped").c_str(), parameter.dropped->type, weight.type));
  if (!parameter.master) return {};
  HEDDLE_TRY(
      check_type((parameter.name + ".master").c_str(), parameter.master->type, DataType::f32));
  if (weight.type == DataType::f32 || weight.type == DataType::f16 || weight.type == DataType::bf16)
    return {};
  return {StatusCode::unsupported,
          message(parameter.name, ".weight.type = ", to_string(weight.type),
                  ": must be f32, f16 or bf16 to have a master")};
}

Status Sparsifier::check_new(const SparseParameter& parameter) const {
  if (frozen_ || has_masks_)
    return {StatusCode::unsupported,
            message("parameter '", parameter.name, "': must be added before there are masks")};
  if (parameter.name.empty()) return invalid("parameter.name = '': must not be empty");
  if (find(parameter.name) != size())
    return invalid(message("parameter.name = '", parameter.name, "': must not be there already"));
  return check_tensor_weights((parameter.name + ".weight").c_str(), parameter.weight);
}

Status Sparsifier::add(const SparseParameter& parameter) try {
  HEDDLE_TRY(check_new(parameter));
  const std::string& method = parameter.method.empty() ? options_.method : parameter.method;
  Result<MaskMethod> found = find_method(method);
  if (!found.ok()) return found.status();
  const EligibilityRule& rule = rule_of(options_, parameter.weight.type);
  if (rule.rows < 1 || rule.cols < 1)
    return invalid(message("options.", to_string(parameter.weight.type), " = {", rule.rows, ", ",
                           rule.cols, "}: must be >= 1"));
  const std::string reason = why_dense(parameter);
  const bool sparse = reason.empty();
  if (sparse) HEDDLE_TRY(check_views(parameter));

  std::vector<Named> others;
  for (const Named& tensor : tensors_of(parameter, sparse)) {
    for (const Named& other : others)
      HEDDLE_TRY(
          check_no_overlap(tensor.name.c_str(), tensor.view, other.name.c_str(), other.view));
    for (const Entry& entry : parameters_)
      for (const Named& other : tensors_of(entry.parameter, entry.report.sparse))
        HEDDLE_TRY(
            check_no_overlap(tensor.name.c_str(), tensor.view, other.name.c_str(), other.view));
    others.push_back(tensor);
  }
  parameters_.push_back(
      {parameter, std::move(*found), {parameter.name, method, sparse, reason, {}}});
  return {};
} catch (...) {
  return caught();
}

std::optional<ConstTensorMask> Sparsifier::mask(std::size_t index) const {
  if (!has_masks_ || !sparse(index)) return std::nullopt;
  return parameters_[index].parameter.mask;
}

std::vector<ParameterReport> Sparsifier::report() const {
  std::vector<ParameterReport> list;
  list.reserve(parameters_.size());
  for (const Entry& entry : parameters_) list.push_back(entry.report);
  return list;
}

}  // namespace heddle
