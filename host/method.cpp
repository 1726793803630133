#include "heddle/method.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "host/cpu/operations.hpp"
#include "host/exec.hpp"
#include "host/exec_memory.hpp"
#include "host/message.hpp"
#include "host/method_names.hpp"
#include "host/overlap.hpp"
#include "host/tensor.hpp"
#include "host/tensor_rows.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

Status invalid(std::string text) { return {StatusCode::invalid_argument, std::move(text)}; }

std::vector<NamedMethod>& functions() {
  static std::vector<NamedMethod> instance;
  return instance;
}

MaskMethod rows_method(Pattern pattern) {
  MaskMethod method;
  method.pattern = pattern;
  return method;
}

MaskMethod tiles_method(const TilePattern& pattern) {
  MaskMethod method;
  method.kind = MaskMethod::Kind::tiles;
  method.pattern = pattern.pattern;
  method.rule = pattern.rule;
  method.solver = pattern.solver;
  method.transposable = true;
  return method;
}

TilePattern tile_pattern_of(const MaskMethod& method) {
  return {method.pattern, method.rule, method.solver};
}

constexpr const char* kTileNames[] = {"tile-exact-2:4", "tile-at-most-2:4", "tile-greedy-2:4",
                                      "m4n2_2d_best", "m4n2_2d_greedy"};

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// ---- functions ----------------------------------------------------------------------------------

std::string called(const MaskMethod& method) {
  return method.name.empty() ? "the mask function" : message("method \"", method.name, "\"");
}

Status check_kind(const MaskMethod& method) {
  if (method.kind == MaskMethod::Kind::rows || method.kind == MaskMethod::Kind::tiles) return {};
  if (method.kind != MaskMethod::Kind::function)
    return invalid(message("method.kind = ", static_cast<int>(method.kind),
                           ": must be rows, tiles or function"));
  if (!method.function) return invalid("method.function = empty: must be a function");
  return {};
}

Status check_ranking(Ranking ranking) {
  if (ranking == Ranking::magnitude || ranking == Ranking::value) return {};
  return invalid(message("ranking = ", static_cast<int>(ranking), ": must be magnitude or value"));
}

Status not_compliant(const MaskMethod& method, const char* line, const CheckReport& report) {
  return {StatusCode::not_compliant,
          message(called(method), ": the mask keeps more than ", method.pattern.keep, " in group ",
                  report.group, " of ", line, " ", report.row, ": must obey ",
                  to_string(method.pattern))};
}

// Calls the function; on the CPU its mask is looked at. Arguments are valid.
Status call_function(const Exec& exec, const ConstMatrixView& matrix, const MaskMethod& method,
                     const MaskView& mask, Ranking ranking) {
  Status status;
  try {
    status = method.function(exec, matrix, ranking, mask);
  } catch (const std::exception& e) {
    return invalid(message(called(method), ": must not throw, threw ", e.what()));
  } catch (...) {
    return invalid(called(method) + ": must not throw");
  }
  if (!status.ok()) return {status.code(), message(called(method), ": ", status.message())};
  if (on_cuda(exec)) return {};
  CheckReport report;
  const MatrixView kept = as_bytes(mask);
  HEDDLE_TRY(cpu::check(exec, kept, method.pattern, report));
  if (!report.compliant()) return not_compliant(method, "row", report);
  if (!method.transposable) return {};
  HEDDLE_TRY(cpu::check(exec, transposed(kept), method.pattern, report));
  if (!report.compliant()) return not_compliant(method, "column", report);
  return {};
}

// A tap [K, C] of a tensor as a tensor of rank 2.
ConstTensorView tap_of(const ConstTensorView& weight, std::int64_t tap) {
  std::int64_t offset = 0;
  for (auto d = static_cast<std::size_t>(weight.rank) - 1; d > 1; --d) {
    offset += tap % weight.shape[d] * weight.stride[d];
    tap /= weight.shape[d];
  }
  return {static_cast<const std::byte*>(weight.data) +
              offset * static_cast<std::int64_t>(size_of(weight.type)),
          2,
          {weight.shape[0], weight.shape[1]},
          {weight.stride[0], weight.stride[1]},
          weight.type};
}

