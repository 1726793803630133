#pragma once
// A warp takes 32 rows of 32 / group whole groups. Keys go through shared memory, read from the
// matrix along its lines; then a lane is a column and ranks its element against its group, row
// after row; the mask is written along its own lines.

#include "kernels/access.cuh"
#include "kernels/mask/best_mask.hpp"

namespace heddle {

inline constexpr int kAnyWarps = kAnyThreads / 32;
inline constexpr int kAnyPitch = 33;  // words: lanes along a row or down a column, no conflict
inline constexpr int kAnyLoads = 8;   // lines of the tile in flight
inline constexpr int kAnyAtOnce = 4;  // rows ranked together

using AnyKeys = std::uint32_t[kAnyRows][kAnyPitch];

struct AnyTile {
  std::int64_t row, col;  // its first
  int rows, cols;         // that exist
};

__device__ __forceinline__ AnyTile any_tile(const BestMaskAnyArgs& args, std::int64_t tile,
                                            bool by_rows) {
  // Neighbouring warps take neighbouring pieces of a line.
  const std::int64_t line_tiles = by_rows ? args.col_tiles : args.row_tiles;
  const std::int64_t slow = tile / line_tiles, fast = tile - slow * line_tiles;
  const ConstMatrix& matrix = args.problem.matrix;
  const int width = 32 / args.problem.group * args.problem.group;
  AnyTile t;
  t.row = (by_rows ? slow : fast) * kAnyRows;
  t.col = (by_rows ? fast : slow) * width;
  t.rows = static_cast<int>(matrix.rows - t.row < kAnyRows ? matrix.rows - t.row : kAnyRows);
  t.cols = static_cast<int>(matrix.cols - t.col < width ? matrix.cols - t.col : width);
  return t;
}

// Absent elements get key 0 and, being behind, lose the tie with any that exists.
template <int kElemBytes>
__device__ __forceinline__ void load_keys(const BestMask& problem, const AnyTile& t, bool by_rows,
                                          int width, int lane, AnyKeys& key) {
  const ConstMatrix& matrix = problem.matrix;
  const int lines = by_rows ? t.rows : width;
  for (int base = 0; base < lines; base += kAnyLoads) {
    std::uint32_t loaded[kAnyLoads];
#pragma unroll
    for (int i = 0; i < kAnyLoads; ++i) {
      const int r = by_rows ? base + i : lane, c = by_rows ? lane : base + i;
      loaded[i] = 0;
      if (r < t.rows && c < t.cols)
        loaded[i] = rank_key(
            problem.rule, load_element<kElemBytes>(matrix.at(t.row + r, t.col + c), matrix.align));
    }
#pragma unroll
    for (int i = 0; i < kAnyLoads; ++i)
      key[by_rows ? base + i : lane][by_rows ? lane : base + i] = loaded[i];
  }
}

// Bit r: the lane's element of row r is among the best of its group.
__device__ __forceinline__ unsigned best_of_column(const AnyKeys& key, int rows, int first,
                                                   int slot, int group, int keep) {
  unsigned kept = 0;
  for (int base = 0; base < rows; base += kAnyAtOnce) {
    std::uint32_t mine[kAnyAtOnce];
    int rank[kAnyAtOnce] = {};
#pragma unroll
    for (int j = 0; j < kAnyAtOnce; ++j) mine[j] = key[base + j][first + slot];
    for (int i = 0; i < group; ++i) {
      const unsigned behind = i >= slot;  // must be strictly better; no key is the largest integer
#pragma unroll
      for (int j = 0; j < kAnyAtOnce; ++j) rank[j] += key[base + j][first + i] >= mine[j] + behind;
    }
#pragma unroll
    for (int j = 0; j < kAnyAtOnce; ++j)
      kept |= static_cast<unsigned>(rank[j] < keep) << (base + j);
  }
  return kept;
}

__device__ __forceinline__ void store_kept(const Matrix& mask, const AnyTile& t, unsigned kept,
                                           int lane) {
  if (mask.row_major(1)) {
    for (int r = 0; r < t.rows; ++r)
      if (lane < t.cols) *mask.at(t.row + r, t.col + lane) = static_cast<std::byte>(kept >> r & 1u);
    return;
  }
  for (int c = 0; c < t.cols; ++c) {
    const unsigned column = __shfl_sync(~0u, kept, c);
    if (lane < t.rows)
      *mask.at(t.row + lane, t.col + c) = static_cast<std::byte>(column >> lane & 1u);
  }
}

template <int kElemBytes>
__global__ void __launch_bounds__(kAnyThreads)
    best_mask_any(const __grid_constant__ BestMaskAnyArgs args) {
  __shared__ AnyKeys keys[kAnyWarps];
  const int warp = static_cast<int>(threadIdx.x / 32), lane = static_cast<int>(threadIdx.x % 32);
  const BestMask& problem = args.problem;
  const bool by_rows = problem.matrix.row_major(kElemBytes);
  const int group = problem.group, width = 32 / group * group;
  const int place = lane < width ? lane : 0;  // lanes beyond the last group repeat the first column
  const int slot = place % group;
  const std::int64_t tiles = args.row_tiles * args.col_tiles;
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kAnyWarps;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kAnyWarps + warp; i < tiles;
       i += stride) {
    const AnyTile t = any_tile(args, i, by_rows);
    load_keys<kElemBytes>(problem, t, by_rows, width, lane, keys[warp]);
    __syncwarp();
    const unsigned kept =
        best_of_column(keys[warp], t.rows, place - slot, slot, group, problem.keep);
    __syncwarp();  // before the next tile's keys
    store_kept(problem.mask, t, kept, lane);
  }
}

}  // namespace heddle
