#pragma once
// What the tests of the device-order kernels share.

#include <cstdint>
#include <cstring>
#include <vector>

#include "test/kernels/pack/canonical_case.hpp"

namespace heddle::oracle {

// The patterns that device order holds of this type.
inline std::vector<Pattern> device_patterns(DataType type) {
  if (type == DataType::f32) return {{1, 2}};
  return {{2, 4}, {1, 2}, {1, 4}};
}

// Around a block of 64 x 64, a piece of 8 bytes, and several blocks; odd numbers of columns.
inline const std::vector<Shape>& device_shapes() {
  static const std::vector<Shape> all = {{1, 1},   {1, 2},    {2, 3},    {1, 9},
                                         {63, 63}, {64, 64},  {65, 65},  {8, 72},
                                         {17, 61}, {65, 130}, {128, 192}};
  return all;
}

// The CPU path's blob, whose payload must be the oracle's.
inline Bytes device_bytes(const Matrix& m, const Mask& mask, Pattern pattern) {
  const Blob want = packed(m, mask, pattern, PackedOrder::device);
  constexpr std::size_t kHeader = 128;
  EXPECT_EQ(Bytes(want.data() + kHeader, want.data() + want.size()),
            device_payload(m, mask, pattern));
  return bytes_of(want);
}

inline Matrix device_matrix(DataType type, std::int64_t rows, std::int64_t cols) {
  Random random(rows * 131 + cols);
  Matrix m(type, rows, cols);
  fill_codes(m, random);
  return m;
}

// Bits whose ranking is worth telling apart: both zeros, neighbours, the largest, infinities, and
// NaN on both ends of their range, with either sign.
inline std::vector<std::uint32_t> telling_values(DataType type) {
  switch (type) {
    case DataType::f32: return {0, 0x80000000u, 1, 0x7F800000u, 0xFF800001u, 0x7FFFFFFFu};
    case DataType::f16: return {0, 0x8000, 1, 0x7BFF, 0xFC00, 0x7C01, 0xFFFF};
    case DataType::bf16: return {0, 0x8000, 1, 0x7F7F, 0xFF80, 0x7F81, 0xFFFF};
    case DataType::f8e4m3: return {0, 0x80, 1, 0x81, 0x7E, 0xFE, 0x7F, 0xFF};
    case DataType::f8e5m2: return {0, 0x80, 1, 0x7B, 0xFC, 0x7D, 0xFF};
    default: return {0, 1, 0xFF, 0x7F, 0x80, 0x81, 0x7E};
  }
}

}  // namespace heddle::oracle
