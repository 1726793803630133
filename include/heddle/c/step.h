#ifndef HEDDLE_C_STEP_H
#define HEDDLE_C_STEP_H
/** \file
 * The optimizer's step under a mask, fused (heddle/step.hpp, which has the formulas). */
#include "heddle/c/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(modernize-use-using): C */

/** The memory of one parameter (heddle::StepTensors). What a step does not use may be null. */
typedef struct heddle_step_tensors {
  heddle_tensor weight;           /**< f32, f16 or bf16 */
  heddle_tensor gradient;         /**< only read */
  const heddle_tensor_mask* mask; /**< only read; null: a dense parameter */
  const heddle_tensor* master;    /**< f32 copy that is updated; may be null */
  const heddle_tensor* momentum;  /**< SGD: where options->momentum is not 0 */
  const heddle_tensor* moment1;   /**< AdamW */
  const heddle_tensor* moment2;   /**< AdamW */
} heddle_step_tensors;

/** heddle::SgdOptions. */
typedef struct heddle_sgd_options {
  size_t size;         /**< bytes of this structure, as the caller was compiled */
  float learning_rate; /**< factor of the update */
  float momentum;      /**< 0: none, and no tensor for it */
  float dampening;     /**< of the gradient in the momentum */
  float weight_decay;  /**< as an L2 term of the gradient */
  int32_t nesterov;    /**< 0 or 1 */
  int32_t first;       /**< 1: the first step, momentum holds nothing yet */
} heddle_sgd_options;
/** Learning rate 0.01, all else 0. size: sizeof(heddle_sgd_options). */
HEDDLE_API heddle_status heddle_sgd_options_init(heddle_sgd_options* options, size_t size);

/** heddle::AdamWOptions. */
typedef struct heddle_adamw_options {
  size_t size;         /**< bytes of this structure, as the caller was compiled */
  float learning_rate; /**< factor of the update */
  float beta1;         /**< decay of moment1 */
  float beta2;         /**< decay of moment2 */
  float epsilon;       /**< added to the root of moment2 */
  float weight_decay;  /**< decoupled from the gradient */
  int32_t reserved;    /**< 0 */
  int64_t step;        /**< counts from 1 */
} heddle_adamw_options;
/** Learning rate 1e-3, betas 0.9 and 0.999, epsilon 1e-8, weight decay 1e-2, step 1. size:
 * sizeof(heddle_adamw_options). */
HEDDLE_API heddle_status heddle_adamw_options_init(heddle_adamw_options* options, size_t size);

/** One step of every parameter. options may be null: the defaults; list may be null where count is
 * 0. */
HEDDLE_API heddle_status heddle_sgd_step(const heddle_exec* exec, const heddle_sgd_options* options,
                                         const heddle_step_tensors* list, size_t count);
/** The same by AdamW. */
HEDDLE_API heddle_status heddle_adamw_step(const heddle_exec* exec,
                                           const heddle_adamw_options* options,
                                           const heddle_step_tensors* list, size_t count);

/** One parameter of heddle_sr_ste (heddle::SrSteTensors). */
typedef struct heddle_sr_ste_tensors {
  heddle_tensor dense;     /**< only read */
  heddle_tensor_mask mask; /**< only read */
  heddle_tensor gradient;  /**< f32, f16 or bf16 */
} heddle_sr_ste_tensors;

/** gradient += decay * (mask ? 0 : dense) */
HEDDLE_API heddle_status heddle_sr_ste(const heddle_exec* exec, float decay,
                                       const heddle_sr_ste_tensors* list, size_t count);

/* NOLINTEND(modernize-use-using) */
#ifdef __cplusplus
}
#endif
#endif
