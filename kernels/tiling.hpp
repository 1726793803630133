#pragma once
// How a matrix is cut into tiles for the mask and canonical kernels. Lanes run along the direction
// in which memory is contiguous (fast), warps across it (slow):
//
//     tile = kTileFast x kTileSlow items;  warp w takes line w of the tile, in kTileSteps steps of 32

#include <cstdint>

#include "kernels/layout/host_device.hpp"

namespace heddle {

inline constexpr int kTileThreads = 256;
inline constexpr int kTileSteps = 4;                 // items of a lane: enough bytes in flight
inline constexpr int kTileFast = 32 * kTileSteps;    // items
inline constexpr int kTileSlow = kTileThreads / 32;  // items

struct Tiling {
  std::int64_t fast, slow;  // items in each direction

  HEDDLE_HD constexpr std::int64_t across() const {
    return fast / kTileFast + (fast % kTileFast != 0);
  }
  HEDDLE_HD constexpr std::int64_t tiles() const {
    return across() * (slow / kTileSlow + (slow % kTileSlow != 0));
  }
};

// First item of a warp's line in a tile; the lane's items are fast + lane + 32 * step.
struct TileLine {
  std::int64_t fast, slow;
};
HEDDLE_HD constexpr TileLine tile_line(const Tiling& tiling, std::int64_t tile, int warp) {
  return {tile % tiling.across() * kTileFast, tile / tiling.across() * kTileSlow + warp};
}

}  // namespace heddle
