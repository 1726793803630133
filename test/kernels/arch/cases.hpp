// What the tests and the conformance program ask of the kernels beside this file.
#pragma once

#include <array>
#include <cstdint>

namespace heddle::arch_test {

// row_of[lane] is where its row begins in a tile of kTileBytes.
inline constexpr unsigned kTileBytes = 1024;
struct MatrixCase {
  int count;
  bool trans;
  std::array<std::uint32_t, 32> row_of;
};
using Registers = std::array<std::array<std::uint32_t, 4>, 32>;  // [lane][matrix]

struct CopyCase {
  int bytes;  // of each thread
  bool past_l1;
  std::uint32_t source_bytes;
};

// The pairs of wrappers for global memory.
enum class Path { no_allocate, read_only, read_only_policy, streaming, l2 };

// The conversions: one kernel each, 32 bits in, 32 bits out.
enum class Conversion { f16x2, bf16x2, f16_to_f32, s8, s32, e4m3x2, e5m2x2 };

inline constexpr int kBoxRows = 32;  // of 32 floats: a box of the kernels with tensor copies

inline constexpr unsigned kShuffleResults = 8 * 32;

}  // namespace heddle::arch_test
