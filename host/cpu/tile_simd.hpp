#pragma once
// 4 x 4 tiles in vectors, one tile a lane. One table per instruction set, like host/cpu/simd.hpp.

#include <cstddef>
#include <cstdint>

#include "heddle/mask.hpp"
#include "host/cpu/tile_table.hpp"

namespace heddle::cpu {

// Four rows of elements of any alignment, 4 elements a tile.
struct TileStrip {
  DataType type;
  Ranking ranking;
  const std::byte* rows[4];
  std::int64_t tiles;
};

struct TileOps {
  // masks[t] = the best mask of tile t (a lane_mask) but for the tiles listed in `undecided`,
  // whose number is returned.
  std::int64_t (*search)(const TileStrip& strip, const TileTable& table, std::uint16_t* masks,
                         std::int32_t* undecided);

  // The same for rule greedy. Rows and columns beyond pattern.group get nothing.
  std::int64_t (*greedy)(const TileStrip& strip, Pattern pattern, std::uint16_t* masks,
                         std::int32_t* undecided);

  // rows[r][4 t + c] = bit 4 r + c of masks[t].
  void (*expand)(const std::uint16_t* masks, std::int64_t tiles, std::uint8_t* const* rows);
};

const TileOps& tile_ops();

}  // namespace heddle::cpu
