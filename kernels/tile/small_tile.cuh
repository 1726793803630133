#pragma once
// Any pattern of a group of up to 4, any steps: a lane per tile, an element per access.

#include "kernels/access.cuh"
#include "kernels/tile/greedy.cuh"
#include "kernels/tile/search.cuh"
#include "kernels/tile/tile_bits.cuh"
#include "kernels/tile/tile_mask.hpp"

namespace heddle {

inline constexpr int kSmallBits = 27;  // of a weight: sums of 16 stay below 2^31

// The best mask of a list by weights cut to kSmallBits below the tile's largest.
struct SmallAnswer {
  unsigned mask;
  bool certain;
};
__device__ __forceinline__ SmallAnswer best_by_rounding(const tile::MaskList& list,
                                                        const std::uint32_t (&weight)[16]) {
  std::uint32_t largest = 0;
#pragma unroll
  for (int i = 0; i < 16; ++i) largest = max(largest, weight[i]);
  const int low = tile::top_of(min(largest, tile::kInfinity - 1)) - kSmallBits;
  std::uint32_t q[16];
  bool exact = true;
#pragma unroll
  for (int i = 0; i < 16; ++i) {
    q[i] = weight[i] < tile::kInfinity ? tile::quantised(weight[i], low) : 0u;
    exact = exact && tile::quantises_exactly(weight[i], low);
  }
  std::uint32_t best = 0, second = 0;
  unsigned found = list.mask[0];
#pragma unroll 1
  for (int m = 0; m < list.count; ++m) {
    const unsigned mask = list.mask[m];
    std::uint32_t sum = 1;  // above the start of `best`
#pragma unroll
    for (int i = 0; i < 16; ++i) sum += (mask >> (15 - i) & 1u) != 0 ? q[i] : 0u;
    const bool better = sum > best;
    second = max(second, min(sum, best));
    found = better ? mask : found;
    best = better ? sum : best;
  }
  // Rounding takes less than one from each of 16 entries.
  return {found, largest < tile::kInfinity && (exact || best - second >= 16)};
}

// Weights of the tile at (row, col), 0 where there is none.
template <int kElem>
__device__ __forceinline__ void load_weights(const TileProblem& p, std::int64_t row,
                                             std::int64_t col, std::uint32_t (&weight)[16]) {
  const int group = p.pattern.group;
#pragma unroll
  for (int i = 0; i < 16; ++i) {
    const int r = i / 4, c = i % 4;
    weight[i] = 0;
    if (r < group && c < group && row + r < p.matrix.rows && col + c < p.matrix.cols)
      weight[i] = tile::weight_bits(
          p.type, p.ranking, load_element<kElem>(p.matrix.at(row + r, col + c), p.matrix.align));
  }
}

// byte r of rows: row r of the tile, lowest bit column 0.
__device__ __forceinline__ void store_mask(const TileProblem& p, std::int64_t row, std::int64_t col,
                                           std::uint32_t rows) {
  const int group = p.pattern.group;
#pragma unroll
  for (int i = 0; i < 16; ++i) {
    const int r = i / 4, c = i % 4;
    if (r < group && c < group && row + r < p.mask.rows && col + c < p.mask.cols)
      *p.mask.at(row + r, col + c) = static_cast<std::byte>(rows >> (8 * r + c) & 1u);
  }
}

__device__ __forceinline__ std::uint32_t best_small(const SmallTileArgs& args,
                                                    const std::uint32_t (&weight)[16],
                                                    bool exists) {
  SmallAnswer answer = best_by_rounding(args.list, weight);
  const int lane = static_cast<int>(threadIdx.x % 32);
  for (std::uint32_t asking = arch::vote_ballot(exists && !answer.certain); asking != 0;
       asking &= asking - 1) {
    const int owner = __ffs(static_cast<int>(asking)) - 1;
    std::uint32_t mine = 0;
#pragma unroll
    for (int i = 0; i < 16; ++i) {
      const std::uint32_t other = arch::shfl_idx(weight[i], owner);
      if (lane == i) mine = other;
    }
    const unsigned found = search_list(args.list, mine, lane);
    if (lane == owner) answer.mask = found;
  }
  return transpose_flags(columns_of(answer.mask));
}

template <int kElem>
__global__ void __launch_bounds__(kTileMaskThreads)
    small_tile(const __grid_constant__ SmallTileArgs args) {
  const TileProblem& p = args.problem;
  const int lane = static_cast<int>(threadIdx.x % 32);
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kTileMaskThreads;
  std::int64_t first =
      static_cast<std::int64_t>(blockIdx.x) * kTileMaskThreads + (threadIdx.x - threadIdx.x % 32);
#pragma unroll 1
  for (; first < args.tiles; first += stride) {  // of the warp
    const std::int64_t index = first + lane;
    const std::int64_t slow = args.tiles_across.quotient(index);
    const std::int64_t fast = index - slow * args.tiles_across.divisor;
    const std::int64_t row = (args.flipped ? fast : slow) * p.pattern.group;
    const std::int64_t col = (args.flipped ? slow : fast) * p.pattern.group;
    std::uint32_t weight[16];
    load_weights<kElem>(p, row, col, weight);
    std::uint32_t rows;
    if (args.greedy) {
      WideEntry e[16];
#pragma unroll
      for (int i = 0; i < 16; ++i) e[i] = WideEntry::of(weight[i], i);
      rows = greedy_rows(e, p.pattern.keep, p.pattern.group);
    } else {
      rows = best_small(args, weight, index < args.tiles);
    }
    store_mask(p, row, col, rows);
  }
}

}  // namespace heddle
