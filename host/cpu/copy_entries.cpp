// Conversion between orders and slices: entries move, nothing is decided anew.

#include <cstring>

#include "host/cpu/operations.hpp"
#include "host/cpu/packed_rows.hpp"
#include "host/packed_header.hpp"
#include "host/validate.hpp"

namespace heddle::cpu {
namespace {

// Copies `count` bits from bit `from` of `in` to the start of `out`; the last byte's rest is zero.
void copy_bits(const std::byte* in, std::int64_t from, std::int64_t count, std::byte* out) {
  in += from / 8;
  const int shift = static_cast<int>(from % 8);
  const std::int64_t bytes = (count + 7) / 8;
  if (shift == 0) {
    std::memcpy(out, in, static_cast<std::size_t>(bytes));
  } else {
    const std::int64_t last = (shift + count - 1) / 8;  // last byte of `in` that holds a bit
    for (std::int64_t i = 0; i < bytes; ++i) {
      const unsigned high = i + 1 <= last ? static_cast<unsigned>(in[i + 1]) << (8 - shift) : 0u;
      out[i] = static_cast<std::byte>((static_cast<unsigned>(in[i]) >> shift | high) & 0xFFu);
    }
  }
  if (count % 8 != 0) out[bytes - 1] &= static_cast<std::byte>((1 << count % 8) - 1);
}

// True if the copy is whole blocks of device order, which are then moved as they are.
bool whole_blocks(const PackedDesc& from, std::int64_t row, std::int64_t col,
                  const PackedDesc& to) {
  if (from.order != PackedOrder::device || to.order != PackedOrder::device) return false;
  const auto aligned = [](std::int64_t begin, std::int64_t length, std::int64_t all,
                          std::int64_t block) {
    return begin % block == 0 && (begin + length == all || length % block == 0);
  };
  return aligned(row, to.rows, from.rows, layout::kBlockRows) &&
         aligned(col, to.cols, from.cols, layout::kBlockCols);
}

Status copy_blocks(const Exec& exec, const ConstPackedView& packed, std::int64_t row,
                   std::int64_t col, const PackedView& out) {
  const layout::DeviceGeometry from = device_geometry(packed.desc);
  const layout::DeviceGeometry to = device_geometry(out.desc);
  const std::int64_t bytes = to.col_blocks() * to.block_bytes();
  return parallel_for(exec, bytes == 0 ? 0 : to.row_blocks(), 0, [&](std::int64_t rb, Arena&) {
    const std::int64_t block =
        (row / layout::kBlockRows + rb) * from.col_blocks() + col / layout::kBlockCols;
    std::memcpy(
        static_cast<std::byte*>(out.data) + kHeaderBytes + rb * bytes,
        static_cast<const std::byte*>(packed.data) + kHeaderBytes + block * from.block_bytes(),
        static_cast<std::size_t>(bytes));
  });
}

}  // namespace

Status copy_entries(const Exec& exec, const ConstPackedView& packed, std::int64_t row,
                    std::int64_t col, const PackedView& out) {
  if (whole_blocks(packed.desc, row, col, out.desc)) {
    HEDDLE_TRY(copy_blocks(exec, packed, row, col, out));
    write_header(out);
    return {};
  }
  const Pattern pattern = packed.desc.pattern;
  const auto size = static_cast<std::int64_t>(size_of(packed.desc.type));
  const int bits = position_bits(pattern.group);
  const Units units = units_of(out.desc);
  const std::size_t arena_bytes = packed_rows_bytes(packed.desc) + packed_rows_bytes(out.desc);
  HEDDLE_TRY(parallel_for(exec, units.count(), arena_bytes, [&](std::int64_t index, Arena& arena) {
    constexpr std::int64_t kAlign = 64;  // groups: a unit may start there in either order
    const Unit u = units[index];
    const std::int64_t group = col / pattern.group + u.group;
    const std::int64_t lead = group % kAlign;
    Unit source = u;
    source.row = row + u.row;
    source.group = group - lead;
    source.groups = lead + u.groups;
    source.col = source.group * pattern.group;
    const ConstPackedRows in = load_rows(packed, source, arena);
    const PackedRows to = open_rows(out, u, arena);
    const std::int64_t entries = u.groups * pattern.keep;
    for (std::int64_t r = 0; r < u.rows; ++r) {
      std::memcpy(to.values_row(r), in.values_row(r) + lead * pattern.keep * size,
                  static_cast<std::size_t>(entries * size));
      copy_bits(in.metadata_row(r), lead * pattern.keep * bits, entries * bits, to.metadata_row(r));
    }
    store_rows(out, u, to);
  }));
  write_header(out);  // last: without memory nothing is written
  return {};
}

}  // namespace heddle::cpu
