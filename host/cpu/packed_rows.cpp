#include "host/cpu/packed_rows.hpp"

#include <algorithm>
#include <cstring>

#include "host/cpu/device_block.hpp"
#include "host/packed_header.hpp"

namespace heddle::cpu {
namespace {

std::int64_t groups_per_block(const PackedDesc& desc) {
  return layout::kBlockCols / desc.pattern.group;
}

// Groups of the unit's staging rows: whole blocks in device order.
std::int64_t padded_groups(const PackedDesc& desc, std::int64_t groups) {
  const std::int64_t per_block = groups_per_block(desc);
  return (groups + per_block - 1) / per_block * per_block;
}

PackedRows staging(const PackedDesc& desc, std::int64_t rows, std::int64_t groups, Arena& arena) {
  const std::int64_t entries = padded_groups(desc, groups) * desc.pattern.keep;
  constexpr std::int64_t kPad = 64;  // keeps rows out of each other's cache sets
  PackedRows out;
  out.values_stride = entries * static_cast<std::int64_t>(size_of(desc.type)) + kPad;
  out.metadata_stride = entries * position_bits(desc.pattern.group) / 8 + kPad;
  out.values = arena.take<std::byte>(rows * out.values_stride);
  out.metadata = arena.take<std::byte>(rows * out.metadata_stride);
  return out;
}

// The place of a unit inside a canonical blob.
template <class Byte>
BasicPackedRows<Byte> in_place(const PackedDesc& desc, Byte* blob, const Unit& unit) {
  const CanonicalLayout parts = canonical_parts(desc);
  const std::int64_t entry = unit.group * desc.pattern.keep;
  const auto size = static_cast<std::int64_t>(size_of(desc.type));
  BasicPackedRows<Byte> out;
  out.values_stride = parts.compressed_cols * size;
  out.metadata_stride = static_cast<std::int64_t>(parts.metadata_row_bytes);
  out.values = blob + parts.values_offset + unit.row * out.values_stride + entry * size;
  out.metadata = blob + parts.metadata_offset + unit.row * out.metadata_stride +
                 entry * position_bits(desc.pattern.group) / 8;
  return out;
}

// The padding groups of a staging row: value zero at the lowest positions, as canonical order
// writes an all-zero group.
void pad_row(const PackedDesc& desc, std::int64_t groups, const PackedRows& rows, std::int64_t r) {
  const std::int64_t used = groups * desc.pattern.keep;
  const std::int64_t used_bytes = used * static_cast<std::int64_t>(size_of(desc.type));
  std::memset(rows.values_row(r) + used_bytes, 0,
              static_cast<std::size_t>(rows.values_stride - used_bytes));
  const std::int64_t used_bits = used * position_bits(desc.pattern.group);
  std::byte* metadata = rows.metadata_row(r);
  // 2:4 pads with the nibble of (0,1); position 0 of 1:2 and 1:4 is all zero bits.
  const int fill = desc.pattern == Pattern{2, 4} ? 0x44 : 0x00;
  if (used_bits % 8 != 0) metadata[used_bits / 8] |= static_cast<std::byte>(fill << used_bits % 8);
  const std::int64_t whole = (used_bits + 7) / 8;
  std::memset(metadata + whole, fill, static_cast<std::size_t>(rows.metadata_stride - whole));
}

// Index of the block that holds (row, col).
std::int64_t block_of(const layout::DeviceGeometry& geo, std::int64_t row, std::int64_t col) {
  return row / layout::kBlockRows * geo.col_blocks() + col / layout::kBlockCols;
}

}  // namespace

std::size_t packed_rows_bytes(const PackedDesc& desc) {
  if (desc.order == PackedOrder::canonical) return 0;
  // Rows, one more for padding; at most half of the entries (and a slice's lead-in of 64 groups)
  // with a byte each for metadata.
  return static_cast<std::size_t>(kUnitRows + 1) *
         (static_cast<std::size_t>(kUnitCols + 256) / 2 * (size_of(desc.type) + 1) + 256);
}

ConstPackedRows load_rows(const ConstPackedView& packed, const Unit& unit, Arena& arena) {
  const auto* blob = static_cast<const std::byte*>(packed.data);
  if (packed.desc.order == PackedOrder::canonical) return in_place(packed.desc, blob, unit);
  const layout::DeviceGeometry geo = device_geometry(packed.desc);
  const DeviceBlock codec(packed.desc.pattern, packed.desc.type);
  const PackedRows rows = staging(packed.desc, unit.rows, unit.groups, arena);
  const std::int64_t blocks =
      padded_groups(packed.desc, unit.groups) / groups_per_block(packed.desc);
  HardwareRows unwanted;                      // rows of the block outside the unit go here
  for (std::int64_t r = 0; r < unit.rows;) {  // up to two row blocks: a unit may start inside one
    const std::int64_t row = unit.row + r;
    const std::int64_t first = row % layout::kBlockRows;
    const std::int64_t count = std::min(layout::kBlockRows - first, unit.rows - r);
    const std::byte* block = blob + kHeaderBytes + block_of(geo, row, unit.col) * geo.block_bytes();
    for (std::int64_t b = 0; b < blocks; ++b, block += geo.block_bytes()) {
      BlockRow to[layout::kBlockRows];
      for (std::int64_t i = 0; i < layout::kBlockRows; ++i) {
        const std::int64_t at = r + i - first;
        to[i] = i < first || i >= first + count
                    ? BlockRow{unwanted.entries[0], unwanted.entries[1]}
                    : BlockRow{rows.values_row(at) + b * codec.value_bytes(),
                               rows.metadata_row(at) + b * codec.metadata_bytes()};
      }
      codec.gather(block, to);
    }
    r += count;
  }
  return {rows.values, rows.values_stride, rows.metadata, rows.metadata_stride};
}

PackedRows open_rows(const PackedView& packed, const Unit& unit, Arena& arena) {
  if (packed.desc.order == PackedOrder::canonical)
    return in_place(packed.desc, static_cast<std::byte*>(packed.data), unit);
  return staging(packed.desc, unit.rows + 1, unit.groups, arena);
}

void clear_row(const PackedDesc& desc, const Unit& unit, const PackedRows& rows, std::int64_t r) {
  const std::int64_t entries = unit.groups * desc.pattern.keep;
  std::memset(rows.values_row(r), 0, static_cast<std::size_t>(entries) * size_of(desc.type));
  std::memset(rows.metadata_row(r), 0,
              static_cast<std::size_t>((entries * position_bits(desc.pattern.group) + 7) / 8));
}

void store_rows(const PackedView& packed, const Unit& unit, const PackedRows& rows) {
  if (packed.desc.order == PackedOrder::canonical) return;
  const layout::DeviceGeometry geo = device_geometry(packed.desc);
  const DeviceBlock codec(packed.desc.pattern, packed.desc.type);
  for (std::int64_t r = 0; r < unit.rows; ++r) pad_row(packed.desc, unit.groups, rows, r);
  pad_row(packed.desc, 0, rows, unit.rows);  // stands for every row past the matrix
  std::byte* block = static_cast<std::byte*>(packed.data) + kHeaderBytes +
                     block_of(geo, unit.row, unit.col) * geo.block_bytes();
  const std::int64_t blocks =
      padded_groups(packed.desc, unit.groups) / groups_per_block(packed.desc);
  for (std::int64_t b = 0; b < blocks; ++b, block += geo.block_bytes()) {
    ConstBlockRow from[layout::kBlockRows];
    for (std::int64_t r = 0; r < layout::kBlockRows; ++r) {
      const std::int64_t at = std::min(r, unit.rows);
      from[r] = {rows.values_row(at) + b * codec.value_bytes(),
                 rows.metadata_row(at) + b * codec.metadata_bytes()};
    }
    codec.scatter(block, from);
  }
}

}  // namespace heddle::cpu
