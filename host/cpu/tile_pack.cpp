#include <algorithm>
#include <bit>
#include <cstring>

#include "host/cpu/group_codec.hpp"
#include "host/cpu/packed_rows.hpp"
#include "host/cpu/simd.hpp"
#include "host/cpu/tile.hpp"
#include "host/cpu/tile_band.hpp"
#include "host/cpu/tile_mask.hpp"
#include "host/cpu/tile_units.hpp"
#include "host/packed_header.hpp"
#include "host/validate.hpp"

namespace heddle::cpu {
namespace {

constexpr std::int64_t kPackCols = 512;    // of a unit: both packs of it stay in the cache
constexpr std::int64_t kColumnBlock = 64;  // columns transposed together, one block of device order

// Packs masked rows one by one.
class RowPacker {
 public:
  RowPacker(const PackedDesc& desc, std::int64_t cols, Arena& arena)
      : pattern_(desc.pattern), size_(static_cast<std::int64_t>(size_of(desc.type))) {
    const std::int64_t padded = group_count(cols, pattern_) * pattern_.group;
    row_ = arena.take<std::byte>(padded * size_);
    mask_ = arena.take<std::uint8_t>(padded);
  }
  static std::size_t arena_bytes(std::int64_t cols) {
    return static_cast<std::size_t>(cols + 32) * 5 + 2 * 64;
  }

  // x: cols elements. bits: the kept entries of each group, which are completed by fillers.
  // complete: groups are whole and need none.
  void pack(const std::byte* x, std::int64_t cols, std::uint32_t* bits, bool complete, void* values,
            void* metadata) const {
    const std::int64_t groups = group_count(cols, pattern_);
    const auto size = static_cast<std::size_t>(size_);
    if (complete) return group_ops().compact(size, x, groups, pattern_, bits, values, metadata);
    group_ops().expand_bits(bits, cols, pattern_.group, mask_);
    mask_ops().apply_mask(size, x, mask_, row_, cols);
    std::memset(row_ + cols * size_, 0,
                static_cast<std::size_t>((groups * pattern_.group - cols) * size_));
    for (std::int64_t g = 0; g < groups; ++g)
      while (std::popcount(bits[g]) < pattern_.keep) bits[g] |= bits[g] + 1;  // the lowest zero
    group_ops().compact(size, row_, groups, pattern_, bits, values, metadata);
  }

 private:
  Pattern pattern_;
  std::int64_t size_;
  std::byte* row_;
  std::uint8_t* mask_;
};

// Both packs, and the mask where wanted, of one unit.
class UnitPacker {
 public:
  UnitPacker(const TilePattern& pattern, const PackedView& out, const PackedView& out_transposed,
             const std::optional<MaskView>& mask)
      : pattern_(pattern), out_(out), out_transposed_(out_transposed), mask_(mask) {}

  std::size_t arena_bytes(const TileUnits& units) const {
    const std::size_t size = size_of(out_.desc.type);
    const std::int64_t rows = units.unit_rows(), cols = units.unit_cols();
    const std::int64_t bands = rows / pattern_.pattern.group;
    return tile_bytes(rows, cols, size) + tile_bytes(rows, cols, 1) +
           tile_bytes(kColumnBlock, rows, size) +
           TileBand::arena_bytes(out_.desc.type, pattern_, cols) + RowPacker::arena_bytes(cols) +
           RowPacker::arena_bytes(rows) + packed_rows_bytes(out_.desc) +
           packed_rows_bytes(out_transposed_.desc) +
           static_cast<std::size_t>(cols * (bands + 1)) * sizeof(std::uint32_t) + 4 * 64;
  }

  void pack(const ConstMatrixView& matrix, const TileUnit& u, Arena& arena) const {
    const std::int64_t group = pattern_.pattern.group, bands = (u.rows + group - 1) / group;
    const ConstTile in = load_tile(matrix, u.row, u.rows, u.col, u.cols, arena);
    auto* kept_of_columns = arena.take<std::uint32_t>(u.cols * bands);  // [column][band]
    pack_rows(in, u, kept_of_columns, arena);
    pack_columns(in, u, kept_of_columns, arena);
  }

