// main of every test program that uses the CPU kernels. HEDDLE_TEST_SIMD = portable, avx2 or avx512
// forbids instruction sets above it, so that one machine runs every copy of the kernels.

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "host/cpu/simd.hpp"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (const char* level = std::getenv("HEDDLE_TEST_SIMD")) {
    using heddle::cpu::SimdLevel;
    const std::string name = level;
    if (name == "portable") {
      heddle::cpu::limit_simd(SimdLevel::portable);
    } else if (name == "avx2") {
      heddle::cpu::limit_simd(SimdLevel::avx2);
    } else if (name != "avx512") {
      return 1;
    }
  }
  return RUN_ALL_TESTS();
}
