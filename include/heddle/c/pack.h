#ifndef HEDDLE_C_PACK_H
#define HEDDLE_C_PACK_H
/** \file
 * Packed matrices (heddle/pack.hpp): one self-describing blob with the kept values and their
 * positions. docs/formats.md gives every byte. */
#include "heddle/c/base.h"
#include "heddle/c/mask.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(modernize-use-using): C */

/** Bytes of the blob of `desc`. */
HEDDLE_API heddle_status heddle_packed_size(const heddle_packed_desc* desc, size_t* bytes);

/** Where the parts of a canonical blob lie, in bytes from its start (heddle::CanonicalLayout). */
typedef struct heddle_canonical_parts {
  int64_t compressed_cols;   /**< k_c = ceil(cols / group) * keep */
  size_t values_offset;      /**< values [rows, k_c] */
  size_t values_bytes;       /**< rows * k_c * size of the type */
  size_t metadata_offset;    /**< metadata [rows, metadata_row_bytes] */
  size_t metadata_row_bytes; /**< ceil(k_c * ceil(log2 group) / 8) */
  size_t metadata_bytes;     /**< rows * metadata_row_bytes */
} heddle_canonical_parts;
/** The parts of a canonical blob; unsupported for another order. */
HEDDLE_API heddle_status heddle_canonical_layout(const heddle_packed_desc* desc,
                                                 heddle_canonical_parts* parts);

/** Fused prune+pack of matrix [m, k] by magnitude. out->desc has its rows, cols and type. */
HEDDLE_API heddle_status heddle_pack(const heddle_exec* exec, const heddle_matrix* matrix,
                                     const heddle_packed* out);
/** Packs the entries that mask [m, k] keeps; not_compliant names the first group that keeps too
 * many. With CUDA this waits. */
HEDDLE_API heddle_status heddle_pack_mask(const heddle_exec* exec, const heddle_matrix* matrix,
                                          const heddle_mask* mask, const heddle_packed* out);
/** The same without waiting: *report, memory of the execution aligned to 8 bytes, tells how many
 * groups keep too many. */
HEDDLE_API heddle_status heddle_pack_mask_async(const heddle_exec* exec,
                                                const heddle_matrix* matrix,
                                                const heddle_mask* mask, const heddle_packed* out,
                                                heddle_check_report* report);

/** A canonical blob from its two arrays, as a checkpoint holds them: values [rows, k_c] and
 * metadata [rows, metadata_row_bytes], both without gaps, of the sizes that heddle_canonical_layout
 * says; a null pointer will do for an array of no bytes. The blob is verified: corrupt names the
 * place, and then the contents of out are unspecified. With CUDA all three are device memory, and
 * this waits. */
HEDDLE_API heddle_status heddle_assemble(const heddle_exec* exec, const void* values,
                                         size_t values_bytes, const void* metadata,
                                         size_t metadata_bytes, const heddle_packed* out);

/** Writes the dense matrix [m, k] of a blob. */
HEDDLE_API heddle_status heddle_unpack(const heddle_exec* exec, const heddle_packed* packed,
                                       const heddle_matrix* out);

/** Checks every byte of a blob that has a rule; corrupt names the place. With CUDA this waits. */
HEDDLE_API heddle_status heddle_verify(const heddle_exec* exec, const heddle_packed* packed);

/** Kinds of fault (heddle::VerifyReport::Fault). */
enum {
  HEDDLE_FAULT_NONE = 0,
  HEDDLE_FAULT_HEADER = 1,   /**< the header differs from the description */
  HEDDLE_FAULT_GAP = 2,      /**< bytes between values and metadata are not zero */
  HEDDLE_FAULT_POSITION = 3, /**< positions not ascending, or not legal for the pattern */
  HEDDLE_FAULT_VALUE = 4,    /**< an entry past the last column is not zero */
  HEDDLE_FAULT_PADDING = 5,  /**< padding that is not zero values and the lowest positions */
  HEDDLE_FAULT_FILLER = 6    /**< the filler of a 1:4 entry in device order is not zero */
};
/** The first place at which a blob breaks its format. */
typedef struct heddle_verify_report {
  int64_t fault; /**< HEDDLE_FAULT_NONE, ...: the first one found */
  int64_t row;   /**< lowest row with a fault, -1 for none, header and gap */
  int64_t group; /**< its first bad group */
} heddle_verify_report;
/** heddle_verify without waiting: *report is memory of the execution, aligned to 8 bytes. A corrupt
 * blob is no failure of this call. */
HEDDLE_API heddle_status heddle_verify_async(const heddle_exec* exec, const heddle_packed* packed,
                                             heddle_verify_report* report);

/** Reads the header of a blob in host memory and gives the view of the blob. Does not look at the
 * contents (see heddle_verify). */
HEDDLE_API heddle_status heddle_open_packed(const void* data, size_t bytes, heddle_packed* packed);

/** Rewrites a blob in another order, exactly. out->desc differs in `order` only. */
HEDDLE_API heddle_status heddle_convert(const heddle_exec* exec, const heddle_packed* packed,
                                        const heddle_packed* out);
/** Rows [begin, end) of a blob as a blob of the same order: tensor parallelism over m. */
HEDDLE_API heddle_status heddle_slice_rows(const heddle_exec* exec, const heddle_packed* packed,
                                           int64_t begin, int64_t end, const heddle_packed* out);
/** Columns [begin, end) of the dense matrix as a blob: tensor parallelism over k. begin is a
 * multiple of the group, end too unless it is the last column. */
HEDDLE_API heddle_status heddle_slice_cols(const heddle_exec* exec, const heddle_packed* packed,
                                           int64_t begin, int64_t end, const heddle_packed* out);

/* NOLINTEND(modernize-use-using) */
#ifdef __cplusplus
}
#endif
#endif
