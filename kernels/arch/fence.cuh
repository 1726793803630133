#pragma once
// Fences. PTX ISA, "membar, fence". The testbed has no weak memory model: there they do nothing.

#include "kernels/arch/target.cuh"

namespace heddle::arch {

// What this thread did before is seen by whoever sees what it does after, anywhere on the device.
__device__ __forceinline__ void fence_acq_rel_gpu() {
#if !defined(HEDDLE_SIMT)
  asm volatile("fence.acq_rel.gpu;" ::: "memory");
#endif
}

// The same inside the block.
__device__ __forceinline__ void fence_acq_rel_cta() {
#if !defined(HEDDLE_SIMT)
  asm volatile("fence.acq_rel.cta;" ::: "memory");
#endif
}

// Makes mbarrier_init visible to the asynchronous proxy and the cluster.
template <int Target = kTarget>
__device__ __forceinline__ void fence_mbarrier_init() {
  static_assert(kSm90<Target>, "fence.mbarrier_init needs sm_90 or newer");
#if !defined(HEDDLE_SIMT)
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
#endif
}

// Between ordinary accesses to shared memory and those of bulk copies and wgmma.
template <int Target = kTarget>
__device__ __forceinline__ void fence_proxy_async() {
  static_assert(kSm90<Target>, "fence.proxy.async needs sm_90 or newer");
#if !defined(HEDDLE_SIMT)
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
#endif
}

}  // namespace heddle::arch
