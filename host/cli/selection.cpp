#include "host/cli/selection.hpp"

#include <algorithm>
#include <utility>

#include "host/io/dtype.hpp"
#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

// The standard library's matcher recurses once per character: a name longer than this, which no
// model has, could exhaust the stack.
constexpr std::size_t kLongestName = 4096;

// Why the tensor has no mask; nullopt if it has one.
std::optional<std::string> not_a_weight(const io::TensorInfo& tensor, Ranks ranks) {
  const std::size_t rank = tensor.shape.size();
  if (ranks == Ranks::matrices && rank != 2) {
    return std::to_string(rank) + "-D: only 2-D tensors are matrices";
  }
  if (rank < 2 || rank > kMaxRank) {
    return std::to_string(rank) + "-D: weights have 2 to 5 dimensions";
  }
  if (!io::data_type_of(tensor.dtype)) {
    return "type " + tensor.dtype + ": must be F32, F16, BF16, F8_E4M3, F8_E5M2 or I8";
  }
  return std::nullopt;
}

std::optional<std::string> unusual_size(const io::TensorInfo& tensor) {
  const std::int64_t rows = tensor.shape[0], cols = tensor.shape[1];
  if (rows < kSmallestSide || cols < kSmallestSide) {
    return std::to_string(rows) + " x " + std::to_string(cols) +
           ": smaller than 32 x 32 and not named by --include";
  }
  for (std::size_t d = 2; d < tensor.shape.size(); ++d) {
    if (tensor.shape[d] > kMostTaps) {
      return "dimension " + std::to_string(d) + " is " + std::to_string(tensor.shape[d]) +
             ": more than 31 taps and not named by --include";
    }
  }
  return std::nullopt;
}

Choice choose(const io::TensorInfo& tensor, const NameFilter& filter, Ranks ranks) {
  Choice choice;
  choice.tensor = &tensor;
  std::optional<std::string> reason = filter.reason_to_skip(tensor.name);
  if (!reason) reason = not_a_weight(tensor, ranks);
  if (!reason && !filter.has_include()) reason = unusual_size(tensor);
  if (reason) {
    choice.reason = std::move(*reason);
  } else {
    choice.selected = true;
    choice.type = *io::data_type_of(tensor.dtype);
  }
  return choice;
}

}  // namespace

bool NameFilter::Expression::matches(const std::string& name) const {
  return name.size() <= kLongestName && std::regex_search(name, regex);
}

Status NameFilter::compile(const char* option, const std::vector<std::string>& texts,
                           std::vector<Expression>& out) {
  for (const std::string& text : texts) {
    try {
      out.push_back({text, std::regex(text, std::regex::ECMAScript | std::regex::optimize)});
    } catch (const std::regex_error& error) {
      return {StatusCode::invalid_argument, std::string(option) + " " + io::quote(text) +
                                                ": no regular expression: " + error.what()};
    }
  }
  return {};
}

Result<NameFilter> NameFilter::make(const Options& options) {
  NameFilter filter;
  if (Status s = compile("--include", options.include, filter.include_); !s.ok()) return s;
  if (Status s = compile("--exclude", options.exclude, filter.exclude_); !s.ok()) return s;
  return filter;
}

std::optional<std::string> NameFilter::reason_to_skip(const std::string& name) const {
  for (const Expression& expression : exclude_) {
    if (expression.matches(name)) return "named by --exclude " + io::quote(expression.text);
  }
  if (include_.empty()) return std::nullopt;
  for (const Expression& expression : include_) {
    if (expression.matches(name)) return std::nullopt;
  }
  return "not named by --include";
}

Status NameFilter::check_used(const std::vector<std::string>& names) const {
  for (const Expression& expression : include_) {
    bool used = false;
    for (const std::string& name : names) used = used || expression.matches(name);
    if (!used) {
      return {StatusCode::invalid_argument,
              "--include " + io::quote(expression.text) + ": matches no tensor of the file"};
    }
  }
  return {};
}

Result<Selection> select(const io::SafetensorsReader& reader, const Options& options, Ranks ranks) {
  Result<NameFilter> filter = NameFilter::make(options);
  if (!filter.ok()) return filter.status();
  Result<std::vector<io::PackedMatrix>> matrices = io::packed_matrices(reader);
  if (!matrices.ok()) return matrices.status();

  Selection selection;
  selection.matrices = std::move(*matrices);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < selection.matrices.size(); ++i) {
    const std::string& name = selection.matrices[i].name;
    names.push_back(name);
    selection.matrix_selected.push_back(!filter->reason_to_skip(name));
    selection.packed_parts[io::values_name(name)] = i;
    selection.packed_parts[io::metadata_name(name)] = i;
  }
  for (const io::TensorInfo& tensor : reader.tensors()) {
    const auto part = selection.packed_parts.find(tensor.name);
    if (part != selection.packed_parts.end()) {
      Choice choice;
      choice.tensor = &tensor;
      choice.reason = "part of packed matrix " + io::quote(selection.matrices[part->second].name);
      selection.choices.push_back(std::move(choice));
    } else {
      names.push_back(tensor.name);
      selection.choices.push_back(choose(tensor, *filter, ranks));
    }
  }
  if (Status status = filter->check_used(names); !status.ok()) return status;
  selection.filter = std::move(*filter);
  return selection;
}

bool is_weight(const io::TensorInfo& tensor) { return !not_a_weight(tensor, Ranks::weights); }

ConstMatrixView matrix_view(const io::SafetensorsReader& reader, const io::TensorInfo& tensor,
                            DataType type) {
  return row_major(reader.data(tensor), tensor.shape[0], tensor.shape[1], type);
}

ConstTensorView tensor_view(const void* data, const std::vector<std::int64_t>& shape,
                            DataType type) {
  Dims dims{};
  std::copy(shape.begin(), shape.end(), dims.begin());
  return contiguous(data, static_cast<int>(shape.size()), dims, type);
}

}  // namespace heddle::cli
