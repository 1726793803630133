#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <new>

#include "host/cpu/decode.hpp"
#include "host/cpu/first_place.hpp"
#include "host/cpu/group_codec.hpp"
#include "host/cpu/operations.hpp"
#include "host/cpu/select_row.hpp"
#include "host/cpu/simd.hpp"
#include "host/cpu/tile.hpp"
#include "host/validate.hpp"

namespace heddle::cpu {
namespace {

constexpr Pattern kAnyGroup{1, 1};  // units of operations that know no groups

}  // namespace

Status best_mask(const Exec& exec, const ConstMatrixView& matrix, Pattern pattern,
                 const MaskView& mask, Ranking ranking) {
  const Units units(matrix.rows, matrix.cols, pattern);
  const MatrixView out = as_bytes(mask);
  const std::size_t arena_bytes = tile_bytes(size_of(matrix.type)) + tile_bytes(1) +
                                  RowSelector::arena_bytes() + (kUnitCols + 64) * 4;
  return parallel_for(exec, units.count(), arena_bytes, [&](std::int64_t index, Arena& arena) {
    const Unit u = units[index];
    const ConstTile in = load_tile(matrix, u.row, u.rows, u.col, u.cols, arena);
    const Tile to = open_tile(out, u.row, u.rows, u.col, u.cols, arena);
    const RowSelector selector(matrix.type, ranking, pattern, u.groups, arena);
    auto* bits = arena.take<std::uint32_t>(u.groups);
    for (std::int64_t r = 0; r < u.rows; ++r) {
      selector.select(in.row(r), u.cols, bits);
      group_ops().expand_bits(bits, u.cols, pattern.group,
                              reinterpret_cast<std::uint8_t*>(to.row(r)));
    }
    store_tile(out, u.row, u.rows, u.col, u.cols, to);
  });
}

Status apply_mask(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView& mask,
                  const MatrixView& out) {
  // Entry by entry, so a matrix in col order may as well be its transpose in row order.
  if (matrix.order == Order::col)
    return cpu::apply_mask(exec, transposed(matrix), transposed(mask), transposed(out));
  const Units units(matrix.rows, matrix.cols, kAnyGroup);
  const std::size_t size = size_of(matrix.type);
  // Tiles of order row are used in place. Without scratch memory this cannot fail.
  const bool in_place = mask.order == Order::row && out.order == Order::row;
  return parallel_for(
      exec, units.count(), in_place ? 0 : 2 * tile_bytes(size) + tile_bytes(1),
      [&](std::int64_t index, Arena& arena) {
        const Unit u = units[index];
        const ConstTile in = load_tile(matrix, u.row, u.rows, u.col, u.cols, arena);
        const ConstTile keep = load_tile(as_bytes(mask), u.row, u.rows, u.col, u.cols, arena);
        const Tile to = open_tile(out, u.row, u.rows, u.col, u.cols, arena);
        for (std::int64_t r = 0; r < u.rows; ++r)
          mask_ops().apply_mask(size, in.row(r), reinterpret_cast<const std::uint8_t*>(keep.row(r)),
                                to.row(r), u.cols);
        store_tile(out, u.row, u.rows, u.col, u.cols, to);
      });
}

Status check(const Exec& exec, const ConstMatrixView& matrix, Pattern pattern,
             CheckReport& report) {
  const Units units(matrix.rows, matrix.cols, pattern);
  const std::size_t size = size_of(matrix.type);
  std::atomic<std::int64_t> violations{0};
  FirstPlace first;
  const Status status = parallel_for(
      exec, units.count(), tile_bytes(size) + kUnitCols, [&](std::int64_t index, Arena& arena) {
        const Unit u = units[index];
        const ConstTile in = load_tile(matrix, u.row, u.rows, u.col, u.cols, arena);
        const std::int64_t words = u.cols / 64 + 2;
        auto* nonzero = arena.take<std::uint64_t>(words);
        std::fill(nonzero, nonzero + words, 0);  // a partial group looks past the last column
        std::int64_t found = 0;
        for (std::int64_t r = 0; r < u.rows; ++r) {
          mask_ops().nonzero_bits(size, matrix.type == DataType::i8, in.row(r), u.cols, nonzero);
          std::int64_t group;
          const std::int64_t count = group_ops().count_crowded(nonzero, u.groups, pattern, &group);
          if (count > 0) first.report(u.row + r, u.group + group);
          found += count;
        }
        violations.fetch_add(found, std::memory_order_relaxed);
      });
  if (status.ok()) report = {violations.load(), first.row(), first.group()};
  return status;
}

Result<MaskStats> mask_stats(const Exec& exec, const ConstMatrixView& matrix,
                             const ConstMaskView& mask) {
  if (matrix.order == Order::col)
    return cpu::mask_stats(exec, transposed(matrix), transposed(mask));
  const Units units(matrix.rows, matrix.cols, kAnyGroup);
  const std::unique_ptr<MaskStats[]> parts(new (std::nothrow)
                                               MaskStats[static_cast<std::size_t>(units.count())]);
  if (!parts) return Status(StatusCode::out_of_memory, "partial sums of mask_stats");
  const Status status = parallel_for(
      exec, units.count(), tile_bytes(size_of(matrix.type)) + tile_bytes(1) + kUnitCols * 4,
      [&](std::int64_t index, Arena& arena) {
        const Unit u = units[index];
        const ConstTile in = load_tile(matrix, u.row, u.rows, u.col, u.cols, arena);
        const ConstTile keep = load_tile(as_bytes(mask), u.row, u.rows, u.col, u.cols, arena);
        auto* values = arena.take<float>(u.cols);
        MaskStats sum;
        for (std::int64_t r = 0; r < u.rows; ++r) {
          decode_row(matrix.type, in.row(r), u.cols, values);
          for (std::int64_t c = 0; c < u.cols; ++c) {
            const double magnitude = std::fabs(static_cast<double>(values[c]));
            const bool kept = keep.row(r)[c] != std::byte{0};
            sum.kept += kept;
            sum.nonzeros += magnitude != 0;
            sum.l1_total += magnitude;
            if (kept) sum.l1_kept += magnitude;
          }
        }
        parts[static_cast<std::size_t>(index)] = sum;
      });
  if (!status.ok()) return status;
  MaskStats total;
  total.elements = matrix.rows * matrix.cols;
  for (std::int64_t i = 0; i < units.count(); ++i) {  // in a fixed order, whoever computed them
    const MaskStats& part = parts[static_cast<std::size_t>(i)];
    total.kept += part.kept;
    total.nonzeros += part.nonzeros;
    total.l1_total += part.l1_total;
    total.l1_kept += part.l1_kept;
  }
  return total;
}

}  // namespace heddle::cpu
