#pragma once
/// \file
/// The packed matrix: one self-describing blob with the kept values and their 2-bit (in general
/// ceil(log2 group)-bit) positions. docs/formats.md gives every byte.

#include <cstddef>
#include <cstdint>

#include "heddle/exec.hpp"
#include "heddle/export.h"
#include "heddle/mask.hpp"
#include "heddle/pattern.hpp"
#include "heddle/status.hpp"
#include "heddle/types.hpp"

namespace heddle {

/// How values and metadata are ordered in the blob. The numbers are part of the format.
enum class PackedOrder : std::uint32_t {
  canonical = 1,  ///< values row-major [m, k_c], then metadata row-major; any pattern, any type
  device = 2,     ///< fragment-major for mma.sp / wgmma.sp; 2:4, 1:2, 1:4 of 8- and 16-bit types,
                  ///< 1:2 of f32
};

/// "canonical" or "device"; "invalid" for any other value.
HEDDLE_API const char* to_string(PackedOrder order) noexcept;

/// The version this library writes and reads.
inline constexpr std::uint32_t kPackedFormatVersion = 1;

/// What a blob holds. Everything about its layout follows from these fields.
struct PackedDesc {
  std::int64_t rows = 0;  ///< m of the dense matrix
  std::int64_t cols = 0;  ///< k of the dense matrix; any value, groups are padded inside the blob
  Pattern pattern;        ///< keep of every group along a row
  DataType type = DataType::f16;               ///< of the values
  PackedOrder order = PackedOrder::canonical;  ///< of the blob
};

/// A blob in the caller's memory, read only. `bytes` is the capacity of the memory.
struct ConstPackedView {
  PackedDesc desc;             ///< what the blob holds
  const void* data = nullptr;  ///< device order on a GPU: a multiple of 128
  std::size_t bytes = 0;       ///< capacity of the memory
};

/// A blob in the caller's memory, writable.
struct PackedView {
  PackedDesc desc;        ///< what the blob holds
  void* data = nullptr;   ///< device order on a GPU: a multiple of 128
  std::size_t bytes = 0;  ///< capacity of the memory
  /// The same memory, read only.
  operator ConstPackedView() const noexcept { return {desc, data, bytes}; }
};

/// Where the parts of a canonical blob lie, in bytes from its start.
struct CanonicalLayout {
  std::int64_t compressed_cols = 0;    ///< k_c = ceil(cols / group) * keep
  std::size_t values_offset = 0;       ///< values [rows, k_c]
  std::size_t values_bytes = 0;        ///< rows * k_c * size of the type
  std::size_t metadata_offset = 0;     ///< metadata [rows, metadata_row_bytes]
  std::size_t metadata_row_bytes = 0;  ///< ceil(k_c * ceil(log2 group) / 8)
  std::size_t metadata_bytes = 0;      ///< rows * metadata_row_bytes
};

/// Bytes of the blob of `desc`. unsupported if that order does not hold that pattern and type.
HEDDLE_API Result<std::size_t> packed_size(const PackedDesc& desc);

/// The parts of a canonical blob; unsupported for another order.
HEDDLE_API Result<CanonicalLayout> canonical_layout(const PackedDesc& desc);

/// Fused prune+pack: keeps the best entries of every group of matrix [m, k] by magnitude (as
/// best_mask ranks them) and packs them. out.desc must have the matrix's rows, cols and type;
/// out.bytes >= packed_size(out.desc). matrix and out must not overlap.
HEDDLE_API Status pack(const Exec& exec, const ConstMatrixView& matrix, const PackedView& out);

/// Packs the entries that mask [m, k] keeps, whatever their value. not_compliant names the first
/// row and group that keeps more than `keep`. A group that keeps fewer gets fillers: value zero at
/// the lowest positions not kept. On failure the contents of out are unspecified. With CUDA this
/// waits for the stream and cannot be captured in a graph.
HEDDLE_API Status pack(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView& mask,
                       const PackedView& out);

/// The same without waiting: *report, memory of the execution (with CUDA device memory, aligned to
/// 8 bytes), tells how many groups of the mask keep more than `keep`, and the first. Where there
/// are any, the contents of out are unspecified.
HEDDLE_API Status pack(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView& mask,
                       const PackedView& out, CheckReport* report);

/// A canonical blob from its two arrays, as a checkpoint holds them: values [rows, k_c] and metadata
/// [rows, metadata_row_bytes] row-major without gaps, of the sizes that canonical_layout(out.desc)
/// says; null will do for an array of no bytes. The blob is verified: `corrupt` names the place, and
/// then the contents of out are unspecified. No two of the three may overlap. With CUDA all are
/// device memory, and this waits for the stream and cannot be captured in a graph.
HEDDLE_API Status assemble(const Exec& exec, const void* values, std::size_t values_bytes,
                           const void* metadata, std::size_t metadata_bytes, const PackedView& out);

/// Writes the dense matrix [m, k] of a blob, zeros (+0) where nothing is stored. Metadata is
/// trusted to be legal; run `verify` first on data from elsewhere: an illegal position is skipped,
/// never followed out of bounds.
HEDDLE_API Status unpack(const Exec& exec, const ConstPackedView& packed, const MatrixView& out);

/// Checks every byte that has a rule: header, sizes, metadata (positions legal and ascending),
/// padding. `corrupt` names the place. Hardware behaviour on illegal metadata is undefined, so
/// verify what you did not pack yourself. With CUDA this waits for the stream and cannot be
/// captured in a graph.
HEDDLE_API Status verify(const Exec& exec, const ConstPackedView& packed);

/// The first place at which a blob breaks its format.
struct VerifyReport {
  /// Kinds of damage, worst first.
  enum class Fault : std::int64_t {
    none = 0,      ///< the blob is intact
    header = 1,    ///< the header differs from the description; found before anything else
    gap = 2,       ///< bytes between values and metadata are not zero
    position = 3,  ///< metadata: positions not ascending, or not legal for the pattern
    value = 4,     ///< an entry past the last column is not zero
    padding = 5,   ///< padding that is not zero values and the lowest positions
    filler = 6,    ///< the filler of a 1:4 entry in device order is not zero
  };
  Fault fault = Fault::none;  ///< the first one found
  std::int64_t row = -1;      ///< lowest row with a fault, -1 for none, header and gap
  std::int64_t group = -1;    ///< its first bad group
  bool intact() const noexcept { return fault == Fault::none; }  ///< no fault
};

/// verify without waiting: *report is memory of the execution (with CUDA device memory, aligned to
/// 8 bytes), written when the stream gets there. A corrupt blob is no failure of this call.
HEDDLE_API Status verify(const Exec& exec, const ConstPackedView& packed, VerifyReport* report);

/// Reads the header of a blob in host memory: `corrupt` if it is no blob of a known version, or
/// shorter than its header says. Does not look at the contents (see verify).
HEDDLE_API Result<ConstPackedView> open_packed(const void* data, std::size_t bytes);

/// Rewrites a blob in another order. out.desc equals packed.desc except for `order`. Exact: values
/// and metadata survive canonical -> device -> canonical bit for bit. Not in place.
HEDDLE_API Status convert(const Exec& exec, const ConstPackedView& packed, const PackedView& out);

/// Rows [begin, end) of a blob, as a blob of the same order, without unpacking: tensor parallelism
/// over m. out.desc.rows = end - begin, the rest equal. Any bounds; multiples of 64 copy whole
/// blocks in device order.
HEDDLE_API Status slice_rows(const Exec& exec, const ConstPackedView& packed, std::int64_t begin,
                             std::int64_t end, const PackedView& out);

/// Columns [begin, end) of the dense k dimension, as a blob: tensor parallelism over k. begin is a
/// multiple of the group, end too unless it is the last column. out.desc.cols = end - begin.
HEDDLE_API Status slice_cols(const Exec& exec, const ConstPackedView& packed, std::int64_t begin,
                             std::int64_t end, const PackedView& out);

}  // namespace heddle
