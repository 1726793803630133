#pragma once
// Between the bits of an element and f32.

#include <cstdint>

#include "kernels/arch/convert.cuh"
#include "kernels/number.hpp"

namespace heddle {

// The value of the low bits of `bits`. Exact; a NaN is some NaN.
template <Number kType>
__device__ __forceinline__ float value_of(std::uint32_t bits) {
  if constexpr (kType == Number::f32) return __uint_as_float(bits);
  if constexpr (kType == Number::f16) return arch::cvt_f32_f16(static_cast<std::uint16_t>(bits));
  if constexpr (kType == Number::bf16) return __uint_as_float(bits << 16);
  if constexpr (kType == Number::i8) return static_cast<float>(static_cast<std::int8_t>(bits));
  if constexpr (kType == Number::e5m2)  // the upper half of an f16
    return arch::cvt_f32_f16(static_cast<std::uint16_t>(bits << 8));
  // e4m3: the magnitude as the top bits of an f32 is the value times 2^-120, subnormals included.
  const std::uint32_t magnitude = bits & 0x7F;
  const float scaled = __uint_as_float((bits & 0x80) << 24 | magnitude << 20) * 0x1p120f;
  return magnitude == 0x7F ? __uint_as_float(0x7FC00000u) : scaled;
}

// The bits of `x`, of a NaN always these: arithmetic units disagree on sign and fraction of those
// that they make. The choice is between integers, so that no compiler can reason about NaNs.
__device__ __forceinline__ std::uint32_t one_nan_bits(float x) {
  return x == x ? __float_as_uint(x) : 0x7FC00000u;
}
__device__ __forceinline__ std::uint64_t one_nan_bits(double x) {
  std::uint64_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return x == x ? bits : 0x7FF8000000000000u;
}

}  // namespace heddle
