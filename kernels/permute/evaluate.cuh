#pragma once
// Columns are contiguous, so lanes are rows. A warp takes a column set, or a window, through all
// rows: what it adds up are integers, whose sum is the same in any order.

#include "kernels/access.cuh"
#include "kernels/number.cuh"
#include "kernels/permute/evaluate.hpp"

namespace heddle {

template <Number kType>
__global__ void __launch_bounds__(kPermuteThreads)
    magnitudes(const __grid_constant__ MagnitudeArgs args) {
  constexpr int kSide = kMagnitudeSide, kBytes = bytes_of(kType);
  __shared__ float square[kPermuteWarps][kSide][kSide + 1];  // [row][col]; the pitch: no conflicts
  const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
  const bool along_rows = args.matrix.row_major(kBytes);
  const std::int64_t rows = args.matrix.rows, cols = args.matrix.cols;
  unsigned largest = 0;
  unsigned long long bad = ~0ull;
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kPermuteWarps;
  for (std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * kPermuteWarps + warp;
       at < args.squares; at += stride) {
    const std::int64_t row = at / args.across * kSide, col = at % args.across * kSide;
    __syncwarp();
#pragma unroll 4
    for (int i = 0; i < kSide; ++i) {
      const int r = along_rows ? i : lane, c = along_rows ? lane : i;
      if (row + r >= rows || col + c >= cols) continue;
      const float x = fabsf(value_of<kType>(
          load_element<kBytes>(args.matrix.at(row + r, col + c), args.matrix.align)));
      const unsigned bits = __float_as_uint(x);
      if (bits >= 0x7F800000u) {
        const auto place = static_cast<unsigned long long>((row + r) * cols + col + c);
        bad = place < bad ? place : bad;
      }
      largest = bits > largest ? bits : largest;
      square[warp][r][c] = x;
    }
    __syncwarp();
    if (row + lane >= rows) continue;
#pragma unroll 4
    for (int c = 0; c < kSide; ++c)
      if (col + c < cols)
        args.magnitude[(col + c) * args.stride + row + lane] = square[warp][lane][c];
  }
  for (int lanes = 16; lanes > 0; lanes /= 2) {
    const unsigned other = __shfl_xor_sync(~0u, largest, lanes);
    largest = other > largest ? other : largest;
  }
  if (lane == 0) atomicMax(&args.report->largest, largest);
  if (bad != ~0ull) atomicMin(&args.report->first_bad, bad);
}

__global__ void __launch_bounds__(kPermuteThreads)
    quantise(const __grid_constant__ QuantiseArgs args) {
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kPermuteThreads;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kPermuteThreads + threadIdx.x;
       i < args.count / 4; i += stride) {
    const float4 x = reinterpret_cast<const float4*>(args.magnitude)[i];
    const auto quanta = [&](float v) { return __float2int_rn(v * args.scale[0] * args.scale[1]); };
    reinterpret_cast<int4*>(args.quantised)[i] = {quanta(x.x), quanta(x.y), quanta(x.z),
                                                  quanta(x.w)};
  }
}

// x into a descending list.
template <int kList, typename T>
__device__ __forceinline__ void insert(T (&list)[kList], T x) {
#pragma unroll
  for (int k = 0; k < kList; ++k) {
    const T at = list[k];
    list[k] = at < x ? x : at;
    x = at < x ? at : x;
  }
}

template <int kRows>
struct RowsOf {
  std::int32_t row[kRows];
};

// kRows rows of a column, as one access.
template <int kRows>
__device__ __forceinline__ RowsOf<kRows> load_rows(const std::int32_t* p) {
  if constexpr (kRows == 4) {
    const int4 v = *reinterpret_cast<const int4*>(p);
    return {{v.x, v.y, v.z, v.w}};
  } else {
    return {{*p}};
  }
}

__device__ __forceinline__ unsigned long long warp_sum(unsigned long long x) {
  for (int lanes = 16; lanes > 0; lanes /= 2) x += __shfl_xor_sync(~0u, x, lanes);
  return x;
}

