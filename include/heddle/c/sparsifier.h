#ifndef HEDDLE_C_SPARSIFIER_H
#define HEDDLE_C_SPARSIFIER_H
/** \file
 * The training recipe over raw pointers (heddle/sparsifier.hpp). The memory of weights, masks and
 * dropped values is the caller's and must outlive the handle's use of it; descriptions and texts
 * are copied. Not thread-safe, one handle per model. */
#include "heddle/c/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(modernize-use-using): C */

/** What sizes a parameter must have to be pruned: dimension 0 a multiple of `rows`, dimension 1 of
 * `cols`. */
typedef struct heddle_eligibility_rule {
  int64_t rows; /**< output features: a multiple of it */
  int64_t cols; /**< input features: a multiple of it */
} heddle_eligibility_rule;

/** heddle::SparsifierOptions. */
typedef struct heddle_sparsifier_options {
  size_t size;                         /**< bytes of this structure, as the caller was compiled */
  const char* method;                  /**< of parameters that name none */
  const char* const* allowed_names;    /**< allowed_count texts; none: every parameter */
  size_t allowed_count;                /**< 0: no such list */
  const char* const* disallowed_names; /**< stronger */
  size_t disallowed_count;             /**< 0: no such list */
  heddle_eligibility_rule f32;         /**< the rule of f32 parameters */
  heddle_eligibility_rule f16;         /**< of f16 */
  heddle_eligibility_rule bf16;        /**< of bf16 */
  heddle_eligibility_rule f8;          /**< of both 8-bit float types */
  heddle_eligibility_rule i8;          /**< of i8 */
  int32_t min_rank;                    /**< below it a parameter stays dense */
  int32_t reserved;                    /**< 0 */
} heddle_sparsifier_options;
/** "2:4", no names, f32 and f16 need multiples of 8 and 16, min_rank 2. size:
 * sizeof(heddle_sparsifier_options). */
HEDDLE_API heddle_status heddle_sparsifier_options_init(heddle_sparsifier_options* options,
                                                        size_t size);
/** The same with parameters of any size. */
HEDDLE_API heddle_status heddle_sparsifier_options_any_size(heddle_sparsifier_options* options,
                                                            size_t size);

/** A parameter to register (heddle::SparseParameter). */
typedef struct heddle_sparse_parameter {
  size_t size;                  /**< bytes of this structure, as the caller was compiled */
  const char* name;             /**< unique, not empty */
  heddle_tensor weight;         /**< of rank 1 to 5, in memory of the execution */
  heddle_tensor_mask mask;      /**< written; not looked at where the parameter stays dense */
  const heddle_tensor* dropped; /**< null: dropped values are gone */
  const heddle_tensor* master;  /**< f32 copy that is pruned with the weight; may be null */
  const char* method;           /**< null or empty: the options' */
} heddle_sparse_parameter;
/** Everything null or 0. size: sizeof(heddle_sparse_parameter). */
HEDDLE_API heddle_status heddle_sparse_parameter_init(heddle_sparse_parameter* parameter,
                                                      size_t size);

/** The training recipe over raw pointers (heddle::Sparsifier). Not thread-safe. */
typedef struct heddle_sparsifier heddle_sparsifier;

/** options may be null: the defaults. */
HEDDLE_API heddle_status heddle_sparsifier_create(const heddle_sparsifier_options* options,
                                                  heddle_sparsifier** sparsifier);
/** Takes null. */
HEDDLE_API void heddle_sparsifier_destroy(heddle_sparsifier* sparsifier);

/** Registers a parameter, sparse or dense; which, its report says. */
HEDDLE_API heddle_status heddle_sparsifier_add(heddle_sparsifier* sparsifier,
                                               const heddle_sparse_parameter* parameter);
/** The number of parameters. */
HEDDLE_API heddle_status heddle_sparsifier_size(const heddle_sparsifier* sparsifier, size_t* size);
/** *sparse = 1 if the parameter is pruned, else 0. An index in these functions is below
 * heddle_sparsifier_size. */
HEDDLE_API heddle_status heddle_sparsifier_sparse(const heddle_sparsifier* sparsifier, size_t index,
                                                  int32_t* sparse);
/** The index of a name; heddle_sparsifier_size where there is none. */
HEDDLE_API heddle_status heddle_sparsifier_find(const heddle_sparsifier* sparsifier,
                                                const char* name, size_t* index);

/** Finds every mask and prunes. scores: null (count 0), or for every parameter a tensor of its shape
 * to rank by, or one whose data is null for magnitude. Waits. */
HEDDLE_API heddle_status heddle_sparsifier_compute_masks(heddle_sparsifier* sparsifier,
                                                         const heddle_exec* exec,
                                                         const heddle_tensor* scores, size_t count);
/** From now on masks cannot be recomputed or restored. */
HEDDLE_API heddle_status heddle_sparsifier_freeze(heddle_sparsifier* sparsifier);
/** 1 or 0. */
HEDDLE_API heddle_status heddle_sparsifier_frozen(const heddle_sparsifier* sparsifier,
                                                  int32_t* frozen);
/** 1 or 0: are there masks? */
HEDDLE_API heddle_status heddle_sparsifier_has_masks(const heddle_sparsifier* sparsifier,
                                                     int32_t* has_masks);
/** 1 or 0: are the weights pruned? */
HEDDLE_API heddle_status heddle_sparsifier_pruned(const heddle_sparsifier* sparsifier,
                                                  int32_t* pruned);
/** weight = mask ? weight : dropped; masks all 1. */
HEDDLE_API heddle_status heddle_sparsifier_restore(heddle_sparsifier* sparsifier,
                                                   const heddle_exec* exec);

