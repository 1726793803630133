#pragma once
// Rows of one 64 x 64 block, between canonical form and device order.

#include <cstddef>
#include <cstdint>

#include "heddle/pack.hpp"

namespace heddle::cpu {

// Canonical rows: contiguous values and metadata of each row, both starting at a byte.
template <class Byte>
struct BasicPackedRows {
  Byte* values;
  std::int64_t values_stride;  // bytes between rows
  Byte* metadata;
  std::int64_t metadata_stride;
  Byte* values_row(std::int64_t r) const { return values + r * values_stride; }
  Byte* metadata_row(std::int64_t r) const { return metadata + r * metadata_stride; }
};
using PackedRows = BasicPackedRows<std::byte>;
using ConstPackedRows = BasicPackedRows<const std::byte>;

// Byte offsets inside a block, taken from kernels/layout: where each 32-bit word of a row's values
// goes, and each 16-bit piece (four chunks) of its metadata.
struct BlockOffsets {
  int value_words;      // of a row: 8 per step
  int metadata_pieces;  // of a row: 2 per step of 16 bits and more, 4 for 8-bit types
  std::uint16_t value[64][32];
  std::uint16_t metadata[64][8];
};

// elem_bytes: 1, 2 or 4.
const BlockOffsets& block_offsets(std::size_t elem_bytes);

// Translates rows of blocks for one pattern and type that device order holds.
class DeviceBlock {
 public:
  DeviceBlock(Pattern pattern, DataType type);

  // Canonical bytes of one row of a block.
  std::int64_t value_bytes() const { return value_bytes_; }
  std::int64_t metadata_bytes() const { return metadata_bytes_; }

  // Writes `count` rows of the block from row `first` on, given their canonical form; reads them.
  void scatter(std::byte* block, int first, int count, const ConstPackedRows& rows) const;
  void gather(const std::byte* block, int first, int count, const PackedRows& rows) const;

  // The row as the hardware sees it: 32 entries, and its nibbles, chunk by chunk, 4 bits each.
  void read_row(const std::byte* block, int row, std::byte* entries, std::uint16_t* pieces) const;

 private:
  const BlockOffsets* offsets_;
  Pattern pattern_;
  int elem_bytes_;
  std::int64_t value_bytes_;
  std::int64_t metadata_bytes_;
};

}  // namespace heddle::cpu
