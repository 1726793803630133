#pragma once
// The fast solver: tile_fast.hpp has the rules, step by step. A lane is a column, a row, or a pair of
// rows that meet.

#include "kernels/tile/large_tile.cuh"
#include "kernels/tile/tile_fast.hpp"

namespace heddle {

template <int kSide>
struct FastTile {
  const LargeLane<kSide>& at;
  LargeTiles<kSide>& tiles;

  __device__ __forceinline__ std::int32_t q(int r, int c) const {
    return tiles.entry[at.entry(r, c)];
  }
  __device__ __forceinline__ std::uint32_t& row(int r) const { return tiles.row[at.first + r]; }

  // Step 1: weights to whole numbers, in place.
  __device__ __forceinline__ void quantise() const {
    std::uint32_t largest = 0;
#pragma unroll 4
    for (int r = 0; r < kSide; ++r) {
      const auto weight = static_cast<std::uint32_t>(q(r, at.lane));
      if (weight < tile::kInfinity) largest = max(largest, weight);
    }
#pragma unroll
    for (int lanes = kSide / 2; lanes > 0; lanes /= 2)
      largest = max(largest, arch::shfl_bfly(largest, lanes));
    const int low = tile::top_of(largest) - tile::kFastBits;
#pragma unroll 4
    for (int r = 0; r < kSide; ++r) {
      const int i = at.entry(r, at.lane);
      tiles.entry[i] = tile::fast_weight(static_cast<std::uint32_t>(tiles.entry[i]), low);
    }
    __syncwarp();
  }

  // The price of the first `group` of these; the others must be lower than any.
  __device__ __forceinline__ std::int32_t price(const std::int32_t (&value)[kSide]) const {
    std::int32_t low = -(1 << tile::kFastBits), high = 1 << tile::kFastBits;
#pragma unroll 1
    for (int step = 0; step < tile::kFastSteps; ++step) {
      const std::int32_t middle = (low + high) >> 1;
      int above = 0;
#pragma unroll
      for (int i = 0; i < kSide; ++i) above += value[i] > middle;
      if (above >= at.keep) low = middle;
      if (above <= at.keep) high = middle;
    }
    return (low + high) >> 1;
  }
  // Values of the lane's column or row less the others' prices.
  __device__ __forceinline__ std::int32_t price_of_line(bool column, std::int32_t other) const {
    std::int32_t value[kSide];
#pragma unroll
    for (int i = 0; i < kSide; ++i) {
      const std::int32_t entry = column ? q(i, at.lane) : q(at.lane, i);
      const std::int32_t less = at.of_lane(other, i);
      value[i] = i < at.group ? min(entry, 1 << tile::kFastBits) - less : INT32_MIN;
    }
    return price(value);
  }

  // Steps 2 and 3.
  __device__ __forceinline__ void take_best() const {
    std::int32_t row_price = 0, col_price = 0;
#pragma unroll 1
    for (int round = 0; round < tile::kFastRounds; ++round) {
      col_price = price_of_line(true, row_price);
      row_price = price_of_line(false, col_price);
    }
    std::int32_t value[kSide];
#pragma unroll
    for (int i = 0; i < kSide; ++i) value[i] = q(at.lane, i) - at.of_lane(col_price, i);
    std::uint32_t kept = 0;
#pragma unroll 1
    for (int c = 0; c < at.group; ++c) {
      const std::int32_t mine = q(at.lane, c) - at.of_lane(col_price, c);
      int ahead = 0;
#pragma unroll
      for (int i = 0; i < kSide; ++i)
        ahead += i < at.group && (value[i] > mine || (value[i] == mine && i < c));
      kept |= static_cast<std::uint32_t>(ahead < at.keep) << c;
    }
    row(at.lane) = at.in_group() ? kept : 0u;
    __syncwarp();
  }

  __device__ __forceinline__ int kept_of_column() const {
    int count = 0;
#pragma unroll 4
    for (int r = 0; r < kSide; ++r) count += static_cast<int>(row(r) >> at.lane & 1u);
    return count;
  }

  // Step 4. A warp's tiles go on together; one that is balanced changes nothing.
  __device__ __forceinline__ void balance() const {
    int count = kept_of_column();
#pragma unroll 1
    for (;;) {
      const std::uint32_t crowded = at.ballot(count > at.keep);
      if (!arch::vote_any(crowded != 0)) return;
      const int c = crowded != 0 ? __ffs(static_cast<int>(crowded)) - 1 : 0;
      const bool may = crowded != 0 && at.in_group() && count < at.keep;
      std::int32_t best = INT32_MIN;
      int from = -1;
      if (may) {
#pragma unroll 1
        for (int r = 0; r < at.group; ++r) {
          const std::uint32_t kept = row(r);
          if ((kept >> c & 1u) == 0 || (kept >> at.lane & 1u) != 0) continue;
          const std::int32_t gain = q(r, at.lane) - q(r, c);
          if (from >= 0 && gain <= best) continue;
          best = gain;
          from = r;
        }
      }
      // The largest gain, then the lowest column.
      int to = from >= 0 ? at.lane : kSide;
#pragma unroll
      for (int lanes = kSide / 2; lanes > 0; lanes /= 2) {
        const std::int32_t gain = arch::shfl_bfly(best, lanes);
        const int col = arch::shfl_bfly(to, lanes), r = arch::shfl_bfly(from, lanes);
        const bool better =
            col < kSide && (to == kSide || gain > best || (gain == best && col < to));
        best = better ? gain : best;
        to = better ? col : to;
        from = better ? r : from;
      }
      __syncwarp();
      if (crowded != 0) {
        if (at.lane == 0) row(from) ^= 1u << c | 1u << to;
        count += (at.lane == to) - (at.lane == c);
      }
      __syncwarp();
    }
  }

