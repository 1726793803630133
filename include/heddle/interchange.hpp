#pragma once
/// \file
/// Packed matrices in the formats of others: the operand order of CUTLASS and PyTorch for sm_80,
/// and the bitmasks of compressed-tensors. docs/interchange.md gives every byte.
///
/// On the CPU: `unsupported` on another Exec. A blob in device order converts as one in canonical
/// order does. Arrays need no alignment and must not overlap the blob.

#include <cstddef>
#include <cstdint>

#include "heddle/exec.hpp"
#include "heddle/export.h"
#include "heddle/pack.hpp"
#include "heddle/status.hpp"

namespace heddle {

/// A packed matrix as two arrays, read only: the values [rows, values_cols], row-major, and what
/// says where they belong. The counts of bytes are the capacities of the memory.
struct ConstPackedArrays {
  const void* values = nullptr;    ///< [rows, values_cols] of the matrix's type
  std::size_t values_bytes = 0;    ///< capacity
  const void* metadata = nullptr;  ///< positions or bits, as the format says
  std::size_t metadata_bytes = 0;  ///< capacity
};

/// The same, writable.
struct PackedArrays {
  void* values = nullptr;          ///< [rows, values_cols] of the matrix's type
  std::size_t values_bytes = 0;    ///< capacity
  void* metadata = nullptr;        ///< positions or bits, as the format says
  std::size_t metadata_bytes = 0;  ///< capacity
  /// The same memory, read only.
  operator ConstPackedArrays() const noexcept {
    return {values, values_bytes, metadata, metadata_bytes};
  }
};

/// Shapes and sizes of the two arrays.
struct ArraysLayout {
  std::int64_t values_cols = 0;            ///< values [rows, values_cols] of the matrix's type
  std::int64_t metadata_cols = 0;          ///< metadata [rows, metadata_cols]
  std::size_t metadata_element_bytes = 0;  ///< 1, 2 or 4
  std::size_t values_bytes = 0;            ///< of all values
  std::size_t metadata_bytes = 0;          ///< of all metadata
};

// ---- CUTLASS and PyTorch, sm_80 -----------------------------------------------------------------

/// The arrays of CUTLASS's sm_80 kernels and of torch.sparse's SparseSemiStructuredTensorCUTLASS:
/// 2:4 of f16, bf16 (metadata int16 [rows, cols / 16]) and i8, f8e4m3, f8e5m2 (int32 [rows, cols /
/// 32]), 1:2 of f32 (int16 [rows, cols / 8]). unsupported for another pattern, and for rows that
/// are no multiple of 32 (8-bit types: 16) or columns that are no multiple of 32 (8-bit: 64, f32:
/// 16), which the order does not hold. desc.order does not matter.
HEDDLE_API Result<ArraysLayout> sm80_layout(const PackedDesc& desc);

/// Writes the two arrays of a blob. Metadata is trusted to be legal, as by unpack.
HEDDLE_API Status to_sm80(const Exec& exec, const ConstPackedView& packed, const PackedArrays& out);

/// Makes the blob `out` of two such arrays. `corrupt` names the first row and group whose metadata
/// is not two ascending positions; then the contents of out are unspecified. Exact: to_sm80 gives
/// the same arrays again.
HEDDLE_API Status from_sm80(const Exec& exec, const ConstPackedArrays& arrays,
                            const PackedView& out);

// ---- compressed-tensors, sparse-24-bitmask ------------------------------------------------------

/// The arrays `compressed` and `bitmask` of compressed-tensors' sparse-24-bitmask: 2:4 of any type;
/// one bit for every entry, set for the two of each group that are stored. unsupported for another
/// pattern and for columns that are no multiple of 4.
HEDDLE_API Result<ArraysLayout> bitmask_layout(const PackedDesc& desc);

/// Writes the two arrays of a blob. Metadata is trusted to be legal, as by unpack.
HEDDLE_API Status to_bitmask(const Exec& exec, const ConstPackedView& packed,
                             const PackedArrays& out);

/// Makes the blob `out` of two such arrays. `corrupt` names the first row and group of which not
/// exactly two entries are stored, or the first row with a bit set past its last column; then the
/// contents of out are unspecified. Exact: to_bitmask gives the same arrays again.
HEDDLE_API Status from_bitmask(const Exec& exec, const ConstPackedArrays& arrays,
                               const PackedView& out);

// ---- compressed-tensors, sparse-bitmask ---------------------------------------------------------

/// The arrays of compressed-tensors' sparse-bitmask, read only: one bit for every entry that is not
/// zero, the entries themselves, and where each row of them starts.
struct ConstSparseBitmask {
  const void* values = nullptr;               ///< [count] of the matrix's type
  std::int64_t count = 0;                     ///< entries that are stored
  const std::uint8_t* bitmask = nullptr;      ///< [rows, ceil(cols / 8)]
  const std::int64_t* row_offsets = nullptr;  ///< [rows]
};

/// The same, writable.
struct SparseBitmask {
  void* values = nullptr;               ///< [count] of the matrix's type
  std::int64_t count = 0;               ///< entries that are stored
  std::uint8_t* bitmask = nullptr;      ///< [rows, ceil(cols / 8)]
  std::int64_t* row_offsets = nullptr;  ///< [rows]
  /// The same, read only.
  operator ConstSparseBitmask() const noexcept { return {values, count, bitmask, row_offsets}; }
};

/// How many stored entries of a blob are not zero (NaN is not; -0.0 is).
HEDDLE_API Result<std::int64_t> count_nonzeros(const Exec& exec, const ConstPackedView& packed);

/// Writes the arrays of a blob of any pattern; out.count must be count_nonzeros. Metadata is
/// trusted to be legal, as by unpack. A stored -0.0 is dropped, as its zeros are.
HEDDLE_API Status to_sparse_bitmask(const Exec& exec, const ConstPackedView& packed,
                                    const SparseBitmask& out);

/// Packs such arrays: what the bits say is kept. not_compliant names the first row and group that
/// keeps more than `keep`; `corrupt` the first row whose offset is not the number of bits before
/// it, or which has a bit past its last column. On failure the contents of out are unspecified.
HEDDLE_API Status from_sparse_bitmask(const Exec& exec, const ConstSparseBitmask& arrays,
                                      const PackedView& out);

}  // namespace heddle
