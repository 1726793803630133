#pragma once
// The best mask of a tile of any group up to 32, by min-cost flow.

#include <cstdint>

#include "heddle/tile.hpp"

namespace heddle::cpu {

inline constexpr int kMaxSide = 32;

// A tile of a group: row r, column c at [r][c]; bit c of a mask's row r is its column c.
using TileWeights = std::uint32_t[kMaxSide][kMaxSide];  // weight_bits of kernels/tile
using TileRows = std::uint32_t[kMaxSide];

// rule: exact or at_most. Sums in double; NaN and infinities counted apart.
void best_tile_by_flow(const TileWeights& weight, Pattern pattern, TileRule rule, TileRows& rows);

}  // namespace heddle::cpu
