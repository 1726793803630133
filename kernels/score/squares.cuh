#pragma once
// A thread has one partial sum of a few columns (rows i, i + 32, ...) or of one; the tree over the
// 32 partial sums of a column is made of shuffles and one exchange in shared memory. A square of an
// f32 is exact in double, so that a fused multiply-add rounds where the sum does.

#include "kernels/access.cuh"
#include "kernels/number.cuh"
#include "kernels/score/squares.hpp"

namespace heddle {

__device__ __forceinline__ void add_square(double& sum, float x) {
  const double wide = static_cast<double>(x);
  sum += wide * wide;
}

__device__ __forceinline__ void add_total(double& to, double total) {
  const std::uint64_t bits = one_nan_bits(to + total);
  __builtin_memcpy(&to, &bits, sizeof to);
}

// Adds rows `row`, row + 32, ... of the kElems columns from `col`, of which `cols` exist.
template <Number kType, int kElems>
__device__ __forceinline__ void add_rows(const ConstMatrix& x, std::int64_t row, std::int64_t col,
                                         int cols, double (&sum)[kElems]) {
  constexpr int kBytes = bytes_of(kType), kAhead = kBytes == 1 ? 4 : 8;
  if (cols < kElems) {
    for (; row < x.rows; row += kPartials)
#pragma unroll
      for (int i = 0; i < kElems; ++i)
        if (i < cols)
          add_square(sum[i], value_of<kType>(load_element<kBytes>(x.at(row, col + i), x.align)));
    return;
  }
  const std::byte* from = x.at(row, col);
  if (x.align >= kSquaresBytes) {
#pragma unroll 1
    for (; row + (kAhead - 1) * kPartials < x.rows; row += kAhead * kPartials) {
      Run<kSquaresBytes> run[kAhead];
#pragma unroll
      for (int a = 0; a < kAhead; ++a, from += kPartials * x.row_step)
        run[a] = load_run<kSquaresBytes>(from);
#pragma unroll
      for (int a = 0; a < kAhead; ++a)
#pragma unroll
        for (int i = 0; i < kElems; ++i)
          add_square(sum[i], value_of<kType>(element_of<kBytes>(run[a], i)));
    }
  }
#pragma unroll 1
  for (; row < x.rows; row += kPartials, from += kPartials * x.row_step) {
    const Run<kSquaresBytes> run = load_run<kSquaresBytes>(from, x.align);
#pragma unroll
    for (int i = 0; i < kElems; ++i)
      add_square(sum[i], value_of<kType>(element_of<kBytes>(run, i)));
  }
}

template <Number kType>
__global__ void __launch_bounds__(32 * kMostSpan, bytes_of(kType) == 1 ? 1 : 2)
    squares_rows(const __grid_constant__ SquaresArgs args) {
  constexpr int kElems = kSquaresBytes / bytes_of(kType);
  // Warps and columns of a block that is 8 runs wide: [warp][column].
  __shared__ double of_warp[kMostSpan][kMostSpan * kElems];
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32, warp = thread / 32;
  const int width = args.span * kElems;  // columns of a strip
  const int partial = thread / args.span, run = thread % args.span;
  for (std::int64_t strip = blockIdx.x; strip < args.strips; strip += gridDim.x) {
    const std::int64_t first = strip * width, col = first + run * kElems, left = args.x.cols - col;
    const int cols = static_cast<int>(left < kElems ? left : kElems);  // may be less than none
    double sum[kElems] = {};
    if (cols > 0) add_rows<kType>(args.x, partial, col, cols, sum);
    // Neighbouring partial sums lie `span` lanes apart, then twice that, and so on.
    for (int apart = args.span; apart < 32; apart *= 2)
#pragma unroll
      for (int i = 0; i < kElems; ++i) sum[i] += __shfl_xor_sync(~0u, sum[i], apart);
    __syncthreads();
    if (lane < args.span) {
#pragma unroll
      for (int i = 0; i < kElems; ++i) of_warp[warp][run * kElems + i] = sum[i];
    }
    __syncthreads();
    if (thread >= width || first + thread >= args.x.cols) continue;
    double tree[kMostSpan];  // warps that are not there add +0 to sums of squares: nothing
#pragma unroll
    for (int w = 0; w < kMostSpan; ++w) tree[w] = w < args.span ? of_warp[w][thread] : 0.0;
#pragma unroll
    for (int apart = 1; apart < kMostSpan; apart *= 2)
#pragma unroll
      for (int w = 0; w < kMostSpan; w += 2 * apart) tree[w] += tree[w + apart];
    add_total(args.sums[first + thread], tree[0]);
  }
}

template <Number kType>
__global__ void __launch_bounds__(kSquaresColsThreads, 3)
    squares_cols(const __grid_constant__ SquaresArgs args) {
  constexpr int kBytes = bytes_of(kType), kAhead = 16, kWarps = kSquaresColsThreads / 32;
  const ConstMatrix& x = args.x;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kWarps;
  for (std::int64_t col = static_cast<std::int64_t>(blockIdx.x) * kWarps + threadIdx.x / 32;
       col < x.cols; col += stride) {
    double sum = 0.0;
    std::int64_t row = lane;
    if (x.align >= kBytes) {
#pragma unroll 1
      for (; row + (kAhead - 1) * kPartials < x.rows; row += kAhead * kPartials) {
        std::uint32_t bits[kAhead];
#pragma unroll
        for (int a = 0; a < kAhead; ++a)
          bits[a] = load_run<kBytes>(x.at(row + a * kPartials, col)).word[0];
#pragma unroll
        for (int a = 0; a < kAhead; ++a) add_square(sum, value_of<kType>(bits[a]));
      }
    }
#pragma unroll 1
    for (; row < x.rows; row += kPartials)
      add_square(sum, value_of<kType>(load_element<kBytes>(x.at(row, col), x.align)));
    __syncwarp();
#pragma unroll
    for (int apart = 1; apart < 32; apart *= 2) sum += __shfl_xor_sync(~0u, sum, apart);
    if (lane == 0) add_total(args.sums[col], sum);
  }
}

__global__ void __launch_bounds__(kNormsThreads) norms(const __grid_constant__ NormsArgs args) {
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kNormsThreads;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kNormsThreads + threadIdx.x;
       i < args.k; i += stride)
    args.norms[i] = __uint_as_float(one_nan_bits(static_cast<float>(sqrt(args.sums[i]))));
}

}  // namespace heddle
