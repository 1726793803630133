#pragma once
// Runs of elements of one operand: four at a time where everything is aligned, else one by one.

#include "kernels/access.cuh"
#include "kernels/number.cuh"
#include "kernels/step/step.hpp"

namespace heddle {

template <class Byte>
__device__ __forceinline__ Byte* place(const StepSide<Byte>& side, std::int64_t row,
                                       std::int64_t col, int elem_bytes) {
  return side.data + row * side.row_step + col * elem_bytes;
}

// f32, f16 or bf16, by the width and whether 16 bits are f16.
template <int kElemBytes>
__device__ __forceinline__ float widened(std::uint32_t bits, bool f16) {
  if constexpr (kElemBytes == 4) return __uint_as_float(bits);
  return f16 ? value_of<Number::f16>(bits) : value_of<Number::bf16>(bits);
}

// Two of them, rounded; each NaN is the one of one_nan_bits, rounded.
__device__ __forceinline__ std::uint32_t narrowed_pair(float low, float high, bool f16) {
  const std::uint32_t nan = f16 ? 0x7E00u : 0x7FC0u;
  std::uint32_t pair = f16 ? arch::cvt_rn_f16x2_f32(low, high) : arch::cvt_rn_bf16x2_f32(low, high);
  if (low != low) pair = (pair & 0xFFFF0000u) | nan;
  if (high != high) pair = (pair & 0xFFFFu) | nan << 16;
  return pair;
}
template <int kElemBytes>
__device__ __forceinline__ std::uint32_t narrowed(float x, bool f16) {
  if constexpr (kElemBytes == 4) return one_nan_bits(x);
  return narrowed_pair(x, 0.0f, f16) & 0xFFFFu;
}

template <int kElemBytes>
__device__ __forceinline__ Run<kStepRun * kElemBytes> narrowed_run(const float (&x)[kStepRun],
                                                                   bool f16) {
  Run<kStepRun * kElemBytes> run;
  if constexpr (kElemBytes == 4) {
#pragma unroll
    for (int i = 0; i < kStepRun; ++i) run.word[i] = one_nan_bits(x[i]);
  } else {
#pragma unroll
    for (int i = 0; i < kStepRun; i += 2) run.word[i / 2] = narrowed_pair(x[i], x[i + 1], f16);
  }
  return run;
}

// Calls whole(row, col) for the runs of this chunk that are, and rest(row, col) for each element
// of those that are not.
template <class Whole, class Rest>
__device__ __forceinline__ void each_run(const StepCut& cut, std::int64_t chunk, const Whole& whole,
                                         const Rest& rest) {
  const std::int64_t runs = cut.rows * cut.row_runs;
  const std::int64_t first = (chunk - cut.first_chunk) * kStepChunkRuns + threadIdx.x;
#pragma unroll 1
  for (int i = 0; i < kStepChunkRuns; i += kStepThreads) {
    const std::int64_t run = first + i;
    if (run >= runs) return;
    const std::int64_t row = cut.rows == 1 ? 0 : run / cut.row_runs;
    const std::int64_t col = (run - row * cut.row_runs) * kStepRun, left = cut.cols - col;
    if (cut.whole && left >= kStepRun) {
      whole(row, col);
    } else {
      const int count = static_cast<int>(left < kStepRun ? left : kStepRun);
#pragma unroll 1
      for (int c = 0; c < count; ++c) rest(row, col + c);
    }
  }
}

// The item that holds `chunk`; items are in order of first_chunk.
template <class Args>
__device__ __forceinline__ int item_of_chunk(const Args& args, std::int64_t chunk) {
  int low = 0, high = args.count;  // item[low] begins at or before chunk, item[high] behind it
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    (args.item[middle].cut.first_chunk <= chunk ? low : high) = middle;
  }
  return low;
}

}  // namespace heddle
