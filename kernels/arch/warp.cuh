#pragma once
// Shuffles and votes of the lanes in `mask`, one instruction each; a value is 32 bits. PTX ISA,
// "shfl.sync", "vote.sync" and "elect.sync". They order no memory: that is __syncwarp.

#include <cstdint>

#include "kernels/arch/target.cuh"

#if defined(HEDDLE_SIMT)
#include "test/simt/models/collective.hpp"
#endif

namespace heddle::arch {

inline constexpr std::uint32_t kWholeWarp = 0xFFFFFFFFu;

// The value of lane `from`.
template <typename T>
__device__ __forceinline__ T shfl_idx(T value, int from, std::uint32_t mask = kWholeWarp) {
  static_assert(sizeof(T) == 4, "a shuffle moves 32 bits");
#if defined(HEDDLE_SIMT)
  return __shfl_sync(mask, value, from, 32, simt::models::call_site());
#else
  return __shfl_sync(mask, value, from);
#endif
}

// The value of the lane `distance` below; its own where there is none.
template <typename T>
__device__ __forceinline__ T shfl_up(T value, unsigned distance, std::uint32_t mask = kWholeWarp) {
  static_assert(sizeof(T) == 4, "a shuffle moves 32 bits");
#if defined(HEDDLE_SIMT)
  return __shfl_up_sync(mask, value, distance, 32, simt::models::call_site());
#else
  return __shfl_up_sync(mask, value, distance);
#endif
}

// The value of the lane `distance` above; its own where there is none.
template <typename T>
__device__ __forceinline__ T shfl_down(T value, unsigned distance,
                                       std::uint32_t mask = kWholeWarp) {
  static_assert(sizeof(T) == 4, "a shuffle moves 32 bits");
#if defined(HEDDLE_SIMT)
  return __shfl_down_sync(mask, value, distance, 32, simt::models::call_site());
#else
  return __shfl_down_sync(mask, value, distance);
#endif
}

// The value of lane `lane ^ bits`.
template <typename T>
__device__ __forceinline__ T shfl_bfly(T value, int bits, std::uint32_t mask = kWholeWarp) {
  static_assert(sizeof(T) == 4, "a shuffle moves 32 bits");
#if defined(HEDDLE_SIMT)
  return __shfl_xor_sync(mask, value, bits, 32, simt::models::call_site());
#else
  return __shfl_xor_sync(mask, value, bits);
#endif
}

// Bit i: the predicate of lane i; 0 outside the mask.
__device__ __forceinline__ std::uint32_t vote_ballot(bool predicate,
                                                     std::uint32_t mask = kWholeWarp) {
#if defined(HEDDLE_SIMT)
  return __ballot_sync(mask, predicate, simt::models::call_site());
#else
  return __ballot_sync(mask, predicate);
#endif
}

// Whether a lane of the mask says yes.
__device__ __forceinline__ bool vote_any(bool predicate, std::uint32_t mask = kWholeWarp) {
#if defined(HEDDLE_SIMT)
  return __any_sync(mask, predicate, simt::models::call_site()) != 0;
#else
  return __any_sync(mask, predicate) != 0;
#endif
}

// Whether every lane of the mask says yes.
__device__ __forceinline__ bool vote_all(bool predicate, std::uint32_t mask = kWholeWarp) {
#if defined(HEDDLE_SIMT)
  return __all_sync(mask, predicate, simt::models::call_site()) != 0;
#else
  return __all_sync(mask, predicate) != 0;
#endif
}

// Whether this is the lane that the hardware chose, one of the whole warp and always the same.
template <int Target = kTarget>
__device__ __forceinline__ bool elect_sync() {
  static_assert(kSm90<Target>, "elect.sync needs sm_90 or newer");
#if defined(HEDDLE_SIMT)
  return simt::elect(simt::models::call_site());
#else
  std::uint32_t elected;
  asm volatile(
      "{\n"
      ".reg .pred p;\n"
      "elect.sync _|p, %1;\n"
      "selp.u32 %0, 1, 0, p;\n"
      "}"
      : "=r"(elected)
      : "r"(kWholeWarp)
      : "memory");
  return elected != 0;
#endif
}

}  // namespace heddle::arch
