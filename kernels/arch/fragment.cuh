#pragma once
// What one lane holds of a warp's operand. Which element lies where: docs/arch.md.

#include <cstdint>

namespace heddle::arch {

// Compressed A, 16 rows: 2 registers of the short instructions, 4 of the long ones. Four are one
// 16-byte load.
template <int Regs>
struct alignas(4 * Regs) FragmentA {
  std::uint32_t r[Regs];
};

template <int Regs>
struct alignas(4 * Regs) FragmentB {  // K x 8
  std::uint32_t r[Regs];
};

template <typename T>
struct alignas(16) FragmentC {  // 16 x 8, float or std::int32_t
  T r[4];
};

// Registers j: matrix j of 8 x 8 16-bit elements.
template <int Count>
struct alignas(4 * Count) Matrices {
  std::uint32_t r[Count];
};

}  // namespace heddle::arch
