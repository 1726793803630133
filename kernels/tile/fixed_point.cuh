#pragma once
// Arithmetic of whole numbers in floats: everything below 2^24 is exact, and additions run at full
// rate where integer additions, comparisons and selections do not.

#include <cstdint>

#if defined(HEDDLE_SIMT)
#include <cmath>
#endif

namespace heddle {

inline constexpr float kWholeOffset = 0x1p23f;  // in [2^23, 2^24) floats are the whole numbers

// 2^23 + floor(a * b), a * b in [0, 2^23).
__device__ __forceinline__ float offset_floor(float a, float b) {
#if defined(HEDDLE_SIMT)
  return static_cast<float>(0x1p23 + std::floor(static_cast<double>(a) * static_cast<double>(b)));
#else
  return __fmaf_rd(a, b, kWholeOffset);
#endif
}

// x clamped to [0, 1]: of a whole number, whether it is positive. A NaN gives 0.
__device__ __forceinline__ float positive(float x) {
#if defined(HEDDLE_SIMT)
  return x > 0.0f ? (x < 1.0f ? x : 1.0f) : 0.0f;
#else
  return __saturatef(x);
#endif
}

__device__ __forceinline__ float larger(float a, float b) {
#if defined(HEDDLE_SIMT)
  return a < b ? b : a;
#else
  return fmaxf(a, b);
#endif
}
__device__ __forceinline__ float smaller(float a, float b) {
#if defined(HEDDLE_SIMT)
  return b < a ? b : a;
#else
  return fminf(a, b);
#endif
}
__device__ __forceinline__ float size_of_float(float x) {
#if defined(HEDDLE_SIMT)
  return std::fabs(x);
#else
  return fabsf(x);  // an operand modifier
#endif
}

}  // namespace heddle
