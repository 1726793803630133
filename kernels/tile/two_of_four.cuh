#pragma once
// The best 2:4 mask of a 4 x 4 tile with two entries kept in every row and column, from whole
// numbers u[4 r + c] below 2^21 (plus the same offset everywhere). docs/kernels/tile_mask.md.
//
// With x = row 0 - row 1, y = row 2 - row 3, z = (row 0 + row 1) - (row 2 + row 3), and pairs of
// columns {a, d}, {b, c} that make up all four, what a mask keeps less what it drops is at best
//
//     |z_a - z_d| + |x_b - x_c| + |y_b - y_c|     d or a is kept twice above, the other below
//     P(x) + P(y)                                 every column once above, once below
//     P(z)                                        two columns above, two below
//
// P(v) = the two largest of v - the two smallest = the largest of |v_a - v_d| + |v_b - v_c|.

#include "kernels/tile/fixed_point.cuh"
#include "kernels/tile/tile_bits.cuh"

namespace heddle {

// Pair k of columns; pairs k and k ^ 1 make up all four.
inline constexpr int kPairLow[6] = {0, 2, 0, 1, 0, 1};
inline constexpr int kPairHigh[6] = {1, 3, 2, 3, 3, 2};

// d[k] = v[low] - v[high].
struct PairDifferences {
  float d[6];
  __device__ __forceinline__ explicit PairDifferences(const float (&v)[4]) {
    constexpr int kLow[6] = {0, 2, 0, 1, 0, 1}, kHigh[6] = {1, 3, 2, 3, 3, 2};
#pragma unroll
    for (int k = 0; k < 6; ++k) d[k] = v[kLow[k]] - v[kHigh[k]];
  }
  __device__ __forceinline__ float size(int k) const { return size_of_float(d[k]); }
  __device__ __forceinline__ float halves() const {  // P
    return larger(larger(size(0) + size(1), size(2) + size(3)), size(4) + size(5));
  }
  __device__ __forceinline__ float least() const {
    return smaller(smaller(smaller(size(0), size(1)), smaller(size(2), size(3))),
                   smaller(size(4), size(5)));
  }
  // Byte c: how many columns column c beats, a tie being won by the lower one: 0 to 3, all
  // different.
  __device__ __forceinline__ std::uint32_t wins() const {
    float low = kWholeOffset + 256.0f,
          high = kWholeOffset + 770.0f;  // the higher of each pair wins
#pragma unroll
    for (int k = 0; k < 6; ++k) {
      constexpr float kOfLow[6] = {1 - 256, 0, 1, 256, 1, 256};
      constexpr float kOfHigh[6] = {0, 1 - 256, -1, -256, -256, -1};
      const float lower_wins = positive(d[k] + 1.0f);
      if (kOfLow[k] != 0) low = __fmaf_rn(lower_wins, kOfLow[k], low);
      if (kOfHigh[k] != 0) high = __fmaf_rn(lower_wins, kOfHigh[k], high);
    }
    return __byte_perm(__float_as_uint(low), __float_as_uint(high), 0x5410);
  }
};

struct TwoOfFour {
  PairDifferences x, y, z;

  template <int kSize>
  static __device__ __forceinline__ TwoOfFour of(const float (&u)[kSize]) {
    static_assert(kSize == 16);
    float x[4], y[4], z[4];
#pragma unroll
    for (int c = 0; c < 4; ++c) {
      x[c] = u[c] - u[4 + c];
      y[c] = u[8 + c] - u[12 + c];
      z[c] = (u[c] - u[8 + c]) + (u[4 + c] - u[12 + c]);
    }
    return {PairDifferences(x), PairDifferences(y), PairDifferences(z)};
  }
};

// Kept less dropped of the eight kinds of mask: 0 to 5 of pair k above and below, every column once
// above, two columns above.
struct Candidates {
  float value[8];

  __device__ __forceinline__ explicit Candidates(const TwoOfFour& t) {
#pragma unroll
    for (int k = 0; k < 6; ++k) value[k] = t.z.size(k) + t.x.size(k ^ 1) + t.y.size(k ^ 1);
    value[6] = t.x.halves() + t.y.halves();
    value[7] = t.z.halves();
  }
  __device__ __forceinline__ float best() const {
    return larger(larger(larger(value[0], value[1]), larger(value[2], value[3])),
                  larger(larger(value[4], value[5]), larger(value[6], value[7])));
  }
};

// What decoding needs of a candidate: for every column a nibble with its partner (4: none) and, at
// bit 3, whether z decides it; at bit 16 one, so that a sum tells how many candidates it is of.
inline constexpr std::uint32_t kOneCandidate = 1u << 16;
HEDDLE_HD constexpr std::uint32_t candidate_code(int i) {
  if (i == 6) return kOneCandidate | 0x4444u;
  if (i == 7) return kOneCandidate | 0xCCCCu;
  std::uint32_t code = kOneCandidate;
  for (int side = 0; side < 2; ++side) {
    const int k = i ^ side;
    const std::uint32_t deciding = side == 0 ? 8u : 0u;
    code |= (static_cast<std::uint32_t>(kPairHigh[k]) | deciding) << 4 * kPairLow[k];
    code |= (static_cast<std::uint32_t>(kPairLow[k]) | deciding) << 4 * kPairHigh[k];
  }
  return code;
}

// The sum of the codes of all candidates with value > floor.
__device__ __forceinline__ std::uint32_t codes_above(const float (&value)[8], float floor) {
  float sum = kWholeOffset;
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    constexpr float kCode[8] = {
        static_cast<float>(candidate_code(0)), static_cast<float>(candidate_code(1)),
        static_cast<float>(candidate_code(2)), static_cast<float>(candidate_code(3)),
        static_cast<float>(candidate_code(4)), static_cast<float>(candidate_code(5)),
        static_cast<float>(candidate_code(6)), static_cast<float>(candidate_code(7))};
    sum = __fmaf_rn(positive(value[i] - floor), kCode[i], sum);
  }
  return __float_as_uint(sum) & 0x7FFFFFu;
}
__device__ __forceinline__ bool one_candidate(std::uint32_t codes) {
  return codes < 2 * kOneCandidate;
}

