#ifndef HEDDLE_C_DLPACK_H
#define HEDDLE_C_DLPACK_H
/** \file
 * DLPack in and out (heddle/dlpack.hpp): any framework's tensors as views and back, without a copy.
 * The structures are those of DLPack 1.x (or older, unversioned); its header is not needed here. */
#include "heddle/c/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(modernize-use-using): C */

struct DLManagedTensor;
struct DLManagedTensorVersioned;

/** bytes_as of a source that is of its own type. */
enum { HEDDLE_DLPACK_OWN_TYPE = -1 };

/** A DLPack tensor to be read: borrowed, not owned. It must outlive the views made of it. */
typedef struct heddle_dlpack_source {
  const void* tensor; /**< a DLTensor */
  int32_t read_only;  /**< 1: no writable view of it */
  int32_t bytes_as;   /**< the 8-bit type that elements of unsigned bytes stand for */
} heddle_dlpack_source;

/** The source of a bare DLTensor. */
HEDDLE_API heddle_status heddle_dlpack_open(const void* tensor, heddle_dlpack_source* source);
/** The source of what a capsule "dltensor_versioned" holds; unsupported for a major version other
 * than 1. Takes over its read-only flag. */
HEDDLE_API heddle_status heddle_dlpack_open_versioned(
    const struct DLManagedTensorVersioned* managed, heddle_dlpack_source* source);
/** The source of what a capsule "dltensor" holds. */
HEDDLE_API heddle_status heddle_dlpack_open_managed(const struct DLManagedTensor* managed,
                                                    heddle_dlpack_source* source);

/** Views of a source, for the execution `exec`, whose memory it must be. writable = 1:
 * invalid_argument for a read-only source; 0: the view's data is not to be written. A matrix has
 * rank 2 and one stride of 1; any other goes as a tensor. Masks are of bool or unsigned bytes. */
HEDDLE_API heddle_status heddle_matrix_from_dlpack(const heddle_exec* exec,
                                                   const heddle_dlpack_source* source,
                                                   int32_t writable, heddle_matrix* matrix);
/** A mask [m, k] of a source. */
HEDDLE_API heddle_status heddle_mask_from_dlpack(const heddle_exec* exec,
                                                 const heddle_dlpack_source* source,
                                                 int32_t writable, heddle_mask* mask);
/** A tensor of rank 1 to 5 of a source. */
HEDDLE_API heddle_status heddle_tensor_from_dlpack(const heddle_exec* exec,
                                                   const heddle_dlpack_source* source,
                                                   int32_t writable, heddle_tensor* tensor);
/** A mask of rank 1 to 5 of a source. */
HEDDLE_API heddle_status heddle_tensor_mask_from_dlpack(const heddle_exec* exec,
                                                        const heddle_dlpack_source* source,
                                                        int32_t writable, heddle_tensor_mask* mask);
/** Rank 1 without gaps. */
HEDDLE_API heddle_status heddle_vector_from_dlpack(const heddle_exec* exec,
                                                   const heddle_dlpack_source* source,
                                                   heddle_vector* vector);

/** Who keeps exported memory alive: release(context) is called once, from any thread, when the
 * consumer is done with it. release may be null. */
typedef struct heddle_dlpack_owner {
  void* context;                  /**< handed to release */
  void (*release)(void* context); /**< may be null */
} heddle_dlpack_owner;

/** DLPack tensors of views in memory of the execution (with CUDA of the current device), without a
 * copy. owner may be null: then the memory outlives the tensor by other means. Where this fails,
 * release is not called. read_only = 1 sets the flag. Masks become bool. */
HEDDLE_API heddle_status heddle_tensor_to_dlpack(const heddle_exec* exec,
                                                 const heddle_tensor* tensor, int32_t read_only,
                                                 const heddle_dlpack_owner* owner,
                                                 struct DLManagedTensorVersioned** managed);
/** A mask as a DLPack tensor of bool. */
HEDDLE_API heddle_status heddle_tensor_mask_to_dlpack(const heddle_exec* exec,
                                                      const heddle_tensor_mask* mask,
                                                      int32_t read_only,
                                                      const heddle_dlpack_owner* owner,
                                                      struct DLManagedTensorVersioned** managed);
/** A matrix as a DLPack tensor of rank 2. */
HEDDLE_API heddle_status heddle_matrix_to_dlpack(const heddle_exec* exec,
                                                 const heddle_matrix* matrix, int32_t read_only,
                                                 const heddle_dlpack_owner* owner,
                                                 struct DLManagedTensorVersioned** managed);
/** A mask [m, k] as a DLPack tensor of bool. */
HEDDLE_API heddle_status heddle_mask_to_dlpack(const heddle_exec* exec, const heddle_mask* mask,
                                               int32_t read_only, const heddle_dlpack_owner* owner,
                                               struct DLManagedTensorVersioned** managed);
/** The same in the form before DLPack 1.0, which has no read-only flag. */
HEDDLE_API heddle_status heddle_tensor_to_dlpack_managed(const heddle_exec* exec,
                                                         const heddle_tensor* tensor,
                                                         const heddle_dlpack_owner* owner,
                                                         struct DLManagedTensor** managed);
/** A mask in the form before DLPack 1.0. */
HEDDLE_API heddle_status heddle_tensor_mask_to_dlpack_managed(const heddle_exec* exec,
                                                              const heddle_tensor_mask* mask,
                                                              const heddle_dlpack_owner* owner,
                                                              struct DLManagedTensor** managed);

/** Calls the deleter of a tensor that no consumer took, or that was borrowed to the end. Null does
 * nothing. */
HEDDLE_API void heddle_dlpack_release_versioned(struct DLManagedTensorVersioned* managed);
/** The same of a tensor in the form before DLPack 1.0. */
HEDDLE_API void heddle_dlpack_release_managed(struct DLManagedTensor* managed);

/* NOLINTEND(modernize-use-using) */
#ifdef __cplusplus
}
#endif
#endif
