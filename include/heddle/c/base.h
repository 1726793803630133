#ifndef HEDDLE_C_BASE_H
#define HEDDLE_C_BASE_H
/** \file
 * The C ABI: what every function of it shares. C99; include "heddle/heddle.h" for everything.
 *
 * Outcomes. A function that can fail returns a heddle_status: 0 or the kind of failure, the same
 * numbers as heddle::StatusCode. The sentence that names the argument, its value and the
 * requirement is heddle_last_error() of the calling thread. No exception leaves the library, and no
 * function prints, aborts or exits. Where a call fails, its results are left as they were unless
 * its comment says otherwise.
 *
 * Structures. Small values (patterns, matrices, masks, tensors, packed blobs, reports) are frozen:
 * their layout never changes within an ABI version. Descriptions and options, which grow, start
 * with `size`, the size in bytes that the caller was compiled with; their _init function writes the
 * defaults of every field and `size`. A field that the caller does not know keeps its default. A
 * field that the library does not know must be zero: `unsupported` otherwise. Every enumeration is
 * an int32_t; a value that is none is invalid_argument. Reserved fields are zero. A pointer that
 * may be null says so. Views that are only read have a `data` that is never written.
 *
 * Handles are made by _create (or _open) and freed by _destroy, which takes null.
 *
 * Texts are UTF-8. A function that gives a text takes a buffer and its capacity and writes up to
 * capacity - 1 bytes and a 0; *length (may be null) gets the length of the whole text without the
 * 0, so a null buffer with capacity 0 asks for it. A text that did not fit whole is no failure.
 *
 * Padding. No structure has any: every byte is a field, and unused ones are named `reserved`.
 *
 * Threads. As in C++: every function may be called from any thread; handles that are const in a
 * signature can be shared between threads at once. */
#include <stddef.h>
#include <stdint.h>

#include "heddle/export.h"
#include "heddle/version.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(modernize-use-using): C */

/** Counts changes that break programs; the shared library's soname carries it. */
#define HEDDLE_ABI_VERSION 0

/** The outcome of a call: HEDDLE_OK or the kind of failure. */
typedef int32_t heddle_status;
enum {
  HEDDLE_OK = 0,
  HEDDLE_INVALID_ARGUMENT = 1, /**< an argument breaks a documented requirement */
  HEDDLE_UNSUPPORTED = 2,      /**< legal, but this combination does not exist */
  HEDDLE_NOT_FOUND = 3,        /**< an unknown name */
  HEDDLE_NOT_COMPLIANT = 4,    /**< a matrix or mask keeps more than `keep` entries of a group */
  HEDDLE_CORRUPT = 5,          /**< packed data or a file breaks its format */
  HEDDLE_UNAVAILABLE = 6,      /**< no device, driver or built kernel for the requested execution */
  HEDDLE_OUT_OF_MEMORY = 7,    /**< host or device memory ran out */
  HEDDLE_IO_ERROR = 8,         /**< the operating system refused a file operation */
  HEDDLE_DEVICE_ERROR = 9      /**< the CUDA runtime reported a failure */
};

/** The sentence of this thread's last failed call, "" before the first; valid until the thread's
 * next call that fails. Calls that succeed leave it. It lies in fixed memory of 2048 bytes, so that
 * it can say that memory ran out; what does not fit ends in "...". */
HEDDLE_API const char* heddle_last_error(void);
/** For callbacks that fail: sets this thread's sentence (null: "") and returns `status`, which the
 * call that called back then reports with the sentence. Returns HEDDLE_INVALID_ARGUMENT where
 * `status` is no failure of the list above. */
HEDDLE_API heddle_status heddle_fail(heddle_status status, const char* message);
/** "ok", "invalid_argument", ...; "invalid" for any other value. Static memory. */
HEDDLE_API const char* heddle_status_name(heddle_status status);

/** 10000 * major + 100 * minor + patch of the library that runs; HEDDLE_VERSION_* are those of the
 * headers. */
HEDDLE_API int32_t heddle_version(void);
/** "0.1.0" */
HEDDLE_API const char* heddle_version_string(void);
/** HEDDLE_ABI_VERSION of the library that runs. */
HEDDLE_API int32_t heddle_abi_version(void);

/** What a build may lack. */
enum {
  HEDDLE_FEATURE_CUDA = 1, /**< the device path was built */
  HEDDLE_FEATURE_FILES = 2 /**< checkpoints and sparsifier state in files */
};
/** 1 if this library has the feature, 0 if not or if there is no such feature. */
HEDDLE_API int32_t heddle_has(int32_t feature);

/** Element types (heddle::DataType). */
enum {
  HEDDLE_F32 = 0,
  HEDDLE_F16 = 1,
  HEDDLE_BF16 = 2,
  HEDDLE_F8E4M3 = 3,
  HEDDLE_F8E5M2 = 4,
  HEDDLE_I8 = 5,
  HEDDLE_I32 = 6 /**< only as the output of an i8 product */
};
/** Bytes per element; 0 for a value that is no type. */
HEDDLE_API size_t heddle_size_of(int32_t type);
/** "f32", ...; "invalid" for any other value. Static memory. */
HEDDLE_API const char* heddle_type_name(int32_t type);
/** The type of a name; not_found lists the known names. */
HEDDLE_API heddle_status heddle_parse_data_type(const char* name, int32_t* type);

