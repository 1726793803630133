#pragma once
// The warpgroup kernel: docs/kernels/hopper.md.
//
//     warpgroup 0 .. kGroups - 1   multiply: A  global -> registers;  B  shared memory
//     warpgroup kGroups            one thread of it fetches B, for the whole cluster
//     D                            accumulators -> shared memory -> global, or a slot

#include "kernels/arch/dependent.cuh"
#include "kernels/arch/fence.cuh"
#include "kernels/arch/registers.cuh"
#include "kernels/arch/target.cuh"
#include "kernels/arch/warp.cuh"
#include "kernels/hopper/consume.cuh"
#include "kernels/hopper/produce.cuh"

namespace heddle {

// Registers of a lane, by role. Together they are what the launch has: 3 x 168 of three warpgroups,
// 4 x 128 of four.
HEDDLE_HD constexpr int hopper_producer_registers(int groups) { return groups == 2 ? 40 : 32; }
HEDDLE_HD constexpr int hopper_consumer_registers(int groups) { return groups == 2 ? 232 : 160; }

template <Multiply kMultiply, int kGroups, int kRowBlocks, int kTokens, bool kNMajor, bool kStaged>
__device__ __forceinline__ void hopper_block(const HopperArgs& args) {
  constexpr int kElem = kMultiplyBytes<kMultiply>;
  using Shared = HopperShared<kElem, kGroups, kRowBlocks, kTokens, kStaged>;
  if (threadIdx.x == 0) {
    arch::prefetch_tensormap(&args.b);
#pragma unroll 1
    for (int i = 0; i < args.stages; ++i) {
      arch::mbarrier_init(Shared::full(i), 1);
      arch::mbarrier_init(Shared::empty(i), 4 * kGroups * args.cluster);
    }
    arch::fence_mbarrier_init();
  }
  hopper_cluster_sync(args.cluster);
  if (group_number() == kGroups) {
    arch::setmaxnreg_dec<hopper_producer_registers(kGroups)>();
    if (threadIdx.x / 32 % 4 == 0 && arch::elect_sync()) {
      arch::griddepcontrol_wait();
      HopperProducer<kElem, kGroups, kRowBlocks, kTokens, kNMajor, kStaged>(args).run();
    }
  } else {
    arch::setmaxnreg_inc<hopper_consumer_registers(kGroups)>();
    HopperConsumer<kMultiply, kGroups, kRowBlocks, kTokens, kNMajor, kStaged>(args).run();
  }
  // Peers may still write here, and arrive at the barriers.
  if (args.cluster > 1) {
    __syncwarp();
    hopper_cluster_sync(args.cluster);
  }
}

template <Multiply kMultiply, int kGroups, int kRowBlocks, int kTokens, bool kNMajor, bool kStaged>
__global__ void __launch_bounds__(128 * (kGroups + 1), 1)
    hopper(const __grid_constant__ HopperArgs args) {
  if constexpr (arch::kHasWgmma)
    hopper_block<kMultiply, kGroups, kRowBlocks, kTokens, kNMajor, kStaged>(args);
}

}  // namespace heddle