TensorView writable(const ConstTensorView& v) {
  return {const_cast<void*>(v.data), v.rank, v.shape, v.stride, v.type};
}

// Tap after tap, through dense copies. weight and mask have rank 2 or more.
Status call_by_taps(const Exec& exec, const ConstTensorView& weight, const MaskMethod& method,
                    const ConstTensorView& mask, Ranking ranking) {
  const std::int64_t elements = element_count(weight);
  const std::int64_t rows = weight.shape[0], cols = weight.shape[1];
  if (elements == 0) return {};
  const std::int64_t in_tap = rows * cols, taps = elements / in_tap;
  const auto bytes = static_cast<std::size_t>(in_tap) * size_of(weight.type);
  ExecMemory memory;
  HEDDLE_TRY(memory.allocate(exec, bytes + static_cast<std::size_t>(in_tap), "copies of a tap"));
  const MatrixView dense = row_major(memory.data(), rows, cols, weight.type);
  const MaskView dense_mask =
      row_major_mask(static_cast<std::uint8_t*>(memory.data()) + bytes, rows, cols);
  for (std::int64_t tap = 0; tap < taps; ++tap) {
    HEDDLE_TRY(copy_tensor(exec, tap_of(weight, tap), as_tensor(dense)));
    HEDDLE_TRY(call_function(exec, dense, method, dense_mask, ranking));
    HEDDLE_TRY(copy_tensor(exec, as_bytes(ConstTensorMask(as_tensor(dense_mask))),
                           writable(tap_of(mask, tap))));
  }
  return {};
}

}  // namespace

// ---- names --------------------------------------------------------------------------------------

std::optional<TilePattern> parse_tile_pattern(const std::string& name) {
  struct Form {
    const char* prefix;
    TileRule rule;
    TileSolver solver;
  };
  static constexpr Form kForms[] = {
      {"tile-exact-fast-", TileRule::exact, TileSolver::fast},
      {"tile-at-most-fast-", TileRule::at_most, TileSolver::fast},
      {"tile-exact-", TileRule::exact, TileSolver::optimal},
      {"tile-at-most-", TileRule::at_most, TileSolver::optimal},
      {"tile-greedy-", TileRule::greedy, TileSolver::optimal},
  };
  for (const Form& form : kForms) {
    const std::string prefix = form.prefix;
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    const std::string rest = name.substr(prefix.size());
    if (rest.empty() || rest[0] == 'm') continue;
    if (const auto pattern = parse_pattern(rest))
      return TilePattern{*pattern, form.rule, form.solver};
  }
  // apex: m<group>n<keep>_2d_best, _2d_greedy
  for (const bool best : {true, false}) {
    const std::string end = best ? "_2d_best" : "_2d_greedy";
    if (name.empty() || name[0] != 'm' || !ends_with(name, end)) continue;
    if (const auto pattern = parse_pattern(name.substr(0, name.size() - end.size()) + "_1d"))
      return TilePattern{*pattern, best ? TileRule::exact : TileRule::greedy, TileSolver::optimal};
  }
  return std::nullopt;
}

bool is_registered_method(const std::string& name) {
  return std::any_of(functions().begin(), functions().end(),
                     [&](const NamedMethod& entry) { return entry.name == name; });
}

Result<MaskMethod> find_method(const std::string& name) {
  {
    const std::lock_guard lock(names_mutex());
    for (const NamedMethod& entry : functions())
      if (entry.name == name) return entry.method;
    if (const NamedPattern* entry = registered_pattern(name)) return rows_method(entry->pattern);
  }
  if (const auto pattern = parse_pattern(name)) return rows_method(*pattern);
  if (const auto tile = parse_tile_pattern(name)) return tiles_method(*tile);
  std::string known;
  for (const NamedMethod& entry : registered_methods()) known += entry.name + ", ";
  return Status(StatusCode::not_found,
                message("method = \"", name, "\": must be one of ", known,
                        "keep:group, tile-exact-keep:group, tile-at-most-keep:group, "
                        "tile-greedy-keep:group, tile-exact-fast-keep:group or "
                        "tile-at-most-fast-keep:group with 1 <= keep <= group <= 32"));
}