 private:
  // Of lines of this length: exact masks fill whole groups, also those of tiles cut off beside them.
  bool complete(std::int64_t length) const {
    return pattern_.rule == TileRule::exact && length % pattern_.pattern.group == 0;
  }

  void pack_rows(const ConstTile& in, const TileUnit& u, std::uint32_t* kept_of_columns,
                 Arena& arena) const {
    const std::int64_t group = pattern_.pattern.group, bands = (u.rows + group - 1) / group;
    const Unit unit{u.row, u.rows, u.col / group, group_count(u.cols, pattern_.pattern),
                    u.col, u.cols};
    const PackedRows to = open_rows(out_, unit, arena);
    const RowPacker packer(out_.desc, u.cols, arena);
    TileBand band(out_.desc.type, pattern_, Ranking::magnitude, u.cols, arena);
    auto* bits = arena.take<std::uint32_t>(unit.groups);
    Tile mask{nullptr, 0};
    if (mask_) mask = open_tile(as_bytes(*mask_), u.row, u.rows, u.col, u.cols, arena);
    for (std::int64_t b = 0; b < bands; ++b) {
      const std::int64_t first = b * group, rows = std::min(group, u.rows - first);
      band.solve(in, first, rows, u.cols);
      if (mask_) band.write_mask(mask, first);
      for (std::int64_t r = 0; r < rows; ++r) {
        band.row_bits(r, bits);
        packer.pack(in.row(first + r), u.cols, bits, complete(u.cols), to.values_row(first + r),
                    to.metadata_row(first + r));
      }
      band.all_column_bits(kept_of_columns + b, bands);
    }
    if (mask_) store_tile(as_bytes(*mask_), u.row, u.rows, u.col, u.cols, mask);
    store_rows(out_, unit, to);
  }

  void pack_columns(const ConstTile& in, const TileUnit& u, std::uint32_t* kept_of_columns,
                    Arena& arena) const {
    const Pattern pattern = pattern_.pattern;
    const std::int64_t bands = group_count(u.rows, pattern);
    const auto size = static_cast<std::int64_t>(size_of(out_.desc.type));
    const Unit whole{u.col, std::min(u.cols, kColumnBlock), u.row / pattern.group, bands, u.row,
                     u.rows};
    const std::int64_t stride = u.rows * size + kStridePad;
    auto* columns = arena.take<std::byte>(whole.rows * stride);
    const RowPacker packer(out_transposed_.desc, u.rows, arena);
    // The staging rows of every block are the same memory.
    PackedRows to = open_rows(out_transposed_, whole, arena);
    for (std::int64_t first = 0; first < u.cols; first += kColumnBlock) {
      Unit unit = whole;
      unit.row = u.col + first;
      unit.rows = std::min(u.cols - first, kColumnBlock);
      if (out_transposed_.desc.order == PackedOrder::canonical)
        to = open_rows(out_transposed_, unit, arena);
      transpose_ops().transpose(static_cast<std::size_t>(size), in.data + first * size, in.stride,
                                columns, stride, u.rows, unit.rows);
      for (std::int64_t c = 0; c < unit.rows; ++c)
        packer.pack(columns + c * stride, u.rows, kept_of_columns + (first + c) * bands,
                    complete(u.rows), to.values_row(c), to.metadata_row(c));
      store_rows(out_transposed_, unit, to);
    }
  }

  const TilePattern& pattern_;
  const PackedView& out_;
  const PackedView& out_transposed_;
  const std::optional<MaskView>& mask_;
};

}  // namespace

Status pack_tiles(const Exec& exec, const ConstMatrixView& matrix, const TilePattern& pattern,
                  const PackedView& out, const PackedView& out_transposed,
                  const std::optional<MaskView>& mask) {
  const TileUnits units(matrix.rows, matrix.cols, pattern.pattern.group, kPackCols);
  const UnitPacker packer(pattern, out, out_transposed, mask);
  HEDDLE_TRY(parallel_for(
      exec, units.count(), packer.arena_bytes(units),
      [&](std::int64_t index, Arena& arena) { packer.pack(matrix, units[index], arena); }));
  write_header(out);  // last: without memory nothing is written
  write_header(out_transposed);
  return {};
}

}  // namespace heddle::cpu