/** Element (r, c) of a matrix of order row lies at r * ld + c, of order col at c * ld + r. */
enum { HEDDLE_ROW = 0, HEDDLE_COL = 1 };
/** "row" or "col"; "invalid" for any other value. Static memory. */
HEDDLE_API const char* heddle_order_name(int32_t order);

/** Where to run (heddle::Exec). */
enum { HEDDLE_CPU = 0, HEDDLE_CUDA = 1 };
/** An execution; heddle_exec_init writes the default. */
typedef struct heddle_exec {
  size_t size;     /**< bytes of this structure, as the caller was compiled */
  int32_t kind;    /**< HEDDLE_CPU or HEDDLE_CUDA */
  int32_t threads; /**< CPU: at most so many; 0 is one per hardware thread */
  void* stream;    /**< CUDA: a cudaStream_t of the current device; null is the default stream */
} heddle_exec;
/** The CPU with all its threads. size: sizeof(heddle_exec). */
HEDDLE_API heddle_status heddle_exec_init(heddle_exec* exec, size_t size);

/** Keep `keep` of every `group`; 1 <= keep <= group <= 32. */
typedef struct heddle_pattern {
  int32_t keep;  /**< entries kept of a group */
  int32_t group; /**< columns of a group */
} heddle_pattern;

/** A matrix in the caller's memory; requirements as heddle::MatrixView. */
typedef struct heddle_matrix {
  void* data;    /**< element (0, 0) */
  int64_t rows;  /**< 0 or more */
  int64_t cols;  /**< 0 or more */
  int64_t ld;    /**< distance between rows (order row) or columns (order col), in elements */
  int32_t type;  /**< an element type */
  int32_t order; /**< HEDDLE_ROW or HEDDLE_COL */
} heddle_matrix;

/** A mask, one byte per entry: 0 = dropped, anything else = kept. */
typedef struct heddle_mask {
  uint8_t* data;    /**< element (0, 0) */
  int64_t rows;     /**< 0 or more */
  int64_t cols;     /**< 0 or more */
  int64_t ld;       /**< distance between rows (order row) or columns, in bytes */
  int32_t order;    /**< HEDDLE_ROW or HEDDLE_COL */
  int32_t reserved; /**< 0 */
} heddle_mask;

/** Contiguous. */
typedef struct heddle_vector {
  const void* data; /**< null only if empty */
  int64_t length;   /**< elements */
  int32_t type;     /**< an element type */
  int32_t reserved; /**< 0 */
} heddle_vector;

/** A weight of rank 1 to 5, strides in elements (heddle::TensorView). */
typedef struct heddle_tensor {
  void* data;        /**< element (0, 0, ...) */
  int32_t rank;      /**< 1 to 5 */
  int32_t type;      /**< an element type */
  int64_t shape[5];  /**< of each dimension; entries from `rank` on are not looked at */
  int64_t stride[5]; /**< of each dimension, in elements */
} heddle_tensor;

/** A mask of a tensor. */
typedef struct heddle_tensor_mask {
  uint8_t* data;     /**< entry (0, 0, ...) */
  int32_t rank;      /**< 1 to 5 */
  int32_t reserved;  /**< 0 */
  int64_t shape[5];  /**< of each dimension; entries from `rank` on are not looked at */
  int64_t stride[5]; /**< of each dimension, in elements */
} heddle_tensor_mask;

/** Order of a packed blob (heddle::PackedOrder). */
enum { HEDDLE_CANONICAL = 1, HEDDLE_DEVICE = 2 };
/** What a blob holds (heddle::PackedDesc). */
typedef struct heddle_packed_desc {
  int64_t rows;           /**< of the dense matrix */
  int64_t cols;           /**< of the dense matrix */
  heddle_pattern pattern; /**< keep of every group along a row */
  int32_t type;           /**< of the values */
  int32_t order;          /**< HEDDLE_CANONICAL or HEDDLE_DEVICE */
} heddle_packed_desc;
/** A blob in the caller's memory; `bytes` is the capacity. */
typedef struct heddle_packed {
  heddle_packed_desc desc; /**< what the blob holds */
  void* data;              /**< device order on a GPU: a multiple of 128 */
  size_t bytes;            /**< capacity of the memory */
} heddle_packed;

/** "canonical" or "device"; "invalid" for any other value. Static memory. */
HEDDLE_API const char* heddle_packed_order_name(int32_t order);

/** What masks rank by (heddle::Ranking). */
enum { HEDDLE_MAGNITUDE = 0, HEDDLE_VALUE = 1 };

/* NOLINTEND(modernize-use-using) */
#ifdef __cplusplus
}
#endif
#endif
