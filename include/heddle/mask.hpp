#pragma once
/// \file
/// Masks: find the best one, apply it, check a matrix against a pattern, measure what is kept.
/// Groups run along a row (the k dimension), starting at column 0; a trailing partial group of r
/// columns keeps min(r, keep).

#include <cstddef>
#include <cstdint>

#include "heddle/exec.hpp"
#include "heddle/export.h"
#include "heddle/pattern.hpp"
#include "heddle/status.hpp"
#include "heddle/types.hpp"

namespace heddle {

/// What "best" ranks by. In both, ties keep the lower position and NaN ranks above everything, so
/// that a NaN is never dropped silently.
enum class Ranking {
  magnitude,  ///< |x|: NaN above inf above finite, -0.0 equal to 0; for weights
  value,      ///< x itself, larger is better, -0.0 equal to 0; for a caller's score matrix
};

/// Writes the mask that keeps the `keep` highest-ranked entries of every group of `matrix`.
/// matrix: [m, k] of any DataType but i32. mask: [m, k], any order and ld.
HEDDLE_API Status best_mask(const Exec& exec, const ConstMatrixView& matrix, Pattern pattern,
                            const MaskView& mask, Ranking ranking = Ranking::magnitude);

/// out = mask ? matrix : 0, a select (a dropped NaN becomes 0, never NaN * 0). All [m, k]; out has
/// the type of matrix. out may be the very same view as matrix, otherwise they must not overlap.
HEDDLE_API Status apply_mask(const Exec& exec, const ConstMatrixView& matrix,
                             const ConstMaskView& mask, const MatrixView& out);

/// One matrix of a list for apply_masks: the arguments of apply_mask.
struct MaskedMatrix {
  ConstMatrixView matrix;  ///< [m, k]
  ConstMaskView mask;      ///< [m, k]
  MatrixView out;          ///< [m, k], of the type of matrix
};

/// apply_mask for list[0] ... list[count - 1], of any shapes and types; the memory of no two items
/// may overlap. With CUDA 128 items share a launch, so that small tensors do not pay for one each.
/// invalid_argument names the first bad item; then nothing was written.
HEDDLE_API Status apply_masks(const Exec& exec, const MaskedMatrix* list, std::size_t count);

/// What `check` found.
struct CheckReport {
  std::int64_t violations = 0;  ///< groups with more than `keep` nonzeros
  std::int64_t row = -1;        ///< first violating row (lowest row, then lowest group); -1 if none
  std::int64_t group = -1;      ///< its first violating group; columns group * pattern.group + ...
  bool compliant() const noexcept { return violations == 0; }  ///< no violation
};

/// Counts the groups of matrix [m, k] with more than `keep` nonzeros. -0.0 is zero; NaN is not.
/// With CUDA this waits for the stream and cannot be captured in a graph.
HEDDLE_API Result<CheckReport> check(const Exec& exec, const ConstMatrixView& matrix,
                                     Pattern pattern);

/// The same without waiting: *report is memory of the execution (with CUDA device memory, aligned
/// to 8 bytes), written when the stream gets there. Not compliant is no failure of this call.
HEDDLE_API Status check(const Exec& exec, const ConstMatrixView& matrix, Pattern pattern,
                        CheckReport* report);

/// Sums over a matrix and a mask.
struct MaskStats {
  std::int64_t elements = 0;  ///< m * k
  std::int64_t kept = 0;      ///< mask entries that are set
  std::int64_t nonzeros = 0;  ///< matrix entries that are not +-0
  double l1_total = 0;        ///< sum of |x| over all entries; NaN and inf propagate
  double l1_kept = 0;         ///< the same over the kept ones
};

/// Statistics of matrix [m, k] under mask [m, k], in double: the same for every thread count, and on
/// every GPU. CPU and GPU add in different orders, so that the last bits of their sums may differ.
/// With CUDA this waits for the stream and cannot be captured in a graph.
HEDDLE_API Result<MaskStats> mask_stats(const Exec& exec, const ConstMatrixView& matrix,
                                        const ConstMaskView& mask);

}  // namespace heddle