// The mask of a candidate. A vector's flags are bit 2 of each byte: where a column beats its
// partner, or where it has no partner, whether it is among the two best.
__device__ __forceinline__ TileColumns decode(const TwoOfFour& t, std::uint32_t code) {
  const std::uint32_t partner = code & 0x7777u;
  // Bit 2 of each byte. __byte_perm has no use for the highest bit of a nibble, where prmt spreads a sign.
  const std::uint32_t by_z = __byte_perm(0x0400u, 0u, code >> 3 & 0x1111u);
  const auto flags = [partner](const PairDifferences& v) {
    const std::uint32_t wins = v.wins();
    return wins - __byte_perm(wins, 0x01010101u, partner) + 0x03030303u;
  };
  const std::uint32_t x = flags(t.x), y = flags(t.y), z = flags(t.z);
  const std::uint32_t row0 = (z & by_z) | (x & ~by_z), row1 = (z & by_z) | (~x & ~by_z);
  const std::uint32_t row2 = (~z & by_z) | (y & ~by_z), row3 = (~z & by_z) | (~y & ~by_z);
  return (row0 >> 2 & 0x01010101u) | (row1 >> 1 & 0x02020202u) | (row2 & 0x04040404u) |
         (row3 << 1 & 0x08080808u);
}

// ---- equally good masks -------------------------------------------------------------------------

// Of two masks of this rule the one that keeps the lowest differing position has the larger sum of
// these: the other seven positions follow from the nine.
HEDDLE_HD constexpr int position_weight(int position) {
  return position / 4 < 3 && position % 4 < 3 ? 256 >> (position / 4 * 3 + position % 4) : 0;
}

namespace detail {

// Kept less dropped of position_weight by a vector's six pairs: lower column kept, that is.
struct PositionDifferences {
  float x[6], y[6], z[6];
};
HEDDLE_HD constexpr PositionDifferences position_differences() {
  PositionDifferences out = {};
  for (int k = 0; k < 6; ++k) {
    const auto at = [&](int row, int side) {
      return position_weight(4 * row + (side == 0 ? kPairLow[k] : kPairHigh[k]));
    };
    const int x = at(0, 0) - at(1, 0) - at(0, 1) + at(1, 1);
    const int y = at(2, 0) - at(2, 1);
    const int z = at(0, 0) + at(1, 0) - at(2, 0) - at(0, 1) - at(1, 1) + at(2, 1);
    out.x[k] = static_cast<float>(x);
    out.y[k] = static_cast<float>(y);
    out.z[k] = static_cast<float>(z);
  }
  return out;
}

__device__ __forceinline__ float signed_by(float size, float difference) {
  return difference < 0.0f ? -size : size;
}
// Of two columns of every vector kept: the largest sum over the pairings that are the best.
__device__ __forceinline__ float position_halves(const PairDifferences& v, const float (&size)[6]) {
  const float best = v.halves();
  float sum = -0x1p20f;
#pragma unroll
  for (int k = 0; k < 6; k += 2)
    if (v.size(k) + v.size(k + 1) == best)
      sum = larger(sum, signed_by(size[k], v.d[k]) + signed_by(size[k + 1], v.d[k + 1]));
  return sum;
}

}  // namespace detail

// The code of the first of the best masks, where u is exact.
__device__ __forceinline__ std::uint32_t first_of_best(const TwoOfFour& t,
                                                       const Candidates& candidates, float best) {
  constexpr detail::PositionDifferences kSize = detail::position_differences();
  const float(&x)[6] = kSize.x, (&y)[6] = kSize.y, (&z)[6] = kSize.z;
  float position[8];
#pragma unroll
  for (int k = 0; k < 6; ++k)
    position[k] = detail::signed_by(z[k], t.z.d[k]) + detail::signed_by(x[k ^ 1], t.x.d[k ^ 1]) +
                  detail::signed_by(y[k ^ 1], t.y.d[k ^ 1]);
  position[6] = detail::position_halves(t.x, x) + detail::position_halves(t.y, y);
  position[7] = detail::position_halves(t.z, z);
  float first = -0x1p20f;
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    position[i] = candidates.value[i] == best ? position[i] : -0x1p20f;
    first = larger(first, position[i]);
  }
  return codes_above(position, first - 1.0f);
}

}  // namespace heddle
