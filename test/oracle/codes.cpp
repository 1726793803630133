#include "test/oracle/codes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace heddle::oracle {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::uint32_t code_mask(DataType type) {
  const int bits = bits_of(type);
  return bits == 32 ? 0xFFFFFFFFu : (1u << bits) - 1;
}

double decode_integer(DataType type, std::uint32_t bits) {
  const double modulus = std::ldexp(1.0, bits_of(type));
  const double value = static_cast<double>(bits & code_mask(type));
  return value >= modulus / 2 ? value - modulus : value;
}

std::uint32_t encode_integer(DataType type, double value) {
  if (std::isnan(value)) return 0;
  const double limit = std::ldexp(1.0, bits_of(type) - 1);
  const double below = std::floor(value);
  const double rest = value - below;
  double nearest = below;
  if (rest > 0.5 || (rest == 0.5 && std::fmod(below, 2.0) != 0.0)) nearest = below + 1;
  nearest = std::clamp(nearest, -limit, limit - 1);
  const std::int64_t whole = static_cast<std::int64_t>(nearest);
  return static_cast<std::uint32_t>(whole) & code_mask(type);
}

// Non-negative codes of an 8- or 16-bit float in ascending order of value (which is the order of
// the codes). Infinity stands in with the value the next exponent would have, so that "nearest"
// gives the IEEE overflow rule; saturating types have no entry for it.
const std::vector<double>& positive_values(DataType type) {
  static std::array<std::vector<double>, 8> tables;
  static const bool filled = [] {
    for (DataType t : {DataType::f16, DataType::bf16, DataType::f8e4m3, DataType::f8e5m2}) {
      std::vector<double>& table = tables[static_cast<std::size_t>(t)];
      const FloatFormat f = float_format(t);
      const std::uint32_t sign = 1u << (bits_of(t) - 1);
      for (std::uint32_t code = 0; code < sign; ++code) {
        const double value = decode(t, code);
        if (std::isnan(value)) break;
        if (!std::isinf(value))
          table.push_back(value);
        else if (t == DataType::f16 || t == DataType::bf16)
          table.push_back(std::ldexp(1.0, (1 << f.exponent_bits) - 1 - f.bias));
      }
    }
    return true;
  }();
  (void)filled;
  return tables[static_cast<std::size_t>(type)];
}

}  // namespace

FloatFormat float_format(DataType type) {
  switch (type) {
    case DataType::f32: return {8, 23, 127, true};
    case DataType::f16: return {5, 10, 15, true};
    case DataType::bf16: return {8, 7, 127, true};
    case DataType::f8e4m3: return {4, 3, 7, false};
    case DataType::f8e5m2: return {5, 2, 15, true};
    default: return {0, 0, 0, false};
  }
}

bool is_integer(DataType type) { return type == DataType::i8 || type == DataType::i32; }

int bits_of(DataType type) {
  if (type == DataType::f32 || type == DataType::i32) return 32;
  return type == DataType::f16 || type == DataType::bf16 ? 16 : 8;
}

double decode(DataType type, std::uint32_t bits) {
  if (is_integer(type)) return decode_integer(type, bits);
  const FloatFormat f = float_format(type);
  const std::uint32_t mantissa = bits & ((1u << f.mantissa_bits) - 1);
  const int exponent = static_cast<int>(bits >> f.mantissa_bits) & ((1 << f.exponent_bits) - 1);
  const double sign = (bits >> (bits_of(type) - 1) & 1u) != 0 ? -1.0 : 1.0;
  const int top = (1 << f.exponent_bits) - 1;
  if (exponent == top && f.has_infinity) return mantissa != 0 ? kNaN : sign * kInfinity;
  if (exponent == top && mantissa == (1u << f.mantissa_bits) - 1) return kNaN;  // E4M3
  const double fraction = std::ldexp(static_cast<double>(mantissa), -f.mantissa_bits);
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - f.bias);
  return sign * std::ldexp(1.0 + fraction, exponent - f.bias);
}

