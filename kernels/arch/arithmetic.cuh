#pragma once
// f32 arithmetic of exactly one instruction and one rounding: what the compiler may not contract
// into fused operations, nor replace by an approximation. PTX ISA, "add", "sub", "mul", "div" and
// "sqrt". Subnormals are kept; a NaN is some NaN.

#if defined(HEDDLE_SIMT)
#include <cmath>
#endif

namespace heddle::arch {

__device__ __forceinline__ float add_rn(float a, float b) {
#if defined(HEDDLE_SIMT)
  return a + b;
#else
  return __fadd_rn(a, b);
#endif
}

__device__ __forceinline__ float sub_rn(float a, float b) {
#if defined(HEDDLE_SIMT)
  return a - b;
#else
  return __fsub_rn(a, b);
#endif
}

__device__ __forceinline__ float mul_rn(float a, float b) {
#if defined(HEDDLE_SIMT)
  return a * b;
#else
  return __fmul_rn(a, b);
#endif
}

__device__ __forceinline__ float div_rn(float a, float b) {
#if defined(HEDDLE_SIMT)
  return a / b;
#else
  return __fdiv_rn(a, b);
#endif
}

__device__ __forceinline__ float sqrt_rn(float x) {
#if defined(HEDDLE_SIMT)
  return std::sqrt(x);
#else
  return __fsqrt_rn(x);
#endif
}

}  // namespace heddle::arch
