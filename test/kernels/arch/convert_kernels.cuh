#pragma once
// Conversions: blocks of 64 threads, one element a thread. For the testbed and for the GPU.

#include "kernels/arch/convert.cuh"
#include "test/kernels/arch/cases.hpp"

namespace heddle::arch_test {

template <Conversion Kind>
__global__ void convert_kernel(const std::uint32_t* in, std::uint32_t* out) {
  const unsigned i = 64 * blockIdx.x + threadIdx.x;
  const std::uint32_t bits = in[i];
  const float value = __uint_as_float(bits);
  [[maybe_unused]] const auto half = static_cast<std::uint16_t>(bits);
  if constexpr (Kind == Conversion::f16x2) {
    out[i] = arch::cvt_rn_f16x2_f32(value, __uint_as_float(in[i + 1]));
  } else if constexpr (Kind == Conversion::bf16x2) {
    out[i] = arch::cvt_rn_bf16x2_f32(value, __uint_as_float(in[i + 1]));
  } else if constexpr (Kind == Conversion::f16_to_f32) {
    out[i] = __float_as_uint(arch::cvt_f32_f16(half));
  } else if constexpr (Kind == Conversion::s8) {
    out[i] = static_cast<std::uint32_t>(arch::cvt_rni_sat_s8_f32(value));
  } else if constexpr (Kind == Conversion::s32) {
    out[i] = static_cast<std::uint32_t>(arch::cvt_rni_s32_f32(value));
  } else if constexpr (arch::kHasFp8Convert) {
    out[i] = Kind == Conversion::e4m3x2 ? arch::cvt_rn_f16x2_e4m3x2(half)
                                        : arch::cvt_rn_f16x2_e5m2x2(half);
  }
}

using ConvertKernel = void (*)(const std::uint32_t*, std::uint32_t*);
inline ConvertKernel convert_kernel_of(Conversion kind) {
  switch (kind) {
    case Conversion::f16x2: return convert_kernel<Conversion::f16x2>;
    case Conversion::bf16x2: return convert_kernel<Conversion::bf16x2>;
    case Conversion::f16_to_f32: return convert_kernel<Conversion::f16_to_f32>;
    case Conversion::s8: return convert_kernel<Conversion::s8>;
    case Conversion::s32: return convert_kernel<Conversion::s32>;
    case Conversion::e4m3x2: return convert_kernel<Conversion::e4m3x2>;
    default: return convert_kernel<Conversion::e5m2x2>;
  }
}

}  // namespace heddle::arch_test
