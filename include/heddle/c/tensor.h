#ifndef HEDDLE_C_TENSOR_H
#define HEDDLE_C_TENSOR_H
/** \file
 * Masks of weights of rank 1 to 5 (heddle/tensor.hpp): dimension 0 is the output features,
 * dimension 1 the input features along which the groups run, the rest the taps of a convolution. */
#include "heddle/c/base.h"
#include "heddle/c/mask.h"
#include "heddle/c/tile.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(modernize-use-using): C */

/** Strides of a tensor without gaps, the last dimension fastest. shape and stride have `rank`
 * entries; 1 <= rank <= 5. */
HEDDLE_API heddle_status heddle_contiguous_strides(int32_t rank, const int64_t* shape,
                                                   int64_t* stride);
/** A matrix as a tensor of rank 2. */
HEDDLE_API heddle_status heddle_as_tensor(const heddle_matrix* matrix, heddle_tensor* tensor);
/** A mask as a tensor's mask of rank 2. */
HEDDLE_API heddle_status heddle_as_tensor_mask(const heddle_mask* mask, heddle_tensor_mask* tensor);

/** heddle_best_mask of every tap. */
HEDDLE_API heddle_status heddle_best_mask_tensor(const heddle_exec* exec,
                                                 const heddle_tensor* weight,
                                                 const heddle_pattern* pattern,
                                                 const heddle_tensor_mask* mask, int32_t ranking);
/** heddle_best_tile_mask of every tap. */
HEDDLE_API heddle_status heddle_best_tile_mask_tensor(const heddle_exec* exec,
                                                      const heddle_tensor* weight,
                                                      const heddle_tile_pattern* pattern,
                                                      const heddle_tensor_mask* mask,
                                                      int32_t ranking);
/** out = mask ? weight : 0. out may be the very same view as weight. */
HEDDLE_API heddle_status heddle_apply_mask_tensor(const heddle_exec* exec,
                                                  const heddle_tensor* weight,
                                                  const heddle_tensor_mask* mask,
                                                  const heddle_tensor* out);
/** Counts groups along dimension 1 with more than `keep` nonzeros; a report's row is tap * K + k.
 * With CUDA this waits; report is host memory. */
HEDDLE_API heddle_status heddle_check_tensor(const heddle_exec* exec, const heddle_tensor* weight,
                                             const heddle_pattern* pattern,
                                             heddle_check_report* report);
/** The same along dimension 1 and along dimension 0. With CUDA this waits; report is host
 * memory. */
HEDDLE_API heddle_status heddle_check_tiles_tensor(const heddle_exec* exec,
                                                   const heddle_tensor* weight,
                                                   const heddle_pattern* pattern,
                                                   heddle_tile_check_report* report);
/** Sums over a weight and a mask. With CUDA this waits; sums is host memory. */
HEDDLE_API heddle_status heddle_mask_stats_tensor(const heddle_exec* exec,
                                                  const heddle_tensor* weight,
                                                  const heddle_tensor_mask* mask,
                                                  heddle_mask_sums* sums);

/* NOLINTEND(modernize-use-using) */
#ifdef __cplusplus
}
#endif
#endif