// kList >= keep; 0: all of a set is kept.
template <int kList>
__global__ void __launch_bounds__(kPermuteThreads)
    set_values(const __grid_constant__ SetArgs args) {
  constexpr int kRows = kList <= 4 ? 4 : 1;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kPermuteWarps;
  for (std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * kPermuteWarps + threadIdx.x / 32;
       at < args.count; at += stride) {
    const std::int32_t* set = args.sets + at * args.size;
    unsigned long long sum = 0;
    for (std::int64_t r = lane * kRows; r < args.stride; r += 32 * kRows) {
      std::int32_t list[kRows][kList == 0 ? 1 : kList] = {};
      for (int c = 0; c < args.size; ++c) {
        const RowsOf<kRows> x = load_rows<kRows>(args.quantised + set[c] * args.stride + r);
#pragma unroll
        for (int i = 0; i < kRows; ++i) {
          if constexpr (kList == 0)
            list[i][0] += x.row[i];
          else
            insert(list[i], x.row[i]);
        }
      }
#pragma unroll
      for (int k = 0; k < (kList == 0 ? 1 : kList); ++k)
#pragma unroll
        for (int i = 0; i < kRows; ++i)
          if (kList == 0 || k < args.keep) sum += static_cast<unsigned>(list[i][k]);
    }
    sum = warp_sum(sum);
    if (lane == 0) args.out[at] = static_cast<long long>(sum);
  }
}

// Adds what each split of a row keeps.
__device__ __forceinline__ void add_row(const std::int32_t (&x)[8], unsigned (&acc)[kSplits]) {
  constexpr Splits kTable = make_splits();
  std::int32_t sum[kPairs], top[kPairs];
#pragma unroll
  for (int i = 0; i < 8; ++i)
#pragma unroll
    for (int j = i + 1; j < 8; ++j) {
      sum[pair_index(i, j)] = x[i] + x[j];
      top[pair_index(i, j)] = max(x[i], x[j]);
    }
#pragma unroll
  for (int s = 0; s < kSplits; ++s)
#pragma unroll
    for (int g = 0; g < 2; ++g) {
      const int p = kTable.pair[s][2 * g], o = kTable.pair[s][2 * g + 1];
      // Either both of a pair, or the larger one of each.
      acc[s] += static_cast<unsigned>(max(max(sum[p], sum[o]), top[p] + top[o]));
    }
}

// Lane l ends with splits l and l + 32, so no lane holds 35 long sums.
__global__ void __launch_bounds__(kPermuteThreads, 2)
    best_splits(const __grid_constant__ WindowArgs args) {
  constexpr int kFlush = 32;  // rows of a lane: below 2^26 each, so an accumulator cannot overflow
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kPermuteWarps;
  for (std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * kPermuteWarps + threadIdx.x / 32;
       at < args.count; at += stride) {
    const std::int32_t* window = args.windows + at * 8;
    unsigned long long kept[2] = {0, 0};
    for (std::int64_t begin = 0; begin < args.stride; begin += 32 * kFlush) {
      unsigned acc[kSplits] = {};
#pragma unroll 1
      for (int step = 0; step < kFlush; ++step) {
        const std::int64_t r = begin + step * 32 + lane;
        if (r >= args.stride) break;
        std::int32_t x[8];
#pragma unroll
        for (int c = 0; c < 8; ++c) x[c] = args.quantised[window[c] * args.stride + r];
        add_row(x, acc);
      }
#pragma unroll
      for (int s = 0; s < kSplits; ++s) {
        const unsigned long long all = warp_sum(acc[s]);
        if (lane == s % 32) kept[s / 32] += all;
      }
    }
    const auto as_is = static_cast<long long>(__shfl_sync(~0u, kept[0], 0));
    auto best = static_cast<long long>(kept[0]);
    int split = lane;
    if (lane < kSplits - 32 && kept[1] > kept[0]) {
      best = static_cast<long long>(kept[1]);
      split = lane + 32;
    }
    for (int lanes = 16; lanes > 0; lanes /= 2) {
      const long long other = __shfl_xor_sync(~0u, best, lanes);
      const int other_split = __shfl_xor_sync(~0u, split, lanes);
      if (other > best || (other == best && other_split < split)) {
        best = other;
        split = other_split;
      }
    }
    if (lane == 0) args.out[at] = {best - as_is, split};
  }
}

// A thread, a row: sums in double in the order that the CPU takes.
template <int kList>
__global__ void __launch_bounds__(kPermuteThreads)
    kept_rows(const __grid_constant__ KeptArgs args) {
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kPermuteThreads;
  for (std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * kPermuteThreads + threadIdx.x;
       row < args.rows; row += stride) {
    double sum = 0;
    for (std::int64_t first = 0; first < args.cols; first += args.group) {
      const std::int64_t left = args.cols - first;
      const int size = static_cast<int>(left < args.group ? left : args.group);
      float list[kList] = {};
      for (int c = 0; c < size; ++c)
        insert(list, args.magnitude[args.order[first + c] * args.stride + row]);
      double group = 0;
#pragma unroll
      for (int k = 0; k < kList; ++k)
        if (k < args.keep) group += static_cast<double>(list[k]);
      sum += group;
    }
    args.out[row] = sum;
  }
}

}  // namespace heddle
