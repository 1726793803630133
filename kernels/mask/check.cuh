#pragma once
// Three ways to see the nonzeros of a group: in the run that a lane loads, in the votes of the
// lanes that hold it, or one after the other down the columns.

#include "kernels/access.cuh"
#include "kernels/mask/check.hpp"
#include "kernels/report/tally.cuh"

namespace heddle {

__device__ __forceinline__ unsigned low_bits(int count) { return ~0u >> (32 - count); }  // 1..32

// Bit i: element i is not zero.
template <int kElemBytes>
__device__ __forceinline__ unsigned nonzero_bits(const Run<kCheckRunBytes>& x,
                                                 std::uint32_t magnitude) {
  constexpr std::uint32_t kHigh =
      kElemBytes == 1 ? 0x80808080u : (kElemBytes == 2 ? 0x80008000u : 0x80000000u);
  unsigned bits = 0;
#pragma unroll
  for (int w = 0; w < 4; ++w) {
    const std::uint32_t m = x.word[w] & magnitude;
    // The sum carries into an element's high bit if any lower bit is set, and never further.
    const std::uint32_t high = (((m & ~kHigh) + ~kHigh) | m) & kHigh;
    if constexpr (kElemBytes == 1) bits |= ((high >> 7) * 0x01020408u >> 24) << 4 * w;
    if constexpr (kElemBytes == 2) bits |= ((high >> 15 | high >> 30) & 3u) << 2 * w;
    if constexpr (kElemBytes == 4) bits |= (high >> 31) << w;
  }
  return bits;
}

// `bits` are the nonzeros of whole groups; finding `first` is the first of them.
__device__ __forceinline__ void check_groups(const CheckArgs& args, unsigned bits, int elems,
                                             std::int64_t first, Findings& found) {
  for (int at = 0; at < elems; at += args.group, ++first)
    if (__popc(bits >> at & low_bits(args.group)) > args.keep)
      found.add(static_cast<unsigned long long>(first));
}

template <int kElemBytes>
__device__ __forceinline__ void check_run_line(const CheckArgs& args, const TileLine& line,
                                               int lane, Findings& found) {
  constexpr int kElems = kCheckRunBytes / kElemBytes;
  const ConstMatrix& matrix = args.matrix;
  const std::int64_t runs = matrix.cols / kElems, left = runs - line.fast;
  const int whole = static_cast<int>(left < kTileFast ? left : kTileFast);
  const std::byte* from = matrix.at(line.slow, 0) + (line.fast + lane) * kCheckRunBytes;
  Run<kCheckRunBytes> x[kTileSteps] = {};
  if (matrix.align >= kCheckRunBytes) {
#pragma unroll
    for (int s = 0; s < kTileSteps; ++s)
      if (lane + 32 * s < whole) x[s] = load_run<kCheckRunBytes>(from + 32 * s * kCheckRunBytes);
  } else {
#pragma unroll
    for (int s = 0; s < kTileSteps; ++s)
      if (lane + 32 * s < whole)
        x[s] = load_run<kCheckRunBytes>(from + 32 * s * kCheckRunBytes, matrix.align);
  }
  const int run_groups = kElems / args.group;
  const std::int64_t first = line.slow * args.groups + (line.fast + lane) * run_groups;
#pragma unroll
  for (int s = 0; s < kTileSteps; ++s)
    check_groups(args, nonzero_bits<kElemBytes>(x[s], args.magnitude), kElems,
                 first + 32 * s * run_groups, found);
  const int rest = static_cast<int>(matrix.cols % kElems);
  if (rest == 0 || whole == kTileFast || lane != whole % 32) return;
  unsigned bits = 0;
  for (int i = 0; i < rest; ++i) {
    const std::byte* p = matrix.at(line.slow, runs * kElems + i);
    bits |= static_cast<unsigned>((load_element<kElemBytes>(p, matrix.align) & args.magnitude) != 0)
            << i;
  }
  check_groups(args, bits, rest, line.slow * args.groups + runs * run_groups, found);
}

template <int kElemBytes>
__device__ __forceinline__ void check_row_line(const CheckArgs& args, const TileLine& line,
                                               int lane, Findings& found) {
  const ConstMatrix& matrix = args.matrix;
  const int step_groups = 32 / args.group, width = step_groups * args.group;
  const std::int64_t step = line.fast / 32;
  std::uint32_t x[kTileSteps];
#pragma unroll
  for (int s = 0; s < kTileSteps; ++s) {
    const std::int64_t col = (step + s) * width + lane;
    x[s] = 0;
    if (lane < width && col < matrix.cols)
      x[s] = load_element<kElemBytes>(matrix.at(line.slow, col), matrix.align);
  }
  const int group = lane / args.group;
  const bool speaks = lane < width && lane == group * args.group;  // the group's first lane
#pragma unroll
  for (int s = 0; s < kTileSteps; ++s) {
    const unsigned bits = __ballot_sync(~0u, (x[s] & args.magnitude) != 0);
    if (speaks && __popc(bits >> lane & low_bits(args.group)) > args.keep)
      found.add(static_cast<unsigned long long>(line.slow * args.groups + (step + s) * step_groups +
                                                group));
  }
}

template <int kElemBytes>
__device__ __forceinline__ void check_col_line(const CheckArgs& args, const TileLine& line,
                                               int lane, Findings& found) {
  const ConstMatrix& matrix = args.matrix;
  const std::int64_t col = line.slow * args.group, row = line.fast + lane;
  const std::int64_t left = matrix.cols - col, rows = matrix.rows - row;
  const int cols = static_cast<int>(left < args.group ? left : args.group);
  const std::byte* from = matrix.at(row, col);
  int nonzeros[kTileSteps] = {};
#pragma unroll 4
  for (int c = 0; c < cols; ++c, from += matrix.col_step) {
#pragma unroll
    for (int s = 0; s < kTileSteps; ++s)
      if (32 * s < rows)
        nonzeros[s] += (load_element<kElemBytes>(from + 32 * s * kElemBytes, matrix.align) &
                        args.magnitude) != 0;
  }
#pragma unroll
  for (int s = 0; s < kTileSteps; ++s)
    if (nonzeros[s] > args.keep)
      found.add(static_cast<unsigned long long>((row + 32 * s) * args.groups + line.slow));
}

enum class CheckWay { runs, rows, cols };

template <int kElemBytes, CheckWay kWay>
__global__ void __launch_bounds__(kTileThreads) check(const __grid_constant__ CheckArgs args) {
  const int warp = static_cast<int>(threadIdx.x / 32), lane = static_cast<int>(threadIdx.x % 32);
  Findings found;
  for (std::int64_t tile = blockIdx.x; tile < args.tiles; tile += gridDim.x) {
    const TileLine line = tile_line(args.tiling, tile, warp);
    if (line.slow >= args.tiling.slow) continue;
    if constexpr (kWay == CheckWay::runs) check_run_line<kElemBytes>(args, line, lane, found);
    if constexpr (kWay == CheckWay::rows) check_row_line<kElemBytes>(args, line, lane, found);
    if constexpr (kWay == CheckWay::cols) check_col_line<kElemBytes>(args, line, lane, found);
  }
  publish(args.tally, found);
}

}  // namespace heddle