  // A column and what it would bring; -1 for none.
  struct Found {
    int col;
    std::int32_t value;
  };
  __device__ __forceinline__ bool exchange(int a, int b) const {
    bool changed = false;
    for (;; changed = true) {
      const std::uint32_t row_a = row(a), row_b = row(b);
      const std::uint32_t gains = row_b & ~row_a, gives = row_a & ~row_b;
      Found most = {-1, 0}, least = {-1, 0};
#pragma unroll 4
      for (int c = 0; c < at.group; ++c) {
        const std::int32_t d = q(a, c) - q(b, c);
        if ((gains >> c & 1u) != 0 && (most.col < 0 || d > most.value)) most = {c, d};
        if ((gives >> c & 1u) != 0 && (least.col < 0 || d < least.value)) least = {c, d};
      }
      if (most.col < 0 || least.col < 0 || most.value <= least.value) return changed;
      row(a) = row_a ^ (1u << most.col | 1u << least.col);
      row(b) = row_b ^ (1u << most.col | 1u << least.col);
    }
  }
  __device__ __forceinline__ bool loosen(int x, int y) const {
    const std::uint32_t row_x = row(x), row_y = row(y);
    Found most = {-1, 0}, least = {-1, 0};
#pragma unroll 4
    for (int c = 0; c < at.group; ++c) {
      const std::int32_t mine = q(x, c), gain = mine - q(y, c);
      if (((row_y & ~row_x) >> c & 1u) != 0 && (most.col < 0 || gain > most.value))
        most = {c, gain};
      if (((row_y & row_x) >> c & 1u) != 0 && (least.col < 0 || mine < least.value))
        least = {c, mine};
    }
    if (most.col < 0) return false;
    std::uint32_t drop = 0;
    if (__popc(row_x) < at.keep) {
      if (most.value <= 0) return false;
    } else {
      if (least.col < 0 || most.value <= least.value) return false;
      drop = 1u << least.col;
    }
    row(x) = (row_x & ~drop) | 1u << most.col;
    row(y) = row_y & ~(1u << most.col);
    return true;
  }

  // Steps 5 and 6's sweeps. Pairs of a round share no row: a lane each.
  template <bool kLoose>
  __device__ __forceinline__ void sweep(int times) const {
    const int rounds = tile::fast_rounds(at.group), pairs = tile::fast_pairs(at.group);
    __syncwarp();  // all have read the rows
#pragma unroll 1
    for (int i = 0; i < times; ++i) {
      bool changed = false;
#pragma unroll 1
      for (int round = 0; round < rounds; ++round) {
        if (at.lane < pairs) {
          const tile::RowPair p = tile::fast_pair(at.group, round, at.lane);
          if (p.b < at.group) {
            if constexpr (kLoose) {
              changed = loosen(p.a, p.b) || changed;
              changed = loosen(p.b, p.a) || changed;
            }
            changed = exchange(p.a, p.b) || changed;
          }
        }
        __syncwarp();
      }
      if (!arch::vote_any(changed)) return;
    }
  }

  // Step 6's end: a lane is a column.
  __device__ __forceinline__ void fill() const {
    int count = kept_of_column();
#pragma unroll 1
    for (int r = 0; r < at.group; ++r) {
      const std::uint32_t kept = row(r);
      const bool has_room = at.in_group() && count < at.keep && (kept >> at.lane & 1u) == 0;
      const std::uint32_t open = at.ballot(has_room);
      const bool takes = has_room && __popc(open & ((1u << at.lane) - 1)) < at.keep - __popc(kept);
      const std::uint32_t taken = at.ballot(takes);
      count += takes;
      __syncwarp();  // all have read the row
      if (at.lane == 0) row(r) = kept | taken;
      __syncwarp();
    }
  }
};

template <int kSide>
__global__ void __launch_bounds__(kLargeThreads)
    fast_large_tile(const __grid_constant__ LargeTileArgs args) {
  __shared__ LargeTiles<kSide> shared[kLargeWarps];
  constexpr int kTiles = 32 / kSide;
  const int warp = static_cast<int>(threadIdx.x / 32);
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kLargeWarps * kTiles;
#pragma unroll 1
  for (std::int64_t tile = (static_cast<std::int64_t>(blockIdx.x) * kLargeWarps + warp) * kTiles;
       tile < args.tiles; tile += stride) {
    const LargeLane<kSide> at(args, tile);
    std::uint32_t kept = ~0u >> (32 - at.group);
    if (at.keep < at.group) {
      const FastTile<kSide> fast = {at, shared[warp]};
      load_weights(args, at, shared[warp]);
      fast.quantise();
      fast.take_best();
      fast.balance();
      fast.template sweep<false>(tile::kFastSweeps);
      if (args.at_most) {
        fast.template sweep<true>(tile::kFastLooseSweeps);
        fast.fill();
      }
      __syncwarp();
      kept = fast.row(at.lane);
    }
    store_rows(args, at, kept);
    __syncwarp();  // before the next tile's weights
  }
}

}  // namespace heddle