/** Hooks of a training step; they do nothing unless weights are pruned. gradients: one tensor per
 * parameter, of its shape (data null: none). */
HEDDLE_API heddle_status heddle_sparsifier_mask_gradients(const heddle_sparsifier* sparsifier,
                                                          const heddle_exec* exec,
                                                          const heddle_tensor* gradients,
                                                          size_t count);
/** Weights and masters. */
HEDDLE_API heddle_status heddle_sparsifier_mask_weights(const heddle_sparsifier* sparsifier,
                                                        const heddle_exec* exec);
/** An optimizer's moment of the parameter with this index. */
typedef struct heddle_sparsifier_moment {
  size_t parameter;     /**< its index */
  heddle_tensor tensor; /**< of the shape of its weight, any type */
} heddle_sparsifier_moment;
/** Moments of the optimizer, any number per parameter; +0 where masks are 0. */
HEDDLE_API heddle_status heddle_sparsifier_mask_moments(const heddle_sparsifier* sparsifier,
                                                        const heddle_exec* exec,
                                                        const heddle_sparsifier_moment* moments,
                                                        size_t count);
/** For SR-STE: finds the masks anew (refresh_masks 1) without pruning and writes the masked weights
 * into one tensor per parameter (data null: none). */
HEDDLE_API heddle_status heddle_sparsifier_refresh(heddle_sparsifier* sparsifier,
                                                   const heddle_exec* exec,
                                                   const heddle_tensor* masked, size_t count,
                                                   int32_t refresh_masks);

/** The mask of a parameter for heddle_step_tensors; rank 0 for a dense one or while there are no
 * masks. */
HEDDLE_API heddle_status heddle_sparsifier_mask(const heddle_sparsifier* sparsifier, size_t index,
                                                heddle_tensor_mask* mask);

/** What became of a parameter (heddle::ParameterReport); the statistics are those of its weight when
 * compute_masks found its mask. */
typedef struct heddle_parameter_report {
  int32_t sparse;   /**< 1 or 0: it stays dense */
  int32_t reserved; /**< 0 */
  int64_t elements; /**< of the weight */
  int64_t kept;     /**< mask entries that are set */
  int64_t nonzeros; /**< entries of the weight that are not +-0 */
  double l1_total;  /**< sum of |x| over all entries */
  double l1_kept;   /**< the same over the kept ones */
  double fill;      /**< share of entries kept */
  double l1_share;  /**< share of magnitude kept */
} heddle_parameter_report;
/** The report of the parameter with this index. */
HEDDLE_API heddle_status heddle_sparsifier_report(const heddle_sparsifier* sparsifier, size_t index,
                                                  heddle_parameter_report* report);
/** Texts of the report: the parameter's name, its method, and why it is not sparse ("" if it is). */
HEDDLE_API heddle_status heddle_sparsifier_name(const heddle_sparsifier* sparsifier, size_t index,
                                                char* buffer, size_t capacity, size_t* length);
/** The method by which its mask is found. */
HEDDLE_API heddle_status heddle_sparsifier_method(const heddle_sparsifier* sparsifier, size_t index,
                                                  char* buffer, size_t capacity, size_t* length);
/** Why it is not sparse; "" if it is. */
HEDDLE_API heddle_status heddle_sparsifier_reason(const heddle_sparsifier* sparsifier, size_t index,
                                                  char* buffer, size_t capacity, size_t* length);

/* ---- state ----------------------------------------------------------------------------------- */

/** The number of tensors of the state, in memory of the execution. */
HEDDLE_API heddle_status heddle_sparsifier_state_size(const heddle_sparsifier* sparsifier,
                                                      size_t* size);
/** Tensor `index` of the state: a view, and its name ("<parameter>.mask", "<parameter>.dropped").
 * tensor may be null. */
HEDDLE_API heddle_status heddle_sparsifier_state(const heddle_sparsifier* sparsifier, size_t index,
                                                 heddle_tensor* tensor, char* buffer,
                                                 size_t capacity, size_t* length);
/** The number of words of the state. */
HEDDLE_API heddle_status heddle_sparsifier_state_word_count(const heddle_sparsifier* sparsifier,
                                                            size_t* count);
/** Word `index` of the state: two texts, in ascending order of keys. */
HEDDLE_API heddle_status heddle_sparsifier_state_word(const heddle_sparsifier* sparsifier,
                                                      size_t index, char* key, size_t key_capacity,
                                                      size_t* key_length, char* value,
                                                      size_t value_capacity, size_t* value_length);
/** A word of the state. */
typedef struct heddle_state_word {
  const char* key;   /**< as heddle_sparsifier_state_word gave it */
  const char* value; /**< its text */
} heddle_state_word;
/** Goes on where the words were taken: add the same parameters, fill the tensors, then this. */
HEDDLE_API heddle_status heddle_sparsifier_resume(heddle_sparsifier* sparsifier,
                                                  const heddle_state_word* words, size_t count);

/** The state as a safetensors file, and back (heddle/sparsifier_file.hpp). `unavailable` without
 * HEDDLE_FEATURE_FILES. */
HEDDLE_API heddle_status heddle_sparsifier_save(const heddle_sparsifier* sparsifier,
                                                const heddle_exec* exec, const char* path);
/** Fills the tensors from the file and resumes. Checks everything before it writes. */
HEDDLE_API heddle_status heddle_sparsifier_load(heddle_sparsifier* sparsifier,
                                                const heddle_exec* exec, const char* path);

/* NOLINTEND(modernize-use-using) */
#ifdef __cplusplus
}
#endif
#endif
