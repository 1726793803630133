#ifndef HEDDLE_C_INTERCHANGE_H
#define HEDDLE_C_INTERCHANGE_H
/** \file
 * Packed matrices in the formats of others (heddle/interchange.hpp). On the CPU. */
#include "heddle/c/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(modernize-use-using): C */

/** Values [rows, values_cols] and metadata (heddle::PackedArrays); *_bytes are capacities. */
typedef struct heddle_packed_arrays {
  void* values;          /**< [rows, values_cols] */
  size_t values_bytes;   /**< capacity */
  void* metadata;        /**< [rows, metadata_cols] */
  size_t metadata_bytes; /**< capacity */
} heddle_packed_arrays;

/** Shapes and sizes of the two (heddle::ArraysLayout). */
typedef struct heddle_arrays_layout {
  int64_t values_cols;           /**< of the matrix's type */
  int64_t metadata_cols;         /**< of metadata_element_bytes each */
  size_t metadata_element_bytes; /**< 1, 2 or 4 */
  size_t values_bytes;           /**< in all */
  size_t metadata_bytes;         /**< in all */
} heddle_arrays_layout;

/** The arrays of CUTLASS and PyTorch for sm_80 (heddle::sm80_layout). */
HEDDLE_API heddle_status heddle_sm80_layout(const heddle_packed_desc* desc,
                                            heddle_arrays_layout* layout);
/** heddle::to_sm80 */
HEDDLE_API heddle_status heddle_to_sm80(const heddle_exec* exec, const heddle_packed* packed,
                                        const heddle_packed_arrays* out);
/** heddle::from_sm80 */
HEDDLE_API heddle_status heddle_from_sm80(const heddle_exec* exec,
                                          const heddle_packed_arrays* arrays,
                                          const heddle_packed* out);

/** The arrays of compressed-tensors' sparse-24-bitmask (heddle::bitmask_layout). */
HEDDLE_API heddle_status heddle_bitmask_layout(const heddle_packed_desc* desc,
                                               heddle_arrays_layout* layout);
/** heddle::to_bitmask */
HEDDLE_API heddle_status heddle_to_bitmask(const heddle_exec* exec, const heddle_packed* packed,
                                           const heddle_packed_arrays* out);
/** heddle::from_bitmask */
HEDDLE_API heddle_status heddle_from_bitmask(const heddle_exec* exec,
                                             const heddle_packed_arrays* arrays,
                                             const heddle_packed* out);

/** Arrays of compressed-tensors' sparse-bitmask (heddle::SparseBitmask). */
typedef struct heddle_sparse_bitmask {
  void* values;         /**< [count] of the matrix's type */
  int64_t count;        /**< of values */
  uint8_t* bitmask;     /**< [rows, ceil(cols / 8)] */
  int64_t* row_offsets; /**< [rows] */
} heddle_sparse_bitmask;

/** heddle::count_nonzeros */
HEDDLE_API heddle_status heddle_count_nonzeros(const heddle_exec* exec, const heddle_packed* packed,
                                               int64_t* count);
/** heddle::to_sparse_bitmask */
HEDDLE_API heddle_status heddle_to_sparse_bitmask(const heddle_exec* exec,
                                                  const heddle_packed* packed,
                                                  const heddle_sparse_bitmask* out);
/** heddle::from_sparse_bitmask */
HEDDLE_API heddle_status heddle_from_sparse_bitmask(const heddle_exec* exec,
                                                    const heddle_sparse_bitmask* arrays,
                                                    const heddle_packed* out);

/* NOLINTEND(modernize-use-using) */
#ifdef __cplusplus
}
#endif
#endif
