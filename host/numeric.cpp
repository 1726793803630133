#include "heddle/numeric.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace heddle {
namespace {

// A binary float with `kMantissa` fraction bits and exponent bias `kBias`, sign bit aside.
template <int kMantissa, int kBias>
struct SmallFloat {
  static constexpr int kShift = 23 - kMantissa;
  static constexpr std::uint32_t kRebias = static_cast<std::uint32_t>(127 - kBias) << 23;
  static constexpr std::uint32_t kMinNormal = static_cast<std::uint32_t>(128 - kBias) << 23;
  // Adding this power of two leaves a subnormal's code in the low bits, correctly rounded.
  static constexpr std::uint32_t kMagic = static_cast<std::uint32_t>(128 - kBias + kShift) << 23;

  // |value| as float bits -> code; overflow runs on past the largest exponent.
  static std::uint32_t encode(std::uint32_t magnitude) {
    if (magnitude < kMinNormal) {
      const float sum = std::bit_cast<float>(magnitude) + std::bit_cast<float>(kMagic);
      return std::bit_cast<std::uint32_t>(sum) - kMagic;
    }
    const std::uint32_t odd = magnitude >> kShift & 1u;
    return (magnitude - kRebias + (1u << (kShift - 1)) - 1u + odd) >> kShift;
  }

  // Finite code -> |value|.
  static float decode(std::uint32_t code) {
    if (code >> kMantissa) return std::bit_cast<float>((code << kShift) + kRebias);
    return static_cast<float>(code) * std::bit_cast<float>(kMinNormal - (kMantissa << 23));
  }
};

using F16 = SmallFloat<10, 15>;
using E4m3 = SmallFloat<3, 7>;
using E5m2 = SmallFloat<2, 15>;

constexpr std::uint32_t kInf = 0x7F800000u;

std::uint32_t magnitude_of(float value) {
  return std::bit_cast<std::uint32_t>(value) & 0x7FFFFFFFu;
}

float with_sign(float magnitude, bool negative) { return negative ? -magnitude : magnitude; }

template <class T>
T load(const void* data, std::int64_t index) {
  T value;
  std::memcpy(&value, static_cast<const char*>(data) + index * std::int64_t{sizeof(T)}, sizeof(T));
  return value;
}

template <class T>
void store(void* data, std::int64_t index, T value) {
  std::memcpy(static_cast<char*>(data) + index * std::int64_t{sizeof(T)}, &value, sizeof(T));
}

template <class T>
T saturate(float value) {
  if (std::isnan(value)) return 0;
  // The largest i32 is no float: compare against the power of two above it.
  const float low = static_cast<float>(std::numeric_limits<T>::min());
  if (value >= -low) return std::numeric_limits<T>::max();
  if (value <= low) return std::numeric_limits<T>::min();
  const float rounded = std::nearbyint(value);
  return rounded >= -low ? std::numeric_limits<T>::max() : static_cast<T>(rounded);
}

}  // namespace

float f16_to_float(std::uint16_t bits) noexcept {
  const std::uint32_t code = bits & 0x7FFFu;
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16;
  if (code >= 0x7C00u) return std::bit_cast<float>(sign | kInf | (code & 0x3FFu) << 13);
  return with_sign(F16::decode(code), sign != 0);
}

float bf16_to_float(std::uint16_t bits) noexcept {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

float f8e4m3_to_float(std::uint8_t bits) noexcept {
  const std::uint32_t code = bits & 0x7Fu;
  if (code == 0x7Fu) return with_sign(std::numeric_limits<float>::quiet_NaN(), bits & 0x80u);
  return with_sign(E4m3::decode(code), bits & 0x80u);
}

float f8e5m2_to_float(std::uint8_t bits) noexcept {
  return f16_to_float(static_cast<std::uint16_t>(bits << 8));  // E5M2 is the upper half of an f16
}

std::uint16_t float_to_f16(float value) noexcept {
  const std::uint32_t magnitude = magnitude_of(value);
  const std::uint32_t sign = std::bit_cast<std::uint32_t>(value) >> 16 & 0x8000u;
  std::uint32_t code;
  if (magnitude > kInf)
    code = 0x7E00u | (magnitude >> 13 & 0x3FFu);
  else if (magnitude == kInf)
    code = 0x7C00u;
  else if (code = F16::encode(magnitude); code > 0x7C00u)
    code = 0x7C00u;
  return static_cast<std::uint16_t>(sign | code);
}

std::uint16_t float_to_bf16(float value) noexcept {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  if (magnitude_of(value) > kInf) return static_cast<std::uint16_t>(bits >> 16 | 0x40u);
  return static_cast<std::uint16_t>((bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16);
}

std::uint8_t float_to_f8e4m3(float value) noexcept {
  const std::uint32_t magnitude = magnitude_of(value);
  const std::uint32_t sign = std::bit_cast<std::uint32_t>(value) >> 24 & 0x80u;
  std::uint32_t code = 0x7Fu;
  if (magnitude <= kInf) {
    code = E4m3::encode(magnitude);
    if (code > 0x7Eu) code = 0x7Eu;
  }
  return static_cast<std::uint8_t>(sign | code);
}

std::uint8_t float_to_f8e5m2(float value) noexcept {
  const std::uint32_t magnitude = magnitude_of(value);
  const std::uint32_t sign = std::bit_cast<std::uint32_t>(value) >> 24 & 0x80u;
  std::uint32_t code = 0x7Eu;
  if (magnitude == kInf)
    code = 0x7Cu;
  else if (magnitude < kInf && (code = E5m2::encode(magnitude)) > 0x7Bu)
    code = 0x7Bu;
  return static_cast<std::uint8_t>(sign | code);
}

float load_as_float(const void* data, std::int64_t index, DataType type) noexcept {
  switch (type) {
    case DataType::f32: return load<float>(data, index);
    case DataType::f16: return f16_to_float(load<std::uint16_t>(data, index));
    case DataType::bf16: return bf16_to_float(load<std::uint16_t>(data, index));
    case DataType::f8e4m3: return f8e4m3_to_float(load<std::uint8_t>(data, index));
    case DataType::f8e5m2: return f8e5m2_to_float(load<std::uint8_t>(data, index));
    case DataType::i8: return static_cast<float>(load<std::int8_t>(data, index));
    case DataType::i32: return static_cast<float>(load<std::int32_t>(data, index));
  }
  return std::numeric_limits<float>::quiet_NaN();
}

void store_from_float(void* data, std::int64_t index, DataType type, float value) noexcept {
  switch (type) {
    case DataType::f32: return store(data, index, value);
    case DataType::f16: return store(data, index, float_to_f16(value));
    case DataType::bf16: return store(data, index, float_to_bf16(value));
    case DataType::f8e4m3: return store(data, index, float_to_f8e4m3(value));
    case DataType::f8e5m2: return store(data, index, float_to_f8e5m2(value));
    case DataType::i8: return store(data, index, saturate<std::int8_t>(value));
    case DataType::i32: return store(data, index, saturate<std::int32_t>(value));
  }
}

}  // namespace heddle
