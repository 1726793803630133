#pragma once
// D = activation(alpha * scale_m * scale_n * (A * B) + beta * C + bias) by warpgroups: sparse A in
// device order straight into registers, B by tensor copies. sm_90a alone.

#include <cstddef>
#include <cstdint>

#include "kernels/arch/tensor_map.hpp"
#include "kernels/hopper/shape.hpp"
#include "kernels/kernel.hpp"
#include "kernels/matmul/matmul.hpp"
#include "kernels/matmul/schedule.hpp"

namespace heddle {

struct HopperArgs {
  // B [k, n] of every product of the batch, 128-byte swizzle. Dimensions k, n, batch with a box of
  // 128 bytes of k x tokens / cluster x 1; n_major: n, k, batch and 64 tokens x 64 / cluster rows x 1.
  TensorMap b;
  MatmulWeights a;  // 16-byte aligned
  MatmulOutput out;
  Schedule schedule;  // its tiles are those of a cluster, its blocks clusters, its steps units
  Raster raster;
  std::uint32_t* counters;  // [split_tiles][cluster][groups], zero between runs
  std::byte* slots;         // of hopper_slot_bytes(shape) each
  int stages;
  int cluster;
  bool batched;  // the products have a B each, else they share the one there is
};

// Sums of an output tile of the cluster, 4 bytes each.
HEDDLE_HD constexpr std::int64_t hopper_slot_bytes(const HopperShape& s) {
  return std::int64_t{s.rows()} * s.tokens * 4;
}
HEDDLE_HD constexpr std::int64_t hopper_workspace_bytes(const Schedule& schedule,
                                                        const HopperShape& s) {
  if (schedule.split_blocks == 0) return 0;
  return kCounterBytes + schedule.slots() * hopper_slot_bytes(s);
}
// As many as there are counters for.
HEDDLE_HD constexpr std::int64_t hopper_max_split_tiles(const HopperShape& s) {
  return kMaxSplitTiles / (s.cluster * s.groups);
}

// What is compiled. n_major: B is of a 16-bit type and order row. Up to 64 tokens only 8-bit floats,
// which mma.sp does not have on sm_90; staging for comparison, in the widest shape.
constexpr bool hopper_exists(Multiply multiply, const HopperShape& s, bool n_major) {
  bool listed = false;
  for (const HopperShape& l : kHopperShapeList)
    listed |= l.groups == s.groups && l.row_blocks == s.row_blocks && l.tokens == s.tokens;
  const bool fp8 = multiply >= Multiply::e4m3_e4m3 && multiply <= Multiply::e5m2_e5m2;
  if (!listed || multiply == Multiply::widened) return false;
  if (n_major && multiply != Multiply::f16 && multiply != Multiply::bf16) return false;
  if (s.tokens < 128 && !fp8) return false;
  if (s.staged && (s.tokens != 256 || n_major || multiply == Multiply::tf32)) return false;
  // A slice of B is whole groups of eight tokens.
  return s.cluster >= 1 && s.cluster <= kHopperMaxCluster && (s.cluster & (s.cluster - 1)) == 0 &&
         s.tokens % (8 * s.cluster) == 0;
}

// The instance; its entry is null where hopper_exists says no.
Kernel hopper_kernel(Multiply multiply, const HopperShape& shape, bool n_major);

}  // namespace heddle
