#include "host/cpu/tile_band.hpp"

#include <algorithm>
#include <cstring>

#include "host/cpu/tile_exact.hpp"
#include "host/cpu/tile_fast.hpp"
#include "host/cpu/tile_greedy.hpp"
#include "host/cpu/tile_simd.hpp"

namespace heddle::cpu {
namespace {

constexpr std::int64_t kStaged = 64;  // tiles
constexpr std::int64_t kSide = tile::kSide;

std::uint32_t element_bits(const std::byte* at, std::size_t size) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, at, size);
  return bits;
}

std::int64_t tiles_of(std::int64_t cols, int group) { return (cols + group - 1) / group; }

}  // namespace

std::size_t TileBand::arena_bytes(DataType type, const TilePattern& pattern, std::int64_t cols) {
  const auto tiles = static_cast<std::size_t>(tiles_of(cols, pattern.pattern.group));
  const auto group = static_cast<std::size_t>(pattern.pattern.group);
  if (group > 4) return tiles * group * sizeof(std::uint32_t) + 64;
  return tiles * 6 + static_cast<std::size_t>(kSide * kSide * kStaged) * size_of(type) + 3 * 64;
}

TileBand::TileBand(DataType type, const TilePattern& pattern, Ranking ranking, std::int64_t cols,
                   Arena& arena)
    : type_(type), pattern_(pattern), ranking_(ranking) {
  const std::int64_t tiles = tiles_of(cols, pattern.pattern.group);
  if (!narrow()) {
    wide_ = arena.take<std::uint32_t>(tiles * pattern.pattern.group);
    return;
  }
  masks_ = arena.take<std::uint16_t>(tiles);
  undecided_ = arena.take<std::int32_t>(tiles);
  staged_ =
      arena.take<std::byte>(kSide * kSide * kStaged * static_cast<std::int64_t>(size_of(type)));
}

void TileBand::solve(const ConstTile& in, std::int64_t row, std::int64_t rows, std::int64_t cols) {
  rows_ = rows;
  cols_ = cols;
  tiles_ = tiles_of(cols, pattern_.pattern.group);
  if (narrow()) return solve_narrow(in, row);
  for (std::int64_t t = 0; t < tiles_; ++t) solve_wide(in, row, t);
}

// ---- groups up to 4 -----------------------------------------------------------------------------

void TileBand::solve_narrow(const ConstTile& in, std::int64_t row) {
  const std::int64_t group = pattern_.pattern.group;
  std::int64_t whole = 0;  // tiles read where they lie
  if (group == kSide && rows_ == kSide) {
    whole = cols_ / kSide;
    const std::byte* rows[kSide];
    for (int r = 0; r < kSide; ++r) rows[r] = in.row(row + r);
    solve_strip(rows, 0, whole);
  }
  const std::int64_t stride = kSide * kStaged * static_cast<std::int64_t>(size_of(type_));
  const std::byte* rows[kSide];
  for (int r = 0; r < kSide; ++r) rows[r] = staged_ + r * stride;
  for (std::int64_t t = whole; t < tiles_; t += kStaged) {
    const std::int64_t tiles = std::min(kStaged, tiles_ - t);
    stage(in, row, t, tiles);
    solve_strip(rows, t, tiles);
  }
}

// Tiles as 4 x 4 with zeros for what lies beyond the group or the matrix.
void TileBand::stage(const ConstTile& in, std::int64_t row, std::int64_t first,
                     std::int64_t tiles) {
  const std::int64_t group = pattern_.pattern.group;
  const auto size = static_cast<std::int64_t>(size_of(type_));
  const std::int64_t stride = kSide * kStaged * size;
  std::memset(staged_, 0, static_cast<std::size_t>(kSide * stride));
  for (std::int64_t r = 0; r < rows_; ++r)
    for (std::int64_t t = 0; t < tiles; ++t) {
      const std::int64_t col = (first + t) * group;
      std::memcpy(staged_ + r * stride + t * kSide * size, in.row(row + r) + col * size,
                  static_cast<std::size_t>(std::min(group, cols_ - col) * size));
    }
}

void TileBand::solve_strip(const std::byte* const* rows, std::int64_t first, std::int64_t tiles) {
  const Pattern pattern = pattern_.pattern;
  std::uint16_t* masks = masks_ + first;
  const TileStrip strip{type_, ranking_, {rows[0], rows[1], rows[2], rows[3]}, tiles};
  const std::int64_t listed =
      pattern_.rule == TileRule::greedy
          ? tile_ops().greedy(strip, pattern, masks, undecided_)
          : tile_ops().search(strip, tile_table(pattern, pattern_.rule == TileRule::at_most), masks,
                              undecided_);
  for (std::int64_t i = 0; i < listed; ++i) decide(rows, undecided_[i], masks[undecided_[i]]);
}

