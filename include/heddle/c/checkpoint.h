#ifndef HEDDLE_C_CHECKPOINT_H
#define HEDDLE_C_CHECKPOINT_H
/** \file
 * Checkpoints: safetensors files, their tensors and their packed matrices, as heddle::Checkpoint.
 * In a library without HEDDLE_FEATURE_FILES every function that can fail answers unavailable. */
#include "heddle/c/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(modernize-use-using): C */

/** An open checkpoint: its files are mapped. May be used by many threads at once. */
typedef struct heddle_checkpoint heddle_checkpoint;

/** A tensor of a checkpoint. Everything that it points to is the checkpoint's, and lives as long. */
typedef struct heddle_stored_tensor {
  const char* name;     /**< UTF-8; ends with a 0 */
  const char* dtype;    /**< the file's word: "F32", "BF16", "I64", ... */
  const int64_t* shape; /**< `rank` dimensions, row-major, without gaps */
  const void* data;     /**< in the mapped file, of any alignment; null if it has no bytes */
  size_t bytes;         /**< of the data */
  int32_t rank;         /**< from 0 on; not bounded by the rank of weights */
  int32_t type;         /**< HEDDLE_F32, ...; -1 for a dtype that the library cannot compute with */
  int64_t file;         /**< which of the checkpoint's files holds it */
} heddle_stored_tensor;

/** A packed matrix of a checkpoint. */
typedef struct heddle_stored_matrix {
  const char* name;        /**< of the dense matrix, UTF-8; lives as long as the checkpoint */
  heddle_packed_desc desc; /**< its order is HEDDLE_CANONICAL */
  int64_t file;            /**< which of the checkpoint's files holds its values */
} heddle_stored_matrix;

/** Rows [row_begin, row_end) and columns [col_begin, col_end) of a matrix (heddle::MatrixSlice). */
typedef struct heddle_matrix_slice {
  int64_t row_begin; /**< first row */
  int64_t row_end;   /**< one past the last row */
  int64_t col_begin; /**< first column, a multiple of the pattern's group */
  int64_t col_end;   /**< one past the last, a multiple too or the last of the matrix */
} heddle_matrix_slice;

/** Opens a .safetensors file, an index (.index.json) beside its shards, or a folder with either. */
HEDDLE_API heddle_status heddle_checkpoint_open(const char* path, heddle_checkpoint** checkpoint);
/** Unmaps the files; null is allowed. */
HEDDLE_API void heddle_checkpoint_destroy(heddle_checkpoint* checkpoint);

/** How many files there are. */
HEDDLE_API heddle_status heddle_checkpoint_file_count(const heddle_checkpoint* checkpoint,
                                                      int64_t* count);
/** The name of a file, without its folder; it lives as long as the checkpoint. */
HEDDLE_API heddle_status heddle_checkpoint_file(const heddle_checkpoint* checkpoint, int64_t index,
                                                const char** name);
/** How many tensors there are, the parts of packed matrices among them. */
HEDDLE_API heddle_status heddle_checkpoint_tensor_count(const heddle_checkpoint* checkpoint,
                                                        int64_t* count);
/** The tensor at `index`: file by file, in the order of their data. */
HEDDLE_API heddle_status heddle_checkpoint_tensor(const heddle_checkpoint* checkpoint,
                                                  int64_t index, heddle_stored_tensor* tensor);
/** The tensor of a name; not_found if there is none. */
HEDDLE_API heddle_status heddle_checkpoint_find_tensor(const heddle_checkpoint* checkpoint,
                                                       const char* name,
                                                       heddle_stored_tensor* tensor);
/** How many packed matrices there are. */
HEDDLE_API heddle_status heddle_checkpoint_matrix_count(const heddle_checkpoint* checkpoint,
                                                        int64_t* count);
/** The packed matrix at `index`, by name. */
HEDDLE_API heddle_status heddle_checkpoint_matrix(const heddle_checkpoint* checkpoint,
                                                  int64_t index, heddle_stored_matrix* matrix);
/** The packed matrix of a name; not_found if there is none. */
HEDDLE_API heddle_status heddle_checkpoint_find_matrix(const heddle_checkpoint* checkpoint,
                                                       const char* name,
                                                       heddle_stored_matrix* matrix);
/** The value of a key of the files' metadata, which lives as long as the checkpoint; not_found if
 * there is none. */
HEDDLE_API heddle_status heddle_checkpoint_metadata(const heddle_checkpoint* checkpoint,
                                                    const char* key, const char** value);
/** What the index says the bytes of all tensors are, -1 if it does not or there is none. */
HEDDLE_API heddle_status heddle_checkpoint_stated_bytes(const heddle_checkpoint* checkpoint,
                                                        int64_t* bytes);
/** Gives the memory of a tensor's mapped pages back to the system; the next touch reads them again.
 * not_found if there is no tensor of that name. */
HEDDLE_API heddle_status heddle_checkpoint_release(const heddle_checkpoint* checkpoint,
                                                   const char* name);

/** Reads the packed matrix of a name into memory of the execution and verifies it. out->desc equals
 * the matrix's but for the order, which may be HEDDLE_DEVICE too. */
HEDDLE_API heddle_status heddle_checkpoint_read(const heddle_exec* exec,
                                                const heddle_checkpoint* checkpoint,
                                                const char* name, const heddle_packed* out);
/** The same of a part, for a rank of tensor parallelism: out->desc has the slice's rows and cols.
 * Touches no other rows of the file. */
HEDDLE_API heddle_status heddle_checkpoint_read_slice(const heddle_exec* exec,
                                                      const heddle_checkpoint* checkpoint,
                                                      const char* name,
                                                      const heddle_matrix_slice* slice,
                                                      const heddle_packed* out);

/* NOLINTEND(modernize-use-using) */
#ifdef __cplusplus
}
#endif
#endif
