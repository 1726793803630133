#ifndef HEDDLE_C_MASK_H
#define HEDDLE_C_MASK_H
/** \file
 * Masks of matrices (heddle/mask.hpp): find the best one, apply it, check a matrix against a
 * pattern, measure what is kept. */
#include "heddle/c/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(modernize-use-using): C */

/** Writes the mask that keeps the `keep` highest-ranked entries of every group of `matrix` [m, k].
 * mask: [m, k]. ranking: HEDDLE_MAGNITUDE or HEDDLE_VALUE. */
HEDDLE_API heddle_status heddle_best_mask(const heddle_exec* exec, const heddle_matrix* matrix,
                                          const heddle_pattern* pattern, const heddle_mask* mask,
                                          int32_t ranking);

/** out = mask ? matrix : 0, a select. out may be the very same view as matrix. */
HEDDLE_API heddle_status heddle_apply_mask(const heddle_exec* exec, const heddle_matrix* matrix,
                                           const heddle_mask* mask, const heddle_matrix* out);

/** One matrix of a list: the arguments of heddle_apply_mask. */
typedef struct heddle_masked_matrix {
  heddle_matrix matrix; /**< [m, k] */
  heddle_mask mask;     /**< [m, k] */
  heddle_matrix out;    /**< [m, k], of the type of matrix */
} heddle_masked_matrix;

/** heddle_apply_mask for list[0] ... list[count - 1], which share launches with CUDA. list may be
 * null if count is 0. */
HEDDLE_API heddle_status heddle_apply_masks(const heddle_exec* exec,
                                            const heddle_masked_matrix* list, size_t count);

/** What a check found (heddle::CheckReport). */
typedef struct heddle_check_report {
  int64_t violations; /**< groups with more than `keep` nonzeros */
  int64_t row;        /**< the first violating row, -1 if none */
  int64_t group;      /**< its first violating group, -1 if none */
} heddle_check_report;

/** Counts the groups of matrix [m, k] with more than `keep` nonzeros. Not compliant is no failure.
 * With CUDA this waits; report is host memory. */
HEDDLE_API heddle_status heddle_check(const heddle_exec* exec, const heddle_matrix* matrix,
                                      const heddle_pattern* pattern, heddle_check_report* report);
/** The same without waiting: *report is memory of the execution, aligned to 8 bytes. */
HEDDLE_API heddle_status heddle_check_async(const heddle_exec* exec, const heddle_matrix* matrix,
                                            const heddle_pattern* pattern,
                                            heddle_check_report* report);

/** Sums over a matrix and a mask (heddle::MaskStats). */
typedef struct heddle_mask_sums {
  int64_t elements; /**< m * k */
  int64_t kept;     /**< mask entries that are set */
  int64_t nonzeros; /**< matrix entries that are not +-0 */
  double l1_total;  /**< sum of |x| over all entries */
  double l1_kept;   /**< the same over the kept ones */
} heddle_mask_sums;

/** Sums over matrix [m, k] under mask [m, k]. With CUDA this waits; sums is host memory. */
HEDDLE_API heddle_status heddle_mask_stats(const heddle_exec* exec, const heddle_matrix* matrix,
                                           const heddle_mask* mask, heddle_mask_sums* sums);

/* NOLINTEND(modernize-use-using) */
#ifdef __cplusplus
}
#endif
#endif
