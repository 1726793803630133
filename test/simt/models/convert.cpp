#include "test/simt/models/convert.hpp"

#include <bit>
#include <cmath>

#include "test/simt/models/numbers.hpp"

namespace heddle::simt::models {
namespace {

std::uint32_t pair(Element type, double low, double high) {
  return round_to_16_bits(type, low) | round_to_16_bits(type, high) << 16;
}

std::uint32_t widen(Element type, std::uint32_t two) {
  return pair(Element::f16, decode(type, two), decode(type, two >> 8));
}

std::int64_t nearest(double value, double low, double high) {
  if (std::isnan(value)) return 0;
  if (value <= low) return static_cast<std::int64_t>(low);
  if (value >= high) return static_cast<std::int64_t>(high);
  const double below = std::floor(value), above = below + 1;
  if (value - below != above - value) {
    return static_cast<std::int64_t>(value - below < above - value ? below : above);
  }
  return static_cast<std::int64_t>(std::fmod(below, 2) == 0 ? below : above);
}

}  // namespace

std::uint32_t f16x2_of(float low, float high) { return pair(Element::f16, low, high); }
std::uint32_t bf16x2_of(float low, float high) { return pair(Element::bf16, low, high); }
std::uint32_t f16x2_of_e4m3x2(std::uint16_t pair) { return widen(Element::e4m3, pair); }
std::uint32_t f16x2_of_e5m2x2(std::uint16_t pair) { return widen(Element::e5m2, pair); }

float f32_of_f16(std::uint16_t bits) {
  return std::bit_cast<float>(round_to_f32(decode(Element::f16, bits)));
}

int s8_of(float value) { return static_cast<int>(nearest(value, -128, 127)); }
int s32_of(float value) { return static_cast<int>(nearest(value, INT32_MIN, INT32_MAX)); }

}  // namespace heddle::simt::models
