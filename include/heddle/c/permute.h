#ifndef HEDDLE_C_PERMUTE_H
#define HEDDLE_C_PERMUTE_H
/** \file
 * Channel permutation (heddle/permute.hpp). A permutation is an array of `length` columns in host
 * memory: permutation[j] is the column of the original that stands at j. */
#include "heddle/c/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(modernize-use-using): C */

/** How to search (heddle::PermutationSearch). */
enum {
  HEDDLE_SEARCH_AUTOMATIC = 0,
  HEDDLE_SEARCH_IDENTITY = 1,
  HEDDLE_SEARCH_EXHAUSTIVE = 2,
  HEDDLE_SEARCH_MATCHING = 3,
  HEDDLE_SEARCH_SWAP = 4,
  HEDDLE_SEARCH_STRIPES_8 = 5,
  HEDDLE_SEARCH_STRIPES_12 = 6
};

/** A search that is under way (heddle::PermutationProgress). */
typedef struct heddle_permutation_progress {
  double seconds;       /**< since the search began */
  int64_t steps;        /**< changes tried so far */
  double kept;          /**< magnitude kept by the best order so far */
  double kept_identity; /**< by the order it started from */
  double total;         /**< sum of all magnitudes */
} heddle_permutation_progress;
/** Called from the calling thread, about ten times a second and once at the end; 0 stops the
 * search. */
typedef int32_t (*heddle_permutation_callback)(void* user,
                                               const heddle_permutation_progress* progress);

/** heddle::PermutationOptions. */
typedef struct heddle_permutation_options {
  size_t size;                          /**< bytes of this structure, as the caller was compiled */
  heddle_pattern pattern;               /**< along rows */
  int32_t search;                       /**< HEDDLE_SEARCH_AUTOMATIC, ... */
  int32_t reserved;                     /**< 0 */
  int64_t escapes;                      /**< perturbations after which a converged search goes on */
  uint64_t seed;                        /**< of the escapes */
  double max_seconds;                   /**< 0: no limit */
  int64_t max_steps;                    /**< 0: no limit */
  heddle_permutation_callback progress; /**< may be null */
  void* user;                           /**< for progress */
} heddle_permutation_options;
/** 2:4, automatic, 100 escapes, no limits. size: sizeof(heddle_permutation_options). */
HEDDLE_API heddle_status heddle_permutation_options_init(heddle_permutation_options* options,
                                                         size_t size);

/** What a search found (heddle::PermutationResult). */
typedef struct heddle_permutation_result {
  double total;         /**< sum of |x| over all entries */
  double kept_identity; /**< what the pattern keeps of it in the order as it is */
  double kept;          /**< and in the order found; never less */
  int64_t steps;        /**< changes tried */
  double seconds;       /**< spent */
} heddle_permutation_result;

/** Searches for `count` matrices of `length` columns each, stacked along their rows. permutation has
 * room for `length`. options may be null: the defaults; result may be null. */
HEDDLE_API heddle_status heddle_find_permutation(const heddle_exec* exec,
                                                 const heddle_matrix* matrices, size_t count,
                                                 const heddle_permutation_options* options,
                                                 int32_t* permutation, int64_t length,
                                                 heddle_permutation_result* result);

/** The magnitude that `pattern` keeps of matrix with its columns in this order. Waits. */
HEDDLE_API heddle_status heddle_permuted_magnitude(const heddle_exec* exec,
                                                   const heddle_matrix* matrix,
                                                   const int32_t* permutation, int64_t length,
                                                   const heddle_pattern* pattern,
                                                   double* magnitude);

/** out[i][j] = matrix[i][permutation[j]] */
HEDDLE_API heddle_status heddle_permute_columns(const heddle_exec* exec,
                                                const heddle_matrix* matrix,
                                                const int32_t* permutation, int64_t length,
                                                const heddle_matrix* out);
/** out[i][j] = matrix[permutation[i]][j] */
HEDDLE_API heddle_status heddle_permute_rows(const heddle_exec* exec, const heddle_matrix* matrix,
                                             const int32_t* permutation, int64_t length,
                                             const heddle_matrix* out);

/** inverse[permutation[j]] = j; inverse has room for `length` and may be permutation itself. */
HEDDLE_API heddle_status heddle_inverse_permutation(const int32_t* permutation, int64_t length,
                                                    int32_t* inverse);
/** `permutation` for each of `copies` blocks of channels after each other; repeated has room for
 * `room` = copies * length columns. */
HEDDLE_API heddle_status heddle_repeat_permutation(const int32_t* permutation, int64_t length,
                                                   int64_t copies, int32_t* repeated, int64_t room);

/* NOLINTEND(modernize-use-using) */
#ifdef __cplusplus
}
#endif
#endif
