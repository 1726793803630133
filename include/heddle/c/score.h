#ifndef HEDDLE_C_SCORE_H
#define HEDDLE_C_SCORE_H
/** \file
 * Scores (heddle/score.hpp): what a mask ranks by when |w| alone is not the best guess. A score
 * matrix goes to a mask function with HEDDLE_VALUE. */
#include "heddle/c/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(modernize-use-using): C */

/** How a weight and a column value make a score (heddle::Score). */
enum {
  HEDDLE_SCORE_MAGNITUDE = 0,       /**< |w|; reads no columns */
  HEDDLE_SCORE_ACTIVATION_NORM = 1, /**< |w| * c[j], c the L2 norms of the inputs */
  HEDDLE_SCORE_OBS_DIAGONAL = 2     /**< (w / c[j])^2, c as for SparseGPT */
};
/** "magnitude", ...; "invalid" for any other value. Static memory. */
HEDDLE_API const char* heddle_score_name(int32_t kind);

/** Writes the scores of weight [m, k]. columns: [k] f32; may be null for HEDDLE_SCORE_MAGNITUDE.
 * scores: [m, k] f32. */
HEDDLE_API heddle_status heddle_score(const heddle_exec* exec, const heddle_matrix* weight,
                                      int32_t kind, const heddle_vector* columns,
                                      const heddle_matrix* scores);

/** sums[j] += the squares of column j of activations [n, k]. sums: [k] doubles in memory of the
 * execution, set to 0 by the caller before the first batch. */
HEDDLE_API heddle_status heddle_accumulate_squares(const heddle_exec* exec,
                                                   const heddle_matrix* activations, double* sums);

/** norms[j] = sqrt(sums[j]), rounded to f32; [k] both, in memory of the execution. */
HEDDLE_API heddle_status heddle_norms_of_squares(const heddle_exec* exec, const double* sums,
                                                 int64_t k, float* norms);

/* NOLINTEND(modernize-use-using) */
#ifdef __cplusplus
}
#endif
#endif
