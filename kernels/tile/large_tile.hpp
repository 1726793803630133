#pragma once
// Tile masks of groups above 4: rule greedy, and the fast solver of tile_fast.hpp.

#include "kernels/tile/tile_mask.hpp"

namespace heddle {

struct LargeTileArgs {
  TileProblem problem;
  bool at_most;
  bool by_cols;  // neighbouring rows are nearer in memory than neighbouring columns
  BlockDivisor tiles_across;
  std::int64_t tiles;
};

// Lanes of a tile: one for each row, and for each column.
HEDDLE_HD constexpr int large_side(int group) { return group <= 8 ? 8 : group <= 16 ? 16 : 32; }
inline constexpr int kLargeWarps = 4;
inline constexpr int kLargeThreads = 32 * kLargeWarps;

Kernel fast_tile_kernel(int side);
Kernel greedy_tile_kernel(int side);

}  // namespace heddle
