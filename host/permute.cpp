#include "heddle/permute.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

#include "host/cpu/permute.hpp"
#include "host/cuda/permute.hpp"
#include "host/exec.hpp"
#include "host/guard.hpp"
#include "host/message.hpp"
#include "host/overlap.hpp"
#include "host/packed_header.hpp"
#include "host/permute_strategies.hpp"
#include "host/validate.hpp"

namespace heddle {

double power_above(float largest) {
  if (largest == 0) return 0;
  int exponent;
  std::frexp(largest, &exponent);  // largest < 2^exponent
  return std::ldexp(1.0, exponent);
}

std::string not_finite(std::size_t matrix, std::int64_t row, std::int64_t col) {
  return message("matrices[", matrix, "](", row, ", ", col,
                 ") is NaN or infinite: a permutation is searched among finite entries");
}

namespace {

constexpr std::int64_t kMostCols = std::numeric_limits<std::int32_t>::max() / 64;
constexpr std::int64_t kMostWindows = 1 << 25;

// permutation holds 0 ... size - 1, each once.
Status check_permutation(const char* name, const Permutation& permutation) {
  const auto size = static_cast<std::int64_t>(permutation.size());
  std::vector<char> seen(permutation.size());
  for (std::int64_t i = 0; i < size; ++i) {
    const std::int64_t at = permutation[static_cast<std::size_t>(i)];
    if (at < 0 || at >= size)
      return {StatusCode::invalid_argument,
              message(name, "[", i, "] = ", at, ": must be in [0, ", size, ")")};
    if (seen[static_cast<std::size_t>(at)]++ != 0)
      return {StatusCode::invalid_argument,
              message(name, "[", i, "] = ", at, ": every number must stand there once")};
  }
  return {};
}

Status check_length(const Permutation& permutation, std::int64_t want, const char* what) {
  if (std::ssize(permutation) == want) return {};
  return {StatusCode::invalid_argument,
          message("permutation has ", permutation.size(), " entries: must have the ", want, " ",
                  what, " of matrix")};
}

Status check_matrices(const ConstMatrixView* matrices, std::size_t count) {
  if (count == 0) return {StatusCode::invalid_argument, "count = 0: must be at least 1"};
  if (matrices == nullptr)
    return {StatusCode::invalid_argument,
            message("matrices = null: must point to ", count, " views")};
  std::int64_t rows = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = message("matrices[", i, "]");
    HEDDLE_TRY(check_weights(name.c_str(), matrices[i]));
    if (matrices[i].cols != matrices[0].cols)
      return {StatusCode::invalid_argument,
              message(name, ".cols = ", matrices[i].cols,
                      ": must be matrices[0].cols = ", matrices[0].cols)};
    rows += matrices[i].rows;
  }
  if (matrices[0].cols > kMostCols)
    return {StatusCode::unsupported,
            message("matrices[0].cols = ", matrices[0].cols, ": at most ", kMostCols)};
  // Sums of quanta must fit: 24 bits each, 63 in all.
  if (rows > (std::int64_t{1} << 38) / std::max<std::int64_t>(matrices[0].cols, 1))
    return {StatusCode::unsupported,
            message("matrices hold ", rows, " x ", matrices[0].cols, " entries: at most 2^38")};
  return {};
}

Status check_windows(std::int64_t cols, Pattern pattern, int window, const char* name) {
  const int at_once = window / pattern.group;
  if (at_once < 2)
    return {StatusCode::unsupported, message("search = ", name, ": a window of ", window,
                                             " columns holds fewer than two "
                                             "groups of ",
                                             pattern.group, "; swap and automatic do any group")};
  const double groups = static_cast<double>(group_count(cols, pattern));
  double windows = 1;
  for (int i = 0; i < at_once; ++i) windows *= (groups - i) / (i + 1);
  if (windows > static_cast<double>(kMostWindows))
    return {StatusCode::unsupported, message("search = ", name, ": ", windows, " windows for ",
                                             cols, " columns of ", to_string(pattern), "; at most ",
                                             kMostWindows, "; swap and automatic do any width")};
  return {};
}

Status check_search(std::int64_t cols, const PermutationOptions& options) {
  const Pattern pattern = options.pattern;
  HEDDLE_TRY(check_pattern(pattern));
  if (options.escapes < 0 || options.max_steps < 0 || !(options.max_seconds >= 0))
    return {StatusCode::invalid_argument,
            message("escapes = ", options.escapes, ", max_seconds = ", options.max_seconds,
                    ", max_steps = ", options.max_steps, ": must not be negative")};
  switch (options.search) {
    case PermutationSearch::automatic:
    case PermutationSearch::identity:
    case PermutationSearch::swap: return {};
    case PermutationSearch::exhaustive:
      if (exhaustive_steps(cols, pattern) <= kMostExhaustiveSteps) return {};
      return {StatusCode::unsupported,
              message("search = exhaustive: too many groupings of ", cols, " columns for ",
                      to_string(pattern), "; automatic does any width")};
    case PermutationSearch::matching:
      if (pattern.group > 1 && std::has_single_bit(static_cast<unsigned>(pattern.group))) return {};
      return {StatusCode::unsupported, message("search = matching: pattern = ", to_string(pattern),
                                               ": the group must be 2, 4, 8, 16 or 32")};
    case PermutationSearch::stripes_8: return check_windows(cols, pattern, 8, "stripes_8");
    case PermutationSearch::stripes_12: return check_windows(cols, pattern, 12, "stripes_12");
  }
  return {StatusCode::invalid_argument,
          message("search = ", static_cast<int>(options.search), ": no such search")};
}

Status run(PermuteState& state, const PermutationOptions& options) {
  if (state.cols() == 0 || state.evaluator.rows() == 0) return {};
  HEDDLE_TRY(state.evaluate_all());
  if (options.pattern.group == 1 || options.pattern.keep == options.pattern.group) return {};
  switch (options.search) {
    case PermutationSearch::identity: return {};
    case PermutationSearch::automatic: return search_automatic(state, options.escapes);
    case PermutationSearch::exhaustive: return search_exhaustive(state);
    case PermutationSearch::matching: return search_matching(state);
    case PermutationSearch::swap: return search_swaps(state, options.escapes);
    case PermutationSearch::stripes_8:
      return search_windows(state, 8 / options.pattern.group, options.escapes);
    case PermutationSearch::stripes_12:
      return search_windows(state, 12 / options.pattern.group, options.escapes);
  }
  return {};
}

// Groups in the order of their first columns, columns ascending: one answer for one grouping. A
// partial group stays the last.
void canonicalise(Permutation& order, int group) {
  const auto size = static_cast<std::int64_t>(order.size());
  std::vector<std::vector<std::int32_t>> groups;
  for (std::int64_t at = 0; at < size; at += group) {
    groups.emplace_back(order.begin() + at,
                        order.begin() + std::min<std::int64_t>(at + group, size));
    std::sort(groups.back().begin(), groups.back().end());
  }
  std::sort(groups.begin(), groups.end() - (size % group != 0));
  order.clear();
  for (const auto& members : groups) order.insert(order.end(), members.begin(), members.end());
}

Result<PermutationResult> search(const Exec& exec, const ConstMatrixView* matrices,
                                 std::size_t count, const PermutationOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  auto made = on_cuda(exec) ? cuda::permute_evaluator(exec, matrices, count)
                            : cpu::permute_evaluator(exec, matrices, count);
  if (!made.ok()) return made.status();
  PermuteEvaluator& evaluator = **made;
  PermutationResult result;
  result.permutation.resize(static_cast<std::size_t>(matrices[0].cols));
  std::iota(result.permutation.begin(), result.permutation.end(), 0);
  const std::int32_t* as_is = result.permutation.data();
  if (Status s = evaluator.kept(as_is, {1, 1}, &result.total); !s.ok()) return s;
  if (Status s = evaluator.kept(as_is, options.pattern, &result.kept_identity); !s.ok()) return s;
  result.kept = result.kept_identity;

  PermuteState state(evaluator, options, result.total, result.kept_identity);
  if (Status s = run(state, options); !s.ok()) return s;
  if (!state.best_order.empty()) {
    canonicalise(state.best_order, options.pattern.group);
    double kept = 0;
    if (Status s = evaluator.kept(state.best_order.data(), options.pattern, &kept); !s.ok())
      return s;
    if (kept > result.kept) {  // in quanta it was; in double a rounding may say otherwise
      result.kept = kept;
      result.permutation = state.best_order;
    }
  }
  result.steps = state.budget.steps();
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  state.budget.report(result.kept);
  return result;
}

Status check_permute(const ConstMatrixView& matrix, const Permutation& permutation,
                     const MatrixView& out, std::int64_t want, const char* what) {
  HEDDLE_TRY(check_weights("matrix", matrix));
  HEDDLE_TRY(check_view("out", out));
  HEDDLE_TRY(check_shape("out", out.rows, out.cols, matrix.rows, matrix.cols));
  HEDDLE_TRY(check_type("out", out.type, matrix.type));
  HEDDLE_TRY(check_length(permutation, want, what));
  HEDDLE_TRY(check_permutation("permutation", permutation));
  return check_no_overlap("out", footprint(out), "matrix", footprint(matrix));
}

Status permute(const Exec& exec, const ConstMatrixView& matrix, const Permutation& permutation,
               const MatrixView& out, bool columns) try {
  HEDDLE_TRY(check_permute(matrix, permutation, out, columns ? matrix.cols : matrix.rows,
                           columns ? "columns" : "rows"));
  HEDDLE_TRY(check_exec(exec));
  if (matrix.rows == 0 || matrix.cols == 0) return {};
  const std::int32_t* order = permutation.data();
  if (on_cuda(exec)) return cuda::permute(exec, matrix, order, columns, out);
  return cpu::permute(exec, matrix, columns ? nullptr : order, columns ? order : nullptr, out);
} catch (...) {
  return caught();
}

}  // namespace