void TileBand::decide(const std::byte* const* rows, std::int64_t tile, std::uint16_t& mask) const {
  const Pattern pattern = pattern_.pattern;
  const std::size_t size = size_of(type_);
  std::uint32_t weight[tile::kEntries];
  for (std::int64_t i = 0; i < tile::kEntries; ++i)
    weight[i] = tile::weight_bits(
        type_, ranking_,
        element_bits(rows[i / kSide] + (kSide * tile + i % kSide) * static_cast<std::int64_t>(size),
                     size));
  if (pattern_.rule != TileRule::greedy) {
    mask = best_tile(weight, tile_table(pattern, pattern_.rule == TileRule::at_most));
    return;
  }
  TileWeights square;
  for (int r = 0; r < pattern.group; ++r)
    for (int c = 0; c < pattern.group; ++c) square[r][c] = weight[kSide * r + c];
  TileRows kept;
  greedy_tile(square, pattern, kept);
  mask = 0;
  for (int r = 0; r < pattern.group; ++r)
    mask = static_cast<std::uint16_t>(mask | kept[r] << kSide * r);
}

// ---- larger groups ------------------------------------------------------------------------------

void TileBand::solve_wide(const ConstTile& in, std::int64_t row, std::int64_t tile) {
  const Pattern pattern = pattern_.pattern;
  const std::size_t size = size_of(type_);
  TileWeights weight;
  for (int r = 0; r < pattern.group; ++r)
    for (int c = 0; c < pattern.group; ++c) {
      const std::int64_t col = tile * pattern.group + c;
      weight[r][c] =
          r < rows_ && col < cols_
              ? tile::weight_bits(
                    type_, ranking_,
                    element_bits(in.row(row + r) + col * static_cast<std::int64_t>(size), size))
              : 0;
    }
  TileRows kept;
  if (pattern_.rule == TileRule::greedy)
    greedy_tile(weight, pattern, kept);
  else if (pattern_.solver == TileSolver::fast)
    best_tile_fast(weight, pattern, pattern_.rule, kept);
  else
    best_tile_by_flow(weight, pattern, pattern_.rule, kept);
  std::copy(kept, kept + pattern.group, wide_ + tile * pattern.group);
}

// ---- the result ---------------------------------------------------------------------------------

// The columns of a tile that lie in the matrix.
std::uint32_t TileBand::column_limit(std::int64_t tile) const {
  const std::int64_t group = pattern_.pattern.group;
  return ~0u >> (32 - std::min(group, cols_ - tile * group));
}

void TileBand::row_bits(std::int64_t r, std::uint32_t* bits) const {
  const std::int64_t group = pattern_.pattern.group;
  if (narrow())
    for (std::int64_t t = 0; t < tiles_; ++t) bits[t] = masks_[t] >> kSide * r & 15u;
  else
    for (std::int64_t t = 0; t < tiles_; ++t) bits[t] = wide_[t * group + r];
  if (tiles_ > 0) bits[tiles_ - 1] &= column_limit(tiles_ - 1);
}

std::uint32_t TileBand::column_bits(std::int64_t c) const {
  const std::int64_t group = pattern_.pattern.group, t = c / group;
  std::uint32_t bits = 0;
  for (std::int64_t r = 0; r < rows_; ++r) {
    const std::uint32_t row =
        narrow() ? static_cast<std::uint32_t>(masks_[t] >> kSide * r) : wide_[t * group + r];
    bits |= (row >> c % group & 1u) << r;
  }
  return bits;
}

void TileBand::all_column_bits(std::uint32_t* bits, std::int64_t stride) const {
  std::int64_t done = 0;
  if (pattern_.pattern.group == kSide && rows_ == kSide)
    for (; done + kSide <= cols_; done += kSide) {
      std::uint32_t m = masks_[done / kSide];  // transposed: squares of one, then of two
      m = (m & 0xA5A5u) | (m & 0x0A0Au) << 3 | (m >> 3 & 0x0A0Au);
      m = (m & 0xCC33u) | (m & 0x00CCu) << 6 | (m >> 6 & 0x00CCu);
      for (int c = 0; c < kSide; ++c) bits[(done + c) * stride] = m >> kSide * c & 15u;
    }
  for (; done < cols_; ++done) bits[done * stride] = column_bits(done);
}

void TileBand::write_mask(const Tile& out, std::int64_t row) const {
  const std::int64_t group = pattern_.pattern.group;
  std::int64_t done = 0;
  if (group == kSide && rows_ == kSide) {
    std::uint8_t* rows[kSide];
    for (int r = 0; r < kSide; ++r) rows[r] = reinterpret_cast<std::uint8_t*>(out.row(row + r));
    tile_ops().expand(masks_, cols_ / kSide, rows);
    done = cols_ / kSide * kSide;
  }
  for (std::int64_t c = done; c < cols_; ++c) {
    const std::uint32_t bits = column_bits(c);
    for (std::int64_t r = 0; r < rows_; ++r)
      out.row(row + r)[c] = static_cast<std::byte>(bits >> r & 1u);
  }
}

}  // namespace heddle::cpu
