#pragma once
// Greedy masks of large tiles. An entry that is the best left of its row and of its column is what
// the greedy order takes before anything else of either, so all such entries are taken at once.

#include "kernels/tile/large_tile.cuh"

namespace heddle {

template <int kSide>
__global__ void __launch_bounds__(kLargeThreads)
    greedy_large_tile(const __grid_constant__ LargeTileArgs args) {
  __shared__ LargeTiles<kSide> shared[kLargeWarps];
  constexpr int kTiles = 32 / kSide;
  const int warp = static_cast<int>(threadIdx.x / 32);
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kLargeWarps * kTiles;
#pragma unroll 1
  for (std::int64_t tile = (static_cast<std::int64_t>(blockIdx.x) * kLargeWarps + warp) * kTiles;
       tile < args.tiles; tile += stride) {
    const LargeLane<kSide> at(args, tile);
    load_weights(args, at, shared[warp]);
    const auto& entry = shared[warp].entry;
    std::uint32_t row = 0, column = 0;  // what the lane's row and column keep
    for (;;) {
      const std::uint32_t rows = at.ballot(at.in_group() && __popc(row) < at.keep);
      const std::uint32_t cols = at.ballot(at.in_group() && __popc(column) < at.keep);
      const bool row_open = (rows >> at.lane & 1u) != 0, col_open = (cols >> at.lane & 1u) != 0;
      int best_col = -1, best_row = -1;
      std::uint32_t in_row = 0, in_col = 0;
#pragma unroll 4
      for (int i = 0; i < at.group; ++i) {
        const auto across = static_cast<std::uint32_t>(entry[at.entry(at.lane, i)]);
        const auto down = static_cast<std::uint32_t>(entry[at.entry(i, at.lane)]);
        const bool may_col = row_open && ((cols & ~row) >> i & 1u) != 0;
        const bool may_row = col_open && ((rows & ~column) >> i & 1u) != 0;
        // No branch: all lanes load together.
        const bool wins_row = may_col & ((best_col < 0) | (across > in_row));
        const bool wins_col = may_row & ((best_row < 0) | (down > in_col));
        best_col = wins_row ? i : best_col;
        in_row = wins_row ? across : in_row;
        best_row = wins_col ? i : best_row;
        in_col = wins_col ? down : in_col;
      }
      const int back_row = at.of_lane(best_row, best_col < 0 ? 0 : best_col);
      const int back_col = at.of_lane(best_col, best_row < 0 ? 0 : best_row);
      const bool takes = best_col >= 0 && back_row == at.lane;
      if (takes) row |= 1u << best_col;
      if (best_row >= 0 && back_col == at.lane) column |= 1u << best_row;
      if (!arch::vote_any(takes)) break;
    }
    store_rows(args, at, row);
    __syncwarp();  // before the next tile's weights
  }
}

}  // namespace heddle
