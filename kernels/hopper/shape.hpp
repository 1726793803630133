#pragma once
// Sizes of the warpgroup kernel (sm_90a) that host and device must agree on.
//
// A warpgroup multiplies `row_blocks` x 64 rows of A with `tokens` tokens; `groups` of them, one below
// the other, share a block's tokens, and a cluster of blocks, one below the other, shares the
// fetching of them. One warp more per block does the fetching. A *unit* of k is two instruction
// steps, 128 bytes of a dense row, as in kernels/matmul/tile_shape.hpp.

#include <cstddef>
#include <cstdint>

#include "kernels/layout/device_order.hpp"

namespace heddle {

struct HopperShape {
  int groups;      // warpgroups that multiply
  int row_blocks;  // of 64 rows, per warpgroup: 1 or 2
  int tokens;      // of an instruction
  int cluster;     // blocks: 1, 2 or 4
  bool staged;     // A by way of shared memory, else from global memory into registers

  HEDDLE_HD constexpr int group_rows() const { return 64 * row_blocks; }
  HEDDLE_HD constexpr int block_rows() const { return groups * group_rows(); }
  HEDDLE_HD constexpr int rows() const { return cluster * block_rows(); }  // of an output tile
  HEDDLE_HD constexpr int threads() const { return 128 * (groups + 1); }
};

// The only compute capability that has wgmma: 10 * major + minor.
inline constexpr int kWgmmaCapability = 90;

// The instances there are: groups x rows per group x tokens.
inline constexpr int kHopperShapes = 8;
inline constexpr HopperShape kHopperShapeList[kHopperShapes] = {
    {2, 1, 8, 1, false},   {2, 1, 16, 1, false},  {2, 1, 32, 1, false},  {2, 1, 64, 1, false},
    {2, 1, 128, 1, false}, {2, 1, 256, 1, false}, {2, 2, 128, 1, false}, {3, 1, 192, 1, false}};

inline constexpr int kHopperMaxCluster = 4;
inline constexpr int kHopperMinStages = 2, kHopperMaxStages = 16;
inline constexpr int kHopperUnitBytes = 128;  // of k, dense: a token's row of a stage

// Units of A in registers or on their way: what the accumulators leave room for. Few tokens are
// limited by memory, whose latency asks for many bytes under way.
HEDDLE_HD constexpr int hopper_units_ahead(const HopperShape& s) {
  if (s.staged) return 2;
  return s.tokens <= 64 ? 8 : s.groups == 3 || s.row_blocks == 2 ? 3 : 4;
}

// Dynamic shared memory: barriers, flags and regions for results first, so that their places do not
// depend on the number of stages; then the stages, each 1024-byte aligned: B, and A if staged.
HEDDLE_HD constexpr int hopper_b_bytes(const HopperShape& s) { return s.tokens * kHopperUnitBytes; }
// A of a unit: values and metadata of 64 rows x 128 dense bytes, in the type's device order.
HEDDLE_HD constexpr int hopper_a_bytes(const HopperShape& s, int elem_bytes) {
  if (!s.staged) return 0;
  const int metadata = elem_bytes == 1 ? 1024 : 512;
  return s.groups * s.row_blocks * (4096 + metadata);
}
HEDDLE_HD constexpr int hopper_stage_bytes(const HopperShape& s, int elem_bytes) {
  return (hopper_b_bytes(s) + hopper_a_bytes(s, elem_bytes) + 1023) / 1024 * 1024;
}
HEDDLE_HD constexpr int hopper_out_tokens(const HopperShape& s) {  // that a region holds
  return s.tokens < 32 ? s.tokens : 32;
}
HEDDLE_HD constexpr int hopper_region_bytes(const HopperShape& s) {  // of a warp
  return hopper_out_tokens(s) * layout::kRowTile * 4;
}
inline constexpr int kHopperBarrierBytes = 2 * 8 * kHopperMaxStages;  // full, then empty
inline constexpr int kHopperFlagBytes = 64;
HEDDLE_HD constexpr int hopper_front_bytes(const HopperShape& s) {
  const int used = kHopperBarrierBytes + kHopperFlagBytes + 4 * s.groups * hopper_region_bytes(s);
  return (used + 1023) / 1024 * 1024;
}
HEDDLE_HD constexpr int hopper_shared_bytes(const HopperShape& s, int stages, int elem_bytes) {
  return hopper_front_bytes(s) + stages * hopper_stage_bytes(s, elem_bytes);
}

}  // namespace heddle
