#pragma once
// Barriers of some warps of a block. PTX ISA, "bar, barrier". Barrier 0 is __syncthreads'.

#include <cstdint>

#if defined(HEDDLE_SIMT)
#include "test/simt/models/collective.hpp"
#endif

namespace heddle::arch {

// Waits until `threads` of the block, a multiple of 32, came to barrier Id. Whole warps call it.
template <int Id>
__device__ __forceinline__ void bar_sync(std::uint32_t threads) {
  static_assert(Id >= 0 && Id < 16, "a block has barriers 0 to 15");
#if defined(HEDDLE_SIMT)
  simt::barrier_sync(Id, threads, simt::models::call_site());
#else
  asm volatile("bar.sync %0, %1;" ::"n"(Id), "r"(threads) : "memory");
#endif
}

// Counts as having come, and goes on.
template <int Id>
__device__ __forceinline__ void bar_arrive(std::uint32_t threads) {
  static_assert(Id >= 0 && Id < 16, "a block has barriers 0 to 15");
#if defined(HEDDLE_SIMT)
  simt::barrier_arrive(Id, threads, simt::models::call_site());
#else
  asm volatile("bar.arrive %0, %1;" ::"n"(Id), "r"(threads) : "memory");
#endif
}

}  // namespace heddle::arch