Result<PermutationResult> find_permutation(const Exec& exec, const ConstMatrixView* matrices,
                                           std::size_t count,
                                           const PermutationOptions& options) try {
  if (Status s = check_matrices(matrices, count); !s.ok()) return s;
  if (Status s = check_search(matrices[0].cols, options); !s.ok()) return s;
  if (Status s = check_exec(exec); !s.ok()) return s;
  return search(exec, matrices, count, options);
} catch (...) {
  return caught();
}

Result<PermutationResult> find_permutation(const Exec& exec, const ConstMatrixView& matrix,
                                           const PermutationOptions& options) try {
  return find_permutation(exec, &matrix, 1, options);
} catch (...) {
  return caught();
}

Result<double> permuted_magnitude(const Exec& exec, const ConstMatrixView& matrix,
                                  const Permutation& permutation, Pattern pattern) try {
  if (Status s = check_matrices(&matrix, 1); !s.ok()) return s;
  if (Status s = check_pattern(pattern); !s.ok()) return s;
  if (Status s = check_length(permutation, matrix.cols, "columns"); !s.ok()) return s;
  if (Status s = check_permutation("permutation", permutation); !s.ok()) return s;
  if (Status s = check_exec(exec); !s.ok()) return s;
  auto made = on_cuda(exec) ? cuda::permute_evaluator(exec, &matrix, 1)
                            : cpu::permute_evaluator(exec, &matrix, 1);
  if (!made.ok()) return made.status();
  double kept = 0;
  if (Status s = (*made)->kept(permutation.data(), pattern, &kept); !s.ok()) return s;
  return kept;
} catch (...) {
  return caught();
}

