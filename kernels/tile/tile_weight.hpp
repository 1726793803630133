#pragma once
// The weight of an entry as the bits of a non-negative float: |x| or max(x, 0). Every type but i32
// fits, so weights of all types are compared and summed by one rule. As integers they sort in rank
// order: NaN (one code) above infinity above finite.

#include <bit>
#include <cstdint>

#include "heddle/mask.hpp"
#include "heddle/types.hpp"
#include "kernels/layout/host_device.hpp"

namespace heddle::tile {

inline constexpr std::uint32_t kInfinity = 0x7F800000u;
inline constexpr std::uint32_t kNan = 0x7FC00000u;  // the only NaN of a weight

// A binary format: sign, exponent, `mantissa` bits.
struct FloatFormat {
  int bits, mantissa, bias;
  std::uint32_t nan;  // magnitudes from here on are NaN
  bool has_infinity;
};

HEDDLE_HD constexpr FloatFormat float_format(DataType type) {
  switch (type) {
    case DataType::f16: return {16, 10, 15, 0x7C01, true};
    case DataType::bf16: return {16, 7, 127, 0x7F81, true};
    case DataType::f8e4m3: return {8, 3, 7, 0x7F, false};
    case DataType::f8e5m2: return {8, 2, 15, 0x7D, true};
    default: return {32, 23, 127, 0x7F800001u, true};
  }
}

// Bits of the float that is the integer `x`, 0 <= x < 2^24.
HEDDLE_HD constexpr std::uint32_t float_bits_of(std::uint32_t x) {
  if (x == 0) return 0;
  int top = 0;
  for (int step = 16; step > 0; step /= 2)
    if (x >> (top + step) != 0) top += step;
  return static_cast<std::uint32_t>(127 + top) << 23 | ((x << (23 - top)) & 0x7FFFFFu);
}

// The weight of an element given by its bits.
HEDDLE_HD constexpr std::uint32_t weight_bits(DataType type, Ranking ranking, std::uint32_t bits) {
  if (type == DataType::i8) {
    const bool negative = (bits & 0x80u) != 0;
    if (negative && ranking == Ranking::value) return 0;
    return float_bits_of(negative ? 0x100u - (bits & 0xFFu) : bits & 0x7Fu);
  }
  const FloatFormat f = float_format(type);
  const std::uint32_t sign = 1u << (f.bits - 1), magnitude = bits & (sign - 1);
  if (magnitude >= f.nan) return kNan;
  if (ranking == Ranking::value && (bits & sign) != 0) return 0;
  if (f.bits == 32) return magnitude;
  const std::uint32_t exponent = magnitude >> f.mantissa;
  if (exponent == 0 && f.bias != 127) {  // subnormal: mantissa * 2^(1 - bias - mantissa bits)
    const std::uint32_t whole = float_bits_of(magnitude);
    return whole == 0 ? 0 : whole - (static_cast<std::uint32_t>(f.bias + f.mantissa - 1) << 23);
  }
  if (f.has_infinity && magnitude == f.nan - 1) return kInfinity;
  return (magnitude << (23 - f.mantissa)) + (static_cast<std::uint32_t>(127 - f.bias) << 23);
}

// A finite weight is significand * 2^(shift - 149), significand < 2^24, 0 <= shift <= 253.
HEDDLE_HD constexpr std::uint32_t significand_of(std::uint32_t weight) {
  return (weight & 0x7FFFFFu) | (weight >> 23 != 0 ? 0x800000u : 0u);
}
HEDDLE_HD constexpr int shift_of(std::uint32_t weight) {
  const int exponent = static_cast<int>(weight >> 23);
  return exponent > 0 ? exponent - 1 : 0;
}
// 2^(149 + 24 + top) exceeds every finite weight up to `largest`; never below shift_of(largest).
HEDDLE_HD constexpr int top_of(std::uint32_t largest) { return shift_of(largest) + 24; }

// floor(weight / 2^(low - 149)) of a finite weight below 2^(low + 31 - 149).
HEDDLE_HD constexpr std::uint32_t quantised(std::uint32_t weight, int low) {
  const int left = shift_of(weight) - low;
  const std::uint32_t significand = significand_of(weight);
  if (left >= 0) return left < 32 ? significand << left : 0;
  return left > -32 ? significand >> -left : 0;
}
// What that floor drops is zero.
HEDDLE_HD constexpr bool quantises_exactly(std::uint32_t weight, int low) {
  const int right = low - shift_of(weight);
  if (right <= 0 || weight == 0) return true;
  return right < 24 && (significand_of(weight) & ((1u << right) - 1)) == 0;
}

}  // namespace heddle::tile
