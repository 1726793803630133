// What the bits of a number mean, by the definition of each type, and the way back; exact in double.
// Shares no code with the library.
#pragma once

#include <cstdint>

namespace heddle::simt::models {

enum class Element : std::uint8_t { f16, bf16, tf32, s8, e4m3, e5m2 };

constexpr int bits_of(Element type) {
  switch (type) {
    case Element::f16:
    case Element::bf16: return 16;
    case Element::tf32: return 32;
    default: return 8;
  }
}

// bits: the element's own, in the low end.
double decode(Element type, std::uint32_t bits);

// One rounding, to nearest even. A NaN becomes 0x7FFFFFFF, as the hardware's.
std::uint32_t round_to_f32(double value);
// The same to f16 or bf16; a NaN becomes 0x7FFF.
std::uint32_t round_to_16_bits(Element type, double value);
double decode_f32(std::uint32_t bits);

}  // namespace heddle::simt::models
