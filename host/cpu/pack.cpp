#include <atomic>
#include <cstring>

#include "host/cpu/first_place.hpp"
#include "host/cpu/group_codec.hpp"
#include "host/cpu/operations.hpp"
#include "host/cpu/packed_rows.hpp"
#include "host/cpu/select_row.hpp"
#include "host/cpu/simd.hpp"
#include "host/cpu/tile.hpp"
#include "host/packed_header.hpp"
#include "host/validate.hpp"

namespace heddle::cpu {
namespace {

constexpr std::size_t kRowArena = (kUnitCols + 64) * 4 + 64;  // one row of anything

// A row as whole groups: the row itself, or a copy with zeros behind it.
const std::byte* whole_groups(const std::byte* row, const Unit& u, std::int64_t padded_cols,
                              std::size_t size, std::byte* padded) {
  if (u.cols == padded_cols) return row;
  const std::size_t used = static_cast<std::size_t>(u.cols) * size;
  std::memcpy(padded, row, used);
  std::memset(padded + used, 0, static_cast<std::size_t>(padded_cols - u.cols) * size);
  return padded;
}

}  // namespace

Status pack(const Exec& exec, const ConstMatrixView& matrix, const PackedView& out) {
  const Pattern pattern = out.desc.pattern;
  const std::size_t size = size_of(matrix.type);
  const bool is_2of4 = pattern == Pattern{2, 4};
  const Units units = units_of(out.desc);
  const std::size_t arena_bytes = tile_bytes(size) + packed_rows_bytes(out.desc) + 2 * kRowArena;
  HEDDLE_TRY(parallel_for(exec, units.count(), arena_bytes, [&](std::int64_t index, Arena& arena) {
    const Unit u = units[index];
    const ConstTile in = load_tile(matrix, u.row, u.rows, u.col, u.cols, arena);
    const PackedRows to = open_rows(out, u, arena);
    const std::int64_t padded_cols = u.groups * pattern.group;
    auto* padded = arena.take<std::byte>(padded_cols * static_cast<std::int64_t>(size));
    const RowSelector selector(matrix.type, Ranking::magnitude, pattern, u.groups, arena);
    auto* bits = arena.take<std::uint32_t>(u.groups);
    for (std::int64_t r = 0; r < u.rows; ++r) {
      const std::byte* row = whole_groups(in.row(r), u, padded_cols, size, padded);
      if (is_2of4) {
        auto* nibbles = reinterpret_cast<std::uint8_t*>(bits);
        mask_ops().prune_2of4(magnitude_kind(matrix.type), row, u.groups, to.values_row(r),
                              nibbles);
        group_ops().pack_nibbles(nibbles, u.groups, to.metadata_row(r));
      } else {
        selector.select(row, padded_cols, bits);
        group_ops().compact(size, row, u.groups, pattern, bits, to.values_row(r),
                            to.metadata_row(r));
      }
    }
    store_rows(out, u, to);
  }));
  write_header(out);  // last: without memory nothing is written
  return {};
}

Status pack(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView& mask,
            const PackedView& out, CheckReport& report) {
  const Pattern pattern = out.desc.pattern;
  const std::size_t size = size_of(matrix.type);
  const Units units = units_of(out.desc);
  const std::size_t arena_bytes =
      tile_bytes(size) + tile_bytes(1) + packed_rows_bytes(out.desc) + 4 * kRowArena;
  FirstPlace first;
  std::atomic<std::int64_t> violations{0};
  const Status status =
      parallel_for(exec, units.count(), arena_bytes, [&](std::int64_t index, Arena& arena) {
        const Unit u = units[index];
        const ConstTile in = load_tile(matrix, u.row, u.rows, u.col, u.cols, arena);
        const ConstTile keep = load_tile(as_bytes(mask), u.row, u.rows, u.col, u.cols, arena);
        const PackedRows to = open_rows(out, u, arena);
        const std::int64_t padded_cols = u.groups * pattern.group;
        auto* row = arena.take<std::byte>(padded_cols * static_cast<std::int64_t>(size));
        std::memset(row, 0, static_cast<std::size_t>(padded_cols) * size);
        auto* stream = arena.take<std::uint64_t>(padded_cols / 64 + 2);
        std::memset(stream, 0, static_cast<std::size_t>(padded_cols / 64 + 2) * 8);
        auto* padded_mask = arena.take<std::uint8_t>(padded_cols);
        std::memset(padded_mask, 0, static_cast<std::size_t>(padded_cols));
        auto* bits = arena.take<std::uint32_t>(u.groups);
        for (std::int64_t r = 0; r < u.rows; ++r) {
          const auto* kept = reinterpret_cast<const std::uint8_t*>(keep.row(r));
          mask_ops().apply_mask(size, in.row(r), kept, row, u.cols);
          mask_ops().nonzero_bits(1, true, kept, u.cols, stream);
          std::int64_t group;
          const std::int64_t crowded = group_ops().count_crowded(stream, u.groups, pattern, &group);
          if (crowded > 0) {
            violations.fetch_add(crowded, std::memory_order_relaxed);
            first.report(u.row + r, u.group + group);
            clear_row(out.desc, u, to, r);
            continue;
          }
          std::memcpy(padded_mask, kept, static_cast<std::size_t>(u.cols));
          mask_ops().select(KeyKind::mask, padded_mask, u.groups, pattern, bits);
          group_ops().compact(size, row, u.groups, pattern, bits, to.values_row(r),
                              to.metadata_row(r));
        }
        store_rows(out, u, to);
      });
  if (!status.ok()) return status;
  write_header(out);
  report = {violations.load(), first.row(), first.group()};
  return {};
}

Status unpack(const Exec& exec, const ConstPackedView& packed, const MatrixView& out) {
  const Pattern pattern = packed.desc.pattern;
  const std::size_t size = size_of(out.type);
  const Units units = units_of(packed.desc);
  const std::size_t arena_bytes = tile_bytes(size) + packed_rows_bytes(packed.desc) + kRowArena;
  return parallel_for(exec, units.count(), arena_bytes, [&](std::int64_t index, Arena& arena) {
    const Unit u = units[index];
    const ConstPackedRows in = load_rows(packed, u, arena);
    const Tile to = open_tile(out, u.row, u.rows, u.col, u.cols, arena);
    const std::int64_t padded_cols = u.groups * pattern.group;
    auto* padded = arena.take<std::byte>(padded_cols * static_cast<std::int64_t>(size));
    for (std::int64_t r = 0; r < u.rows; ++r) {
      std::byte* row = u.cols == padded_cols ? to.row(r) : padded;
      group_ops().expand(size, in.values_row(r), in.metadata_row(r), u.groups, pattern, row);
      if (row == padded) std::memcpy(to.row(r), row, static_cast<std::size_t>(u.cols) * size);
    }
    store_tile(out, u.row, u.rows, u.col, u.cols, to);
  });
}

}  // namespace heddle::cpu
