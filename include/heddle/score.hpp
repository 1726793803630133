#pragma once
/// \file
/// Scores: what a mask ranks by when |w| alone is not the best guess of what matters. A score
/// matrix goes to best_mask or best_tile_mask with Ranking::value.

#include <cstdint>

#include "heddle/exec.hpp"
#include "heddle/export.h"
#include "heddle/matmul.hpp"
#include "heddle/status.hpp"
#include "heddle/types.hpp"

namespace heddle {

/// How weight w[i][j] and column value c[j] make a score. w becomes f32, which is exact, and every
/// operation is one of f32, rounded to nearest once, in the order written; none is an addition, so
/// that nothing can be fused. A score that is NaN is 0x7FC00000.
enum class Score {
  magnitude,        ///< |w|; reads no columns
  activation_norm,  ///< |w| * c[j], c the L2 norms of the inputs (Wanda, arXiv 2306.11695)
  obs_diagonal,     ///< q * q with q = w / c[j], c the diagonal of the upper Cholesky factor of the
                    ///< inverse Hessian (SparseGPT, arXiv 2301.00774)
};

/// "magnitude", "activation_norm", "obs_diagonal"; "invalid" for any other value.
HEDDLE_API const char* to_string(Score score) noexcept;

/// Writes the scores of `weight` [m, k], any DataType but i32. columns: [k] f32, any address;
/// ignored for Score::magnitude. scores: [m, k] f32, any order and ld; may not overlap the inputs.
/// NaN in weight or columns gives NaN, which ranks on top; so do 0 * inf, 0 / 0, inf / inf.
/// The same bits on CPU and GPU.
HEDDLE_API Status score(const Exec& exec, const ConstMatrixView& weight, Score kind,
                        const ConstVectorView& columns, const MatrixView& scores);

/// sums[j] += sum over the rows of activations[i][j]^2, in double; activations [n, k] of any
/// DataType but i32, any order and ld: one row per token (of a convolution: per output position and
/// tap). sums: [k] doubles in memory of the execution, 8-byte aligned, set to 0 by the caller
/// before the first batch. Row i of a batch goes to partial sum i mod 32 in ascending order, and
/// the partial sums are added as a balanced tree of neighbours (0 + 1, 2 + 3, ..., then those), the
/// total to sums[j]: the same bits on CPU and GPU and for every thread count. A square of an f32 is
/// exact in double. A NaN is written as 0x7FF8000000000000. No rows: nothing is written.
HEDDLE_API Status accumulate_squares(const Exec& exec, const ConstMatrixView& activations,
                                     double* sums);

/// norms[j] = sqrt(sums[j]), in double, then rounded to f32; [k] both, aligned to 8 and 4 bytes, a
/// NaN as 0x7FC00000: what Score::activation_norm takes.
HEDDLE_API Status norms_of_squares(const Exec& exec, const double* sums, std::int64_t k,
                                   float* norms);

}  // namespace heddle
