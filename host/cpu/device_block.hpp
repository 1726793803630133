#pragma once
// A 64 x 64 block between canonical rows and device order.

#include <cstddef>
#include <cstdint>

#include "heddle/pack.hpp"
#include "kernels/layout/device_order.hpp"

namespace heddle::cpu {

// One canonical row of a block: contiguous values and metadata, both starting at a byte.
template <class Byte>
struct BasicBlockRow {
  Byte* values;
  Byte* metadata;
};
using BlockRow = BasicBlockRow<std::byte>;
using ConstBlockRow = BasicBlockRow<const std::byte>;

// A block as the hardware sees it: 32 entries a row, and its nibbles, four to a piece.
struct HardwareRows {
  alignas(64) std::byte entries[layout::kBlockRows][layout::kBlockCompressedCols * 4];
  std::uint16_t pieces[layout::kBlockRows][8];
};

// Translates blocks of one pattern and type that device order holds.
class DeviceBlock {
 public:
  DeviceBlock(Pattern pattern, DataType type);

  // Canonical bytes of one row of a block.
  std::int64_t value_bytes() const { return value_bytes_; }
  std::int64_t metadata_bytes() const { return metadata_bytes_; }

  // Writes (reads) the block's 64 rows.
  void scatter(std::byte* block, const ConstBlockRow* rows) const;
  void gather(const std::byte* block, const BlockRow* rows) const;

  void read(const std::byte* block, HardwareRows& rows) const;

 private:
  Pattern pattern_;
  int elem_bytes_;
  std::int64_t value_bytes_;
  std::int64_t metadata_bytes_;
};

}  // namespace heddle::cpu
