#pragma once
// The best mask of a list by exact sums: a warp for one tile. Whatever the weights, slow and right.

#include "kernels/arch/warp.cuh"
#include "kernels/tile/tile_rule.hpp"

namespace heddle {

namespace detail {

inline constexpr int kSearchMasks = tile::kMaxMasks / 32;  // of a lane
inline constexpr int kPieceBits = 24;

// Of each of a lane's masks, how far its sum is ahead of the best one's: never above 0 between
// pieces, in units of the lowest bit looked at. What lies below is less than a unit for each of 16
// entries, so one that is 16 behind stays behind; it is kept at kBehind.
inline constexpr std::int32_t kBehind = -32;
inline constexpr std::uint32_t kDecisive = 64;  // a piece that lower ones cannot make up for
struct Ahead {
  std::int32_t of[kSearchMasks];
};

// Takes in the next lower bits: `piece` is those of the entry of this lane, lanes 0 to 15.
__device__ __forceinline__ void look_at(Ahead& ahead, const unsigned (&mask)[kSearchMasks],
                                        std::uint32_t piece) {
#pragma unroll
  for (int k = 0; k < kSearchMasks; ++k)
    ahead.of[k] = max(ahead.of[k], kBehind) * (1 << kPieceBits);
#pragma unroll 1
  for (int p = 0; p < tile::kEntries; ++p) {
    const auto entry = static_cast<std::int32_t>(arch::shfl_idx(piece, p));
#pragma unroll
    for (int k = 0; k < kSearchMasks; ++k)
      if ((mask[k] >> (15 - p) & 1u) != 0) ahead.of[k] += entry;
  }
  std::int32_t best = ahead.of[0];
#pragma unroll
  for (int k = 1; k < kSearchMasks; ++k) best = max(best, ahead.of[k]);
#pragma unroll
  for (int lanes = 16; lanes > 0; lanes /= 2) best = max(best, arch::shfl_bfly(best, lanes));
#pragma unroll
  for (int k = 0; k < kSearchMasks; ++k) ahead.of[k] -= best;
}

// Whether one mask alone is left. A warp calls it together.
__device__ __forceinline__ bool decided(const Ahead& ahead) {
  int alive = 0;
#pragma unroll
  for (int k = 0; k < kSearchMasks; ++k) alive += ahead.of[k] > -tile::kEntries;
  const std::uint32_t lanes = arch::vote_ballot(alive != 0);
  return (lanes & (lanes - 1)) == 0 && !arch::vote_any(alive > 1);
}

// Bits [low, low + kPieceBits) of a finite weight in units of 2^-149.
__device__ __forceinline__ std::uint32_t piece_of(std::uint32_t weight, int low) {
  const int left = tile::shift_of(weight) - low;
  const std::uint32_t significand = tile::significand_of(weight);
  if (left >= kPieceBits || left <= -kPieceBits) return 0;
  return left >= 0 ? significand << left & ((1u << kPieceBits) - 1) : significand >> -left;
}

}  // namespace detail

// A warp calls it together. weight: of entry `lane` of the tile (bits of tile_weight.hpp), lanes 16
// to 31: 0. The first of the best masks, in every lane.
__device__ __forceinline__ unsigned search_list(const tile::MaskList& list, std::uint32_t weight,
                                                int lane) {
  detail::Ahead ahead;
  unsigned mask[detail::kSearchMasks];
#pragma unroll
  for (int k = 0; k < detail::kSearchMasks; ++k) {
    const bool exists = lane + 32 * k < list.count;
    mask[k] = exists ? list.mask[lane + 32 * k] : 0u;
    ahead.of[k] = exists ? 0 : detail::kBehind;
  }
  if (arch::vote_any(weight >= tile::kInfinity)) {
    detail::look_at(ahead, mask, weight == tile::kNan ? detail::kDecisive : 0u);
    detail::look_at(ahead, mask, weight == tile::kInfinity ? detail::kDecisive : 0u);
    if (weight >= tile::kInfinity) weight = 0;
  }
  std::uint32_t largest = weight;
#pragma unroll
  for (int lanes = 16; lanes > 0; lanes /= 2)
    largest = max(largest, arch::shfl_bfly(largest, lanes));
  int low = tile::top_of(largest);
  do {
    low -= detail::kPieceBits;
    detail::look_at(ahead, mask, detail::piece_of(weight, low));
  } while (arch::vote_any(!tile::quantises_exactly(weight, low)) && !detail::decided(ahead));
  int first = list.count;
#pragma unroll
  for (int k = detail::kSearchMasks - 1; k >= 0; --k)
    if (ahead.of[k] == 0) first = lane + 32 * k;
#pragma unroll
  for (int lanes = 16; lanes > 0; lanes /= 2) first = min(first, arch::shfl_bfly(first, lanes));
  return list.mask[first];
}

}  // namespace heddle
