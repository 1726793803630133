#pragma once
// A lane adds its runs in ascending order, a warp its lanes as a balanced tree, a block its warps
// in turn; one block adds the tiles.

#include "kernels/access.cuh"
#include "kernels/mask/mask_stats.hpp"
#include "kernels/number.cuh"

namespace heddle {

// One thread's share of a tile: at most 256 elements.
struct LaneStats {
  std::uint32_t counts = 0;  // kept, and nonzeros in the upper half
  double of_kept = 0.0, of_dropped = 0.0;

  __device__ __forceinline__ void add(float x, bool keep) {
    const double magnitude = static_cast<double>(fabsf(x));
    counts += (keep ? 1u : 0u) + (magnitude != 0.0 ? 1u << 16 : 0u);
    if (keep)
      of_kept += magnitude;
    else
      of_dropped += magnitude;
  }
};

template <Number kType, class Elements, class Keep>
__device__ __forceinline__ void add_run(const Elements& x, const Keep& keep, LaneStats& stats) {
  constexpr int kBytes = bytes_of(kType);
#pragma unroll
  for (int i = 0; i < kStatsRunBytes / kBytes; ++i)
    stats.add(value_of<kType>(element_of<kBytes>(x, i)), element_of<1>(keep, i) != 0);
}

// The run at `col`, wherever it lies and however long it is.
template <Number kType>
__device__ __forceinline__ void add_any_run(const MaskStatsArgs& args, std::int64_t row,
                                            std::int64_t col, LaneStats& stats) {
  constexpr int kBytes = bytes_of(kType), kElems = kStatsRunBytes / kBytes;
  const ConstMatrix& matrix = args.matrix;
  const std::int64_t left = matrix.cols - col;
  if (left >= kElems && args.mask.row_major(1)) {
    const auto x = load_run<kStatsRunBytes>(matrix.at(row, col), matrix.align);
    add_run<kType>(x, load_run<kElems>(args.mask.at(row, col), args.mask.align), stats);
    return;
  }
#pragma unroll 1
  for (int i = 0; i < kElems && i < left; ++i)
    stats.add(value_of<kType>(load_element<kBytes>(matrix.at(row, col + i), matrix.align)),
              *args.mask.at(row, col + i) != std::byte{0});
}

// A lane's runs of a tile's row: all in flight at once where matrix and mask are aligned.
template <Number kType>
__device__ __forceinline__ void add_row(const MaskStatsArgs& args, std::int64_t row,
                                        std::int64_t first, LaneStats& stats) {
  constexpr int kElems = kStatsRunBytes / bytes_of(kType);
  const std::int64_t cols = args.matrix.cols;
  int s = 0;
  if (args.matrix.align >= kStatsRunBytes && args.mask.align >= kElems && args.mask.row_major(1)) {
    Run<kStatsRunBytes> x[kTileSteps] = {};
    Run<kElems> keep[kTileSteps] = {};
#pragma unroll
    for (int i = 0; i < kTileSteps; ++i) {
      const std::int64_t col = (first + 32 * i) * kElems;
      if (col + kElems > cols) continue;
      x[i] = load_run<kStatsRunBytes>(args.matrix.at(row, col));
      keep[i] = load_run<kElems>(args.mask.at(row, col));
      s = i + 1;
    }
#pragma unroll
    for (int i = 0; i < kTileSteps; ++i)
      if (i < s) add_run<kType>(x[i], keep[i], stats);
  }
#pragma unroll 1
  for (; s < kTileSteps && (first + 32 * s) * kElems < cols; ++s)
    add_any_run<kType>(args, row, (first + 32 * s) * kElems, stats);
}

__device__ __forceinline__ void add_lanes(StatsPart& stats) {
#pragma unroll
  for (int apart = 1; apart < 32; apart *= 2) {
    stats.kept += __shfl_xor_sync(~0u, stats.kept, apart);
    stats.nonzeros += __shfl_xor_sync(~0u, stats.nonzeros, apart);
    stats.of_kept += __shfl_xor_sync(~0u, stats.of_kept, apart);
    stats.of_dropped += __shfl_xor_sync(~0u, stats.of_dropped, apart);
  }
}

// The sum over the block's warps, of which every lane has its warp's; in thread 0.
__device__ __forceinline__ StatsPart add_warps(const StatsPart& mine) {
  constexpr int kWarps = kTileThreads / 32;
  __shared__ std::int64_t kept[kWarps], nonzeros[kWarps];
  __shared__ double of_kept[kWarps], of_dropped[kWarps];
  const unsigned warp = threadIdx.x / 32;
  __syncthreads();
  if (threadIdx.x % 32 == 0) {
    kept[warp] = mine.kept;
    nonzeros[warp] = mine.nonzeros;
    of_kept[warp] = mine.of_kept;
    of_dropped[warp] = mine.of_dropped;
  }
  __syncthreads();
  StatsPart sum = mine;
  if (threadIdx.x != 0) return sum;
#pragma unroll
  for (int w = 1; w < kWarps; ++w) {
    sum.kept += kept[w];
    sum.nonzeros += nonzeros[w];
    sum.of_kept += of_kept[w];
    sum.of_dropped += of_dropped[w];
  }
  return sum;
}

template <Number kType>
__global__ void __launch_bounds__(kTileThreads, 3)
    mask_stats(const __grid_constant__ MaskStatsArgs args) {
  const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
  for (std::int64_t tile = blockIdx.x; tile < args.tiles; tile += gridDim.x) {
    const std::int64_t first = tile % args.across * kTileFast + lane;
    const std::int64_t row = tile / args.across * kStatsTileRows + warp;
    LaneStats stats;
#pragma unroll 1
    for (int r = 0; r < kStatsRows; ++r)
      if (row + r * kTileSlow < args.matrix.rows)
        add_row<kType>(args, row + r * kTileSlow, first, stats);
    __syncwarp();
    StatsPart sum{stats.counts & 0xFFFFu, stats.counts >> 16, stats.of_kept, stats.of_dropped};
    add_lanes(sum);
    sum = add_warps(sum);
    if (threadIdx.x == 0) args.part[tile] = sum;
  }
}

__global__ void __launch_bounds__(kTileThreads)
    add_stats(const __grid_constant__ AddStatsArgs args) {
  StatsPart sum{};
  for (std::int64_t i = threadIdx.x; i < args.tiles; i += kTileThreads) {
    sum.kept += args.part[i].kept;
    sum.nonzeros += args.part[i].nonzeros;
    sum.of_kept += args.part[i].of_kept;
    sum.of_dropped += args.part[i].of_dropped;
  }
  __syncwarp();
  add_lanes(sum);
  sum = add_warps(sum);
  if (threadIdx.x == 0) *args.total = sum;
}

}  // namespace heddle
