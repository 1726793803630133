#include "test/simt/models/numbers.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace heddle::simt::models {
namespace {

// A binary format with a sign, `exponent` and `mantissa` bits, and a bias of half the range.
struct Format {
  int exponent, mantissa;
  bool infinities;  // else all ones is NaN, the other codes of the last exponent are numbers
};

double power_of_two(int exponent) {  // -1022 .. 1023
  return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52);
}

double decode_float(Format f, std::uint32_t bits) {
  const std::uint32_t fraction = bits & ((1u << f.mantissa) - 1);
  const std::uint32_t top = (1u << f.exponent) - 1;
  const std::uint32_t exponent = bits >> f.mantissa & top;
  const double sign = bits >> (f.exponent + f.mantissa) & 1 ? -1.0 : 1.0;
  const int bias = static_cast<int>(top >> 1);
  if (exponent == top) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    if (f.infinities) return fraction ? nan : sign * std::numeric_limits<double>::infinity();
    if (fraction == (1u << f.mantissa) - 1) return nan;
  }
  const int power = (exponent ? static_cast<int>(exponent) : 1) - bias - f.mantissa;
  const std::uint32_t whole = exponent ? fraction | 1u << f.mantissa : fraction;
  return sign * whole * power_of_two(power);
}

}  // namespace

double decode(Element type, std::uint32_t bits) {
  switch (type) {
    case Element::f16: return decode_float({5, 10, true}, bits & 0xFFFF);
    case Element::bf16: return decode_float({8, 7, true}, bits & 0xFFFF);
    case Element::tf32: return decode_float({8, 10, true}, bits >> 13);  // the rest is not there
    case Element::s8: return static_cast<std::int8_t>(bits & 0xFF);
    case Element::e4m3: return decode_float({4, 3, false}, bits & 0xFF);
    case Element::e5m2: return decode_float({5, 2, true}, bits & 0xFF);
  }
  return 0;
}

std::uint32_t round_to_f32(double value) {
  if (std::isnan(value)) return 0x7FFFFFFF;
  return std::bit_cast<std::uint32_t>(static_cast<float>(value));
}

std::uint32_t round_to_16_bits(Element type, double value) {
  const int mantissa = type == Element::f16 ? 10 : 7;
  const int bias = type == Element::f16 ? 15 : 127;
  const std::uint32_t infinity = type == Element::f16 ? 0x7C00 : 0x7F80;
  const std::uint32_t sign = std::signbit(value) ? 0x8000 : 0;
  const double size = std::fabs(value);
  if (std::isnan(value)) return 0x7FFF;
  if (std::isinf(value)) return sign | infinity;
  if (size == 0) return sign;
  const int exponent = std::max(std::ilogb(size), 1 - bias);  // subnormals share the smallest
  // In units of the last place. A carry out of the mantissa raises the exponent, as it should.
  const double units = std::nearbyint(std::ldexp(size, mantissa - exponent));
  const std::uint32_t from = static_cast<std::uint32_t>(exponent + bias - 1) << mantissa;
  return sign | std::min(from + static_cast<std::uint32_t>(units), infinity);
}

double decode_f32(std::uint32_t bits) { return std::bit_cast<float>(bits); }

}  // namespace heddle::simt::models
