#pragma once
// The epilogue: from sums to results, four rows of a token at a time, and from results to elements
// of D, eight neighbours in memory at a time.

#include <cstddef>
#include <cstdint>

#include "kernels/access.cuh"
#include "kernels/arch/convert.cuh"
#include "kernels/matmul/matmul.hpp"

namespace heddle {

inline constexpr int kMathRows = 4;  // 16 bytes of sums
inline constexpr int kStoreRun = 8;  // 16 bytes of a 16-bit D

// A run of elements of D: the first, and how many of them exist.
struct OutputRun {
  std::int64_t row, col;
  int batch, count;
};

HEDDLE_HD constexpr int element_bytes(ElementType type) {
  if (type == ElementType::i8) return 1;
  return type == ElementType::f16 || type == ElementType::bf16 ? 2 : 4;
}

// An element's bits as a number. i32 beyond 2^24 rounds.
__device__ __forceinline__ float to_float(ElementType type, std::uint32_t bits) {
  switch (type) {
    case ElementType::f32: return __uint_as_float(bits);
    case ElementType::f16: return arch::cvt_f32_f16(static_cast<std::uint16_t>(bits));
    case ElementType::bf16: return __uint_as_float(bits << 16);
    case ElementType::i8: return static_cast<float>(static_cast<std::int8_t>(bits));
    default: return static_cast<float>(static_cast<std::int32_t>(bits));
  }
}

__device__ __forceinline__ std::uint32_t load_bits(ElementType type, const std::byte* p,
                                                   int align) {
  const int bytes = element_bytes(type);
  if (bytes == 4) return load_element<4>(p, align);
  return bytes == 2 ? load_element<2>(p, align) : load_element<1>(p, align);
}

__device__ __forceinline__ float load_vector(const std::byte* data, ElementType type, int align,
                                             std::int64_t i) {
  return to_float(type, load_bits(type, data + i * element_bytes(type), align));
}

__device__ __forceinline__ float activated(MatmulActivation activation, float x) {
  switch (activation) {
    case MatmulActivation::none: break;
    case MatmulActivation::relu: return x < 0.0f ? 0.0f : x;  // NaN stays NaN
    case MatmulActivation::gelu_erf: return 0.5f * x * (1.0f + erff(x * 0.70710678f));
    case MatmulActivation::gelu_tanh:
      return 0.5f * x * (1.0f + tanhf(0.79788456f * (x + 0.044715f * x * x * x)));
    case MatmulActivation::silu: return x / (1.0f + expf(-x));
  }
  return x;
}

// Results of four rows of a token, in f32, from their sums.
template <typename Sum>
__device__ __forceinline__ void finish_floats(const MatmulOutput& out, const OutputRun& run,
                                              const Sum (&sums)[kMathRows], float (&x)[kMathRows]) {
  const float by_token = out.scale_n == nullptr ? 1.0f
                                                : load_vector(out.scale_n, ElementType::f32,
                                                              out.scale_n_align, run.col);
  const std::byte* c = out.c.at(run.row, run.col) + run.batch * out.c_batch_step;
#pragma unroll
  for (int i = 0; i < kMathRows; ++i) {
    if (i >= run.count) continue;
    float factor = out.alpha;
    if (out.scale_m != nullptr)
      factor *= load_vector(out.scale_m, ElementType::f32, out.scale_m_align, run.row + i);
    x[i] = out.alpha == 0.0f ? 0.0f : factor * by_token * static_cast<float>(sums[i]);
    if (out.beta != 0.0f)
      x[i] +=
          out.beta * to_float(out.type, load_bits(out.type, c + i * out.c.row_step, out.c.align));
    if (out.bias != nullptr)
      x[i] += load_vector(out.bias, out.bias_type, out.bias_align, run.row + i);
    x[i] = activated(out.activation, x[i]);
  }
}

// The same in integers, for a D of i32 that needs nothing else.
__device__ __forceinline__ void finish_integers(const MatmulOutput& out, const OutputRun& run,
                                                const std::int32_t (&sums)[kMathRows],
                                                std::int32_t (&x)[kMathRows]) {
  const std::byte* c = out.c.at(run.row, run.col) + run.batch * out.c_batch_step;
#pragma unroll
  for (int i = 0; i < kMathRows; ++i) {
    if (i >= run.count) continue;
    long long sum = out.alpha == 0.0f ? 0 : sums[i];
    if (out.beta != 0.0f)
      sum += static_cast<std::int32_t>(load_element<4>(c + i * out.c.row_step, out.c.align));
    if (out.activation == MatmulActivation::relu && sum < 0) sum = 0;
    constexpr long long kMost = 0x7FFFFFFF;
    x[i] = static_cast<std::int32_t>(sum > kMost ? kMost : sum < -kMost - 1 ? -kMost - 1 : sum);
  }
}

// A result's bits, rounded once to the type of D; integers saturate.
__device__ __forceinline__ std::uint32_t from_float(ElementType type, float x) {
  switch (type) {
    case ElementType::f32: return __float_as_uint(x);
    case ElementType::f16: return arch::cvt_rn_f16x2_f32(x, 0.0f) & 0xFFFF;
    case ElementType::bf16: return arch::cvt_rn_bf16x2_f32(x, 0.0f) & 0xFFFF;
    case ElementType::i8: return static_cast<std::uint32_t>(arch::cvt_rni_sat_s8_f32(x)) & 0xFF;
    default: return static_cast<std::uint32_t>(arch::cvt_rni_s32_f32(x));
  }
}

// Eight neighbours in memory, in one or two accesses where alignment and the edge allow.
template <int kBytes>
__device__ __forceinline__ void store_neighbours(std::byte* p, int align, int count,
                                                 const std::uint32_t (&bits)[kStoreRun]) {
  constexpr int kWide = kBytes == 4 ? 16 : kStoreRun * kBytes;
  constexpr int kPer = kWide / kBytes;
  if (count == kStoreRun && align >= kWide) {
#pragma unroll
    for (int first = 0; first < kStoreRun; first += kPer) {
      Run<kWide> run{};
#pragma unroll
      for (int i = 0; i < kPer; ++i) put_element<kBytes>(run, i, bits[first + i]);
      store_run<kWide>(p + first * kBytes, run);
    }
  } else {
#pragma unroll
    for (int i = 0; i < kStoreRun; ++i)
      if (i < count) store_element<kBytes>(p + i * kBytes, bits[i], align);
  }
}

__device__ __forceinline__ void store_d(const MatmulOutput& out, const OutputRun& run,
                                        const std::uint32_t (&bits)[kStoreRun]) {
  std::byte* p = out.d.at(run.row, run.col) + run.batch * out.d_batch_step;
  const int bytes = element_bytes(out.type);
  if (bytes == 4)
    store_neighbours<4>(p, out.d.align, run.count, bits);
  else if (bytes == 2)
    store_neighbours<2>(p, out.d.align, run.count, bits);
  else
    store_neighbours<1>(p, out.d.align, run.count, bits);
}

}  // namespace heddle