Status register_method(const std::string& name, Pattern pattern, MaskFunction function,
                       bool transposable) {
  HEDDLE_TRY(check_pattern(pattern));
  if (!function) return invalid("function = empty: must be a function");
  if (name.empty()) return invalid("name = \"\": must not be empty");
  const auto taken = [&](const std::string& by) {
    return invalid(message("name = \"", name, "\": already means ", by, ", must be a new name"));
  };
  if (const auto parsed = parse_pattern(name)) return taken(to_string(*parsed));
  if (const auto tile = parse_tile_pattern(name)) return taken(to_string(*tile));
  MaskMethod method = rows_method(pattern);
  method.kind = MaskMethod::Kind::function;
  method.transposable = transposable;
  method.function = std::move(function);
  method.name = name;
  const std::lock_guard lock(names_mutex());
  if (const NamedPattern* entry = registered_pattern(name)) return taken(to_string(entry->pattern));
  if (is_registered_method(name)) return taken("a registered method");
  functions().push_back({name, std::move(method)});
  return {};
}

std::vector<NamedMethod> registered_methods() {
  std::vector<NamedMethod> all;
  for (const NamedPattern& entry : registered_patterns())
    all.push_back({entry.name, rows_method(entry.pattern)});
  for (const char* name : kTileNames)
    all.push_back({name, tiles_method(*parse_tile_pattern(name))});
  const std::lock_guard lock(names_mutex());
  all.insert(all.end(), functions().begin(), functions().end());
  return all;
}

// ---- masks --------------------------------------------------------------------------------------

Status best_mask(const Exec& exec, const ConstMatrixView& matrix, const MaskMethod& method,
                 const MaskView& mask, Ranking ranking) {
  HEDDLE_TRY(check_kind(method));
  if (method.kind == MaskMethod::Kind::rows)
    return best_mask(exec, matrix, method.pattern, mask, ranking);
  if (method.kind == MaskMethod::Kind::tiles)
    return best_tile_mask(exec, matrix, tile_pattern_of(method), mask, ranking);
  HEDDLE_TRY(check_weights("matrix", matrix));
  HEDDLE_TRY(check_pattern(method.pattern));
  HEDDLE_TRY(check_view("mask", mask));
  HEDDLE_TRY(check_shape("mask", mask.rows, mask.cols, matrix.rows, matrix.cols));
  HEDDLE_TRY(check_ranking(ranking));
  HEDDLE_TRY(check_no_overlap("mask", footprint(mask), "matrix", footprint(matrix)));
  HEDDLE_TRY(check_exec(exec));
  if (matrix.rows == 0 || matrix.cols == 0) return {};
  return call_function(exec, matrix, method, mask, ranking);
}

Status best_mask(const Exec& exec, const ConstTensorView& weight, const MaskMethod& method,
                 const TensorMask& mask, Ranking ranking) {
  HEDDLE_TRY(check_kind(method));
  if (method.kind == MaskMethod::Kind::rows)
    return best_mask(exec, weight, method.pattern, mask, ranking);
  if (method.kind == MaskMethod::Kind::tiles)
    return best_tile_mask(exec, weight, tile_pattern_of(method), mask, ranking);
  HEDDLE_TRY(check_tensor_weights("weight", weight));
  HEDDLE_TRY(check_pattern(method.pattern));
  HEDDLE_TRY(check_tensor("mask", ConstTensorMask(mask)));
  HEDDLE_TRY(check_tensor_shape("mask", as_bytes(mask), weight));
  HEDDLE_TRY(check_ranking(ranking));
  HEDDLE_TRY(check_no_overlap("mask", as_bytes(mask), "weight", weight));
  HEDDLE_TRY(check_exec(exec));
  const TensorRows tensor = rows_of(weight, {&weight.stride, &mask.stride});
  if (weight.rank <= 2) {
    const auto in = matrix_of(tensor, 0, const_cast<void*>(weight.data), weight.type);
    const auto out = matrix_of(tensor, 1, mask.data, DataType::i8);
    if (in && out && in->rows > 0 && in->cols > 0)
      return call_function(
          exec, *in, method,
          {static_cast<std::uint8_t*>(out->data), out->rows, out->cols, out->ld, out->order},
          ranking);
  }
  return call_by_taps(exec, with_rows(weight), method, with_rows(as_bytes(ConstTensorMask(mask))),
                      ranking);
}

}  // namespace heddle
