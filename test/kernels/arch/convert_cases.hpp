// Inputs of the conversions: every 16-bit code, and floats where something happens.
#pragma once

#include <bit>
#include <cmath>
#include <random>
#include <vector>

#include "test/kernels/arch/cases.hpp"

namespace heddle::arch_test {

inline bool takes_floats(Conversion kind) {
  return kind != Conversion::f16_to_f32 && kind != Conversion::e4m3x2 && kind != Conversion::e5m2x2;
}

// A multiple of 64 values and one more, for the neighbour of the last.
inline std::vector<std::uint32_t> convert_inputs(Conversion kind) {
  std::vector<std::uint32_t> in;
  if (!takes_floats(kind)) {
    for (std::uint32_t code = 0; code < 0x10000; ++code) in.push_back(code);
    in.push_back(0);
    return in;
  }
  // Around every f16 and bf16: the code itself, half way to the next, and a bit to either side.
  const auto around = [&](std::uint32_t bits, std::uint32_t half_way) {
    for (const std::uint32_t off : {0u, half_way - 1, half_way, half_way + 1}) {
      in.push_back(bits + off);
    }
  };
  for (std::uint32_t code = 0; code < 0x10000; code += 5) around(code << 16, 0x8000);
  for (std::uint32_t exponent = 100; exponent < 145; ++exponent) {  // f16, subnormals and beyond
    for (std::uint32_t i = 0; i < 64; ++i) {
      const std::uint32_t mantissa = i * 0x20000 | (i & 1) << 13;
      around((i & 2) << 30 | exponent << 23 | mantissa, 0x1000);
    }
  }
  for (int i = -300; i <= 300; ++i) in.push_back(std::bit_cast<std::uint32_t>(0.5f * float(i)));
  for (const float x : {2147483520.0f, 2147483648.0f, -2147483648.0f, -2147483904.0f, 1e30f, -1e30f,
                        0x1p-24f, 0x1p-25f, 0x1.8p-25f, 65504.0f, 65519.0f, 65520.0f, -65520.0f}) {
    in.push_back(std::bit_cast<std::uint32_t>(x));
  }
  std::mt19937 random(1);
  do {
    in.push_back(static_cast<std::uint32_t>(random()));
  } while (in.size() % 64 != 1);
  return in;
}

}  // namespace heddle::arch_test
