// cvt between the types of the kernels, from the PTX ISA ("cvt"). Pure functions; the conformance
// program calls them too.
#pragma once

#include <cstdint>

namespace heddle::simt::models {

// Two values in 32 bits, low and high. To nearest even; a NaN becomes 0x7FFF.
std::uint32_t f16x2_of(float low, float high);
std::uint32_t bf16x2_of(float low, float high);
std::uint32_t f16x2_of_e4m3x2(std::uint16_t pair);
std::uint32_t f16x2_of_e5m2x2(std::uint16_t pair);

float f32_of_f16(std::uint16_t bits);

// To nearest even, clamped; 0 for a NaN.
int s8_of(float value);
int s32_of(float value);

}  // namespace heddle::simt::models
