#pragma once
// Fences. PTX ISA, "membar, fence". In the testbed the one of the block does nothing.

#include "kernels/arch/target.cuh"

#if defined(HEDDLE_SIMT)
#include "test/simt/device.hpp"
#endif

namespace heddle::arch {

// What this thread saw and did before is seen by whoever sees its atomics after it, and then passes
// such a fence, anywhere on the device.
__device__ __forceinline__ void fence_acq_rel_gpu() {
#if defined(HEDDLE_SIMT)
  simt::fence_gpu();
#else
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
#if defined(HEDDLE_SIMT)
  simt::fence_mbarrier_init();
#else
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
#endif
}

// Shared memory that this thread wrote before is seen by bulk copies and wgmma of whom a barrier
// orders after it.
template <int Target = kTarget>
__device__ __forceinline__ void fence_proxy_async() {
  static_assert(kSm90<Target>, "fence.proxy.async needs sm_90 or newer");
#if defined(HEDDLE_SIMT)
  simt::fence_proxy_async();
#else
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
#endif
}

}  // namespace heddle::arch
