#pragma once
// Grids of the canonical kernels. Never empty: block 0 has the header to write or check.

#include "kernels/pack/canonical.hpp"
#include "kernels/pack/canonical_wide.hpp"
#include "kernels/tiling.hpp"

namespace heddle {

// Lanes along a row of `fast` items.
constexpr LaunchShape tile_shape(std::int64_t fast, std::int64_t slow) {
  const std::int64_t tiles = Tiling{fast, slow}.tiles();
  return {tiles > 0 ? tiles : 1, kTileThreads};
}

// So many units to a block.
constexpr LaunchShape unit_shape(const UnitRange& range, int per_block, unsigned threads) {
  const std::int64_t blocks = (range.units + per_block - 1) / per_block;
  return {blocks > 0 ? blocks : 1, threads};
}

}  // namespace heddle
