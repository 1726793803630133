#pragma once
// Rule greedy for any group.

#include "host/cpu/tile_flow.hpp"

namespace heddle::cpu {

void greedy_tile(const TileWeights& weight, Pattern pattern, TileRows& rows);

}  // namespace heddle::cpu
