#pragma once
// Conversions, one instruction each. PTX ISA, "cvt". A NaN becomes the canonical one of its type,
// 0x7FFF in 16 bits; of an integer 0.

#include <cstdint>

#include "kernels/arch/target.cuh"

#if defined(HEDDLE_SIMT)
#include "test/simt/models/convert.hpp"
#endif

namespace heddle::arch {

// Two floats, `low` in the low half; to nearest even, too large ones to infinity.
__device__ __forceinline__ std::uint32_t cvt_rn_f16x2_f32(float low, float high) {
#if defined(HEDDLE_SIMT)
  return simt::models::f16x2_of(low, high);
#else
  std::uint32_t pair;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
#endif
}

__device__ __forceinline__ std::uint32_t cvt_rn_bf16x2_f32(float low, float high) {
#if defined(HEDDLE_SIMT)
  return simt::models::bf16x2_of(low, high);
#else
  std::uint32_t pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
#endif
}

// Exact. A NaN is some NaN.
__device__ __forceinline__ float cvt_f32_f16(std::uint16_t bits) {
#if defined(HEDDLE_SIMT)
  return simt::models::f32_of_f16(bits);
#else
  float value;
  asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
  return value;
#endif
}

// To the nearest integer, ties to the even one, what lies outside to the nearer end: -128 .. 127.
__device__ __forceinline__ int cvt_rni_sat_s8_f32(float value) {
#if defined(HEDDLE_SIMT)
  return simt::models::s8_of(value);
#else
  int integer;  // s8, sign-extended to the register
  asm("cvt.rni.sat.s8.f32 %0, %1;" : "=r"(integer) : "f"(value));
  return integer;
#endif
}

// The same to 32 bits: clamped without being told.
__device__ __forceinline__ int cvt_rni_s32_f32(float value) {
#if defined(HEDDLE_SIMT)
  return simt::models::s32_of(value);
#else
  int integer;
  asm("cvt.rni.s32.f32 %0, %1;" : "=r"(integer) : "f"(value));
  return integer;
#endif
}

// Two 8-bit floats as f16, which has every value of both types; the low byte to the low half.
template <int Target = kTarget>
__device__ __forceinline__ std::uint32_t cvt_rn_f16x2_e4m3x2(std::uint16_t pair) {
  static_assert(kSm89<Target>, "cvt of 8-bit floats needs sm_89 or newer");
#if defined(HEDDLE_SIMT)
  return simt::models::f16x2_of_e4m3x2(pair);
#else
  std::uint32_t wide;
  asm("cvt.rn.f16x2.e4m3x2 %0, %1;" : "=r"(wide) : "h"(pair));
  return wide;
#endif
}

template <int Target = kTarget>
__device__ __forceinline__ std::uint32_t cvt_rn_f16x2_e5m2x2(std::uint16_t pair) {
  static_assert(kSm89<Target>, "cvt of 8-bit floats needs sm_89 or newer");
#if defined(HEDDLE_SIMT)
  return simt::models::f16x2_of_e5m2x2(pair);
#else
  std::uint32_t wide;
  asm("cvt.rn.f16x2.e5m2x2 %0, %1;" : "=r"(wide) : "h"(pair));
  return wide;
#endif
}

}  // namespace heddle::arch
