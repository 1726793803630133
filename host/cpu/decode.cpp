#include "host/cpu/decode.hpp"

#include <array>
#include <bit>
#include <cstring>

#include "heddle/numeric.hpp"

namespace heddle::cpu {
namespace {

using Table = std::array<float, 256>;

template <class F>
Table make_table(F decode) {
  Table table;
  for (unsigned code = 0; code < 256; ++code) table[code] = decode(static_cast<std::uint8_t>(code));
  return table;
}

const Table& table_of(DataType type) {
  static const Table e4m3 = make_table(f8e4m3_to_float);
  static const Table e5m2 = make_table(f8e5m2_to_float);
  static const Table i8 = make_table(
      [](std::uint8_t code) { return static_cast<float>(static_cast<std::int8_t>(code)); });
  return type == DataType::f8e4m3 ? e4m3 : type == DataType::f8e5m2 ? e5m2 : i8;
}

// f16 without branches: shift the fields into place and let a multiplication fix the exponent,
// which is exact for subnormals too. Infinity and NaN come out as large values and get all exponent bits.
float f16_value(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
  const std::uint32_t fields = static_cast<std::uint32_t>(half & 0x7FFFu) << 13;
  const float scaled = std::bit_cast<float>(fields) * 0x1.0p112f;
  const std::uint32_t special = fields >= 0x0F800000u ? 0x7F800000u : 0u;
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(scaled) | special);
}

template <class T, class F>
void convert(const void* x, std::int64_t n, float* out, F decode) {
  const auto* bytes = static_cast<const unsigned char*>(x);
  for (std::int64_t i = 0; i < n; ++i) {
    T code;
    std::memcpy(&code, bytes + i * std::int64_t{sizeof(T)}, sizeof(T));
    out[i] = decode(code);
  }
}

}  // namespace

void decode_row(DataType type, const void* x, std::int64_t n, float* out) {
  switch (type) {
    case DataType::f32: std::memcpy(out, x, static_cast<std::size_t>(n) * sizeof(float)); return;
    case DataType::f16: return convert<std::uint16_t>(x, n, out, f16_value);
    case DataType::bf16: return convert<std::uint16_t>(x, n, out, bf16_to_float);
    case DataType::i32:
      return convert<std::int32_t>(x, n, out, [](std::int32_t v) { return static_cast<float>(v); });
    case DataType::f8e4m3:
    case DataType::f8e5m2:
    case DataType::i8: break;
  }
  const Table& table = table_of(type);
  convert<std::uint8_t>(x, n, out, [&](std::uint8_t code) { return table[code]; });
}

}  // namespace heddle::cpu