std::uint32_t encode(DataType type, double value) {
  if (is_integer(type)) return encode_integer(type, value);
  if (type == DataType::f32) {
    const float narrow = static_cast<float>(value);
    std::uint32_t bits = 0;
    std::memcpy(&bits, &narrow, sizeof bits);
    return bits;
  }
  if (std::isnan(value)) return nan_code(type);
  const std::uint32_t sign = std::signbit(value) ? 1u << (bits_of(type) - 1) : 0;
  const double size = std::fabs(value);
  if (std::isinf(size) && float_format(type).has_infinity) return sign | infinity_code(type);
  const std::vector<double>& table = positive_values(type);
  const auto above = std::lower_bound(table.begin(), table.end(), size);
  if (above == table.end()) return sign | static_cast<std::uint32_t>(table.size() - 1);
  const auto high = static_cast<std::uint32_t>(above - table.begin());
  if (*above == size || high == 0) return sign | high;
  const double up = *above - size, down = size - table[high - 1];
  if (up != down) return sign | (up < down ? high : high - 1);
  return sign | (high % 2 == 0 ? high : high - 1);
}

std::uint32_t nan_code(DataType type) {
  switch (type) {
    case DataType::f32: return 0x7FC00000u;
    case DataType::f16: return 0x7E00u;
    case DataType::bf16: return 0x7FC0u;
    case DataType::f8e4m3: return 0x7Fu;
    case DataType::f8e5m2: return 0x7Eu;
    case DataType::i8: return 0x81u;
    case DataType::i32: return 0x8BADF00Du;
  }
  return 0;
}

std::uint32_t infinity_code(DataType type) {
  const FloatFormat f = float_format(type);
  return ((1u << f.exponent_bits) - 1) << f.mantissa_bits;
}

std::uint32_t negate_code(DataType type, std::uint32_t bits) {
  if (is_integer(type)) return (~bits + 1) & code_mask(type);
  return bits ^ (1u << (bits_of(type) - 1));
}

double unit_roundoff(DataType type) {
  return is_integer(type) ? 0.0 : std::ldexp(1.0, -float_format(type).mantissa_bits - 1);
}

double smallest_subnormal(DataType type) {
  if (is_integer(type)) return 1.0;
  const FloatFormat f = float_format(type);
  return std::ldexp(1.0, 1 - f.bias - f.mantissa_bits);
}

std::uint32_t load_bits(const void* data, std::int64_t index, DataType type) {
  const std::int64_t bytes = bits_of(type) / 8;
  const unsigned char* at = static_cast<const unsigned char*>(data) + index * bytes;
  std::uint32_t bits = 0;
  for (std::int64_t i = 0; i < bytes; ++i) bits |= std::uint32_t{at[i]} << (8 * i);
  return bits;
}

void store_bits(void* data, std::int64_t index, DataType type, std::uint32_t bits) {
  const std::int64_t bytes = bits_of(type) / 8;
  unsigned char* at = static_cast<unsigned char*>(data) + index * bytes;
  for (std::int64_t i = 0; i < bytes; ++i) at[i] = static_cast<unsigned char>(bits >> (8 * i));
}

const std::vector<DataType>& matrix_types() {
  static const std::vector<DataType> types = {DataType::f32,    DataType::f16,    DataType::bf16,
                                              DataType::f8e4m3, DataType::f8e5m2, DataType::i8};
  return types;
}

const std::vector<DataType>& float_types() {
  static const std::vector<DataType> types = {DataType::f32, DataType::f16, DataType::bf16,
                                              DataType::f8e4m3, DataType::f8e5m2};
  return types;
}

std::string type_name(DataType type) {
  switch (type) {
    case DataType::f32: return "f32";
    case DataType::f16: return "f16";
    case DataType::bf16: return "bf16";
    case DataType::f8e4m3: return "f8e4m3";
    case DataType::f8e5m2: return "f8e5m2";
    case DataType::i8: return "i8";
    case DataType::i32: return "i32";
  }
  return "?";
}

}  // namespace heddle::oracle
