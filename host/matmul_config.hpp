#pragma once
// What can be said of a configuration without problem or device.

#include "heddle/select.hpp"
#include "heddle/status.hpp"
#include "kernels/hopper/shape.hpp"
#include "kernels/matmul/tile_shape.hpp"

namespace heddle {

inline TileShape shape_of(const MatmulConfig& c) {
  return {c.warps_m, c.warps_n, c.warps_k, c.tiles};
}

// Of a wgmma configuration.
inline HopperShape hopper_shape_of(const MatmulConfig& c) {
  return {c.groups, c.row_blocks, 8 * c.tiles, c.cluster, c.staged};
}

// invalid_argument names the first field that no problem and no device could have.
Status check_values(const MatmulConfig& config);

}  // namespace heddle