Status permute_columns(const Exec& exec, const ConstMatrixView& matrix,
                       const Permutation& permutation, const MatrixView& out) try {
  return permute(exec, matrix, permutation, out, true);
} catch (...) {
  return caught();
}

Status permute_rows(const Exec& exec, const ConstMatrixView& matrix, const Permutation& permutation,
                    const MatrixView& out) try {
  return permute(exec, matrix, permutation, out, false);
} catch (...) {
  return caught();
}

Result<Permutation> inverse(const Permutation& permutation) try {
  if (Status s = check_permutation("permutation", permutation); !s.ok()) return s;
  Permutation result(permutation.size());
  for (std::size_t i = 0; i < permutation.size(); ++i)
    result[static_cast<std::size_t>(permutation[i])] = static_cast<std::int32_t>(i);
  return result;
} catch (...) {
  return caught();
}

Result<Permutation> repeat(const Permutation& permutation, std::int64_t copies) try {
  if (Status s = check_permutation("permutation", permutation); !s.ok()) return s;
  const auto size = std::ssize(permutation);
  if (copies < 0 || (size > 0 && copies > std::numeric_limits<std::int32_t>::max() / size))
    return Status(StatusCode::invalid_argument,
                  message("copies = ", copies, ": must be at least 0, and ", size,
                          " channels as often must be fewer than 2^31"));
  Permutation result;
  for (std::int64_t copy = 0; copy < (size == 0 ? 0 : copies); ++copy)
    for (const std::int32_t channel : permutation)
      result.push_back(static_cast<std::int32_t>(copy * size + channel));
  return result;
} catch (...) {
  return caught();
}

}  // namespace heddle
