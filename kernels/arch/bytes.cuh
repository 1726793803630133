#pragma once
// Byte permutation by a selector that may be computed. PTX ISA, "prmt", default mode: byte i of the
// result is byte s of {high, low} for nibble i of the selector, s its lower three bits; with bit 3
// set it is the sign of that byte in all eight bits. CUDA's __byte_perm clears bit 3, which costs an
// instruction where the compiler does not know the selector, and it cannot spread signs.

#include <cstdint>

namespace heddle::arch {

__device__ __forceinline__ std::uint32_t prmt(std::uint32_t low, std::uint32_t high,
                                              std::uint32_t selector) {
#if defined(HEDDLE_SIMT)
  const std::uint64_t bytes = std::uint64_t{high} << 32 | low;
  std::uint32_t out = 0;
  for (unsigned i = 0; i < 4; ++i) {
    const std::uint32_t s = selector >> 4 * i;
    std::uint32_t byte = static_cast<std::uint32_t>(bytes >> 8 * (s & 7u)) & 0xFFu;
    if ((s & 8u) != 0) byte = (byte & 0x80u) != 0 ? 0xFFu : 0u;
    out |= byte << 8 * i;
  }
  return out;
#else
  std::uint32_t out;
  asm("prmt.b32 %0, %1, %2, %3;" : "=r"(out) : "r"(low), "r"(high), "r"(selector));
  return out;
#endif
}

}  // namespace heddle::arch
