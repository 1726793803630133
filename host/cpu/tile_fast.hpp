#pragma once
// TileSolver::fast for a group above 4: the steps of kernels/tile/tile_fast.hpp, one by one.

#include "host/cpu/tile_flow.hpp"

namespace heddle::cpu {

// rule: exact or at_most.
void best_tile_fast(const TileWeights& weight, Pattern pattern, TileRule rule, TileRows& rows);

}  // namespace heddle::cpu
