#pragma once
/// \file
/// Channel permutation: the order of a weight's columns (input channels) under which an N:M mask
/// keeps the most magnitude. Folded into the neighbouring layers it costs nothing at run time.
/// (The problem and the stripe-group search: Pool and Yu, NeurIPS 2021.)

#include <cstdint>
#include <functional>
#include <vector>

#include "heddle/exec.hpp"
#include "heddle/export.h"
#include "heddle/pattern.hpp"
#include "heddle/status.hpp"
#include "heddle/types.hpp"

namespace heddle {

/// permutation[j] = the column of the original that stands at j; every column once.
using Permutation = std::vector<std::int32_t>;

/// How to search. Every strategy works for any keep:group (window strategies for groups up to the
/// window) and any number of columns; a trailing partial group of r columns keeps min(r, keep).
enum class PermutationSearch {
  automatic,   ///< the optimum for groups of two (matching) and for few columns (exhaustive, up to
               ///< 16 of 2:4); else all of these and annealing, until the budget is spent
  identity,    ///< measures only
  exhaustive,  ///< the optimum: `unsupported` above 2 * 10^8 steps (21 columns of 2:4)
  matching,    ///< groups of two: the optimum (maximum-weight perfect matching). Groups of four:
               ///< columns into pairs, pairs into fours. Other powers of two likewise
  swap,        ///< greedy channel swaps: the best disjoint swaps of two columns until none gains
  stripes_8,   ///< stripe-group search with windows of 8 columns (two groups of four): their best
               ///< regroupings, disjoint, until none gains; `unsupported` above groups of four
  stripes_12,  ///< with windows of 12 columns; `unsupported` above groups of six, or 2^25 windows
};

/// A search that is under way, for the caller's progress display.
struct PermutationProgress {
  double seconds = 0;        ///< since the search began
  std::int64_t steps = 0;    ///< changes tried so far
  double kept = 0;           ///< best so far, in quanta (see below) until the last report
  double kept_identity = 0;  ///< where it started
  double total = 0;          ///< sum of all magnitudes
};

/// What to optimise, how, and for how long.
struct PermutationOptions {
  Pattern pattern{2, 4};                                    ///< along rows
  PermutationSearch search = PermutationSearch::automatic;  ///< the strategy
  /// Perturbations after which a search that has converged goes on; the best state seen is kept.
  std::int64_t escapes = 100;
  std::uint64_t seed = 0;  ///< of the escapes
  /// 0: no limit. A search stops at the first of its limits, with the best it has. Only without a
  /// limit of seconds is the result the same on every machine and for every thread count.
  double max_seconds = 0;
  std::int64_t max_steps = 0;  ///< changes tried; 0: no limit
  /// Called from the calling thread, about ten times a second and once at the end; false stops.
  std::function<bool(const PermutationProgress&)> progress;
};

/// An order and what it is worth.
struct PermutationResult {
  Permutation permutation;   ///< of the k columns
  double total = 0;          ///< sum of |x| over all entries
  double kept_identity = 0;  ///< what the pattern keeps of it in the order as it is
  double kept = 0;           ///< and in the order found; never less
  std::int64_t steps = 0;    ///< changes tried
  double seconds = 0;        ///< spent
};

/// Finds a permutation of the columns of matrix [m, k]; any DataType but i32. The search counts
/// magnitudes in quanta of 2^-24 of the power of two above the largest (integers, i8 among them,
/// are exact), and "optimum" is meant in quanta; `kept` and `total` are sums in double. Entries must
/// be finite: invalid_argument names the first that is not. Layers that share their input are
/// searched together: `matrices` are `count` matrices with the same k, stacked along their rows.
/// Columns ascend within a group, groups by their first column; a last, partial group stays last.
/// With CUDA the matrices are device memory, the evaluation runs there, and the call waits; the
/// result is that of the CPU, bit for bit.
HEDDLE_API Result<PermutationResult> find_permutation(const Exec& exec,
                                                      const ConstMatrixView* matrices,
                                                      std::size_t count,
                                                      const PermutationOptions& options = {});
/// The same of one matrix.
HEDDLE_API Result<PermutationResult> find_permutation(const Exec& exec,
                                                      const ConstMatrixView& matrix,
                                                      const PermutationOptions& options = {});

/// The magnitude that `pattern` keeps of matrix with its columns in this order. Waits.
HEDDLE_API Result<double> permuted_magnitude(const Exec& exec, const ConstMatrixView& matrix,
                                             const Permutation& permutation, Pattern pattern);

/// out[i][j] = matrix[i][permutation[j]]: a consumer's weight [m, k] takes the new channel order.
/// out: same shape and type; must not overlap. With CUDA the permutation stays host memory and is
/// read before the call returns; the call takes k * 4 bytes in stream order.
HEDDLE_API Status permute_columns(const Exec& exec, const ConstMatrixView& matrix,
                                  const Permutation& permutation, const MatrixView& out);

/// out[i][j] = matrix[permutation[i]][j]: the producer's weight [k, c] gives its outputs in that
/// order. A vector per output (bias, batch norm's scale, shift, mean and variance) is a matrix of
/// one column. The network computes the same function when every producer of the channels (their
/// rows and per-channel vectors) and every consumer (its columns) has been permuted.
HEDDLE_API Status permute_rows(const Exec& exec, const ConstMatrixView& matrix,
                               const Permutation& permutation, const MatrixView& out);

/// inverse[permutation[j]] = j. invalid_argument if it is no permutation.
HEDDLE_API Result<Permutation> inverse(const Permutation& permutation);

/// `permutation` for each of `copies` blocks of channels after each other: grouped convolutions and
/// concatenations, whose consumers see one order repeated.
HEDDLE_API Result<Permutation> repeat(const Permutation& permutation, std::int64_t copies);

}  // namespace heddle
