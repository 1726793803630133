#pragma once
// The tiles of one band: `group` rows of a matrix, tile beside tile.

#include <cstdint>

#include "heddle/tile.hpp"
#include "host/cpu/parallel.hpp"
#include "host/cpu/tile.hpp"
#include "host/cpu/tile_flow.hpp"

namespace heddle::cpu {

// Finds masks of bands and hands them out in several forms. One per worker and unit.
class TileBand {
 public:
  // cols: the most columns that a band will have.
  TileBand(DataType type, const TilePattern& pattern, Ranking ranking, std::int64_t cols,
           Arena& arena);
  static std::size_t arena_bytes(DataType type, const TilePattern& pattern, std::int64_t cols);

  // The masks of rows [row, row + rows) of `in`, rows <= group, cols columns.
  void solve(const ConstTile& in, std::int64_t row, std::int64_t rows, std::int64_t cols);

  std::int64_t tiles() const { return tiles_; }

  // rows x cols bytes, 0 or 1, to rows [row, row + rows) of `out`.
  void write_mask(const Tile& out, std::int64_t row) const;

  // bits[t] = the kept columns of row r in tile t, within the matrix; bits[c * stride] = the kept
  // rows of column c.
  void row_bits(std::int64_t r, std::uint32_t* bits) const;
  void all_column_bits(std::uint32_t* bits, std::int64_t stride) const;

 private:
  bool narrow() const { return pattern_.pattern.group <= 4; }
  void solve_strip(const std::byte* const* rows, std::int64_t first, std::int64_t tiles);
  void solve_narrow(const ConstTile& in, std::int64_t row);
  void stage(const ConstTile& in, std::int64_t row, std::int64_t first, std::int64_t tiles);
  void decide(const std::byte* const* rows, std::int64_t tile, std::uint16_t& mask) const;
  void solve_wide(const ConstTile& in, std::int64_t row, std::int64_t tile);
  std::uint32_t column_bits(std::int64_t c) const;
  std::uint32_t column_limit(std::int64_t tile) const;

  DataType type_;
  TilePattern pattern_;
  Ranking ranking_;
  std::int64_t rows_ = 0, cols_ = 0, tiles_ = 0;
  std::uint16_t* masks_ = nullptr;     // narrow: lane_mask of each tile
  std::int32_t* undecided_ = nullptr;  // narrow
  std::byte* staged_ = nullptr;        // narrow: four rows of kStaged tiles, zero where absent
  std::uint32_t* wide_ = nullptr;      // else: [tile][row] bits
};

}  // namespace heddle::cpu
