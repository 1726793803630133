#pragma once
// A tile's 2:4 mask in one lane.

#include <type_traits>

#include "kernels/tile/greedy.cuh"
#include "kernels/tile/loose.cuh"
#include "kernels/tile/tile_weights.cuh"

namespace heddle {

struct TileAnswer {
  TileColumns columns;
  bool certain;  // else the list must be searched
};

// In a tile that floor changed, two sums of 8 weights less 8 others differ from the true ones by
// less than 16; a difference of two pairs of weights by less than 8 changes sides at no cost.
inline constexpr float kDoubt = 16.0f;

template <TileKind kKind, TileRule kRule>
__device__ __forceinline__ TileAnswer best_tile(const TileBits<tile_elem(kKind)>& bits) {
  const TileNumbers n = tile_numbers<kKind>(bits);
  const TwoOfFour t = TwoOfFour::of(n.u);
  const Candidates candidates(t);
  const float best = candidates.best();
  std::uint32_t codes;
  bool certain = true;
  if constexpr (kKind == TileKind::i8) {
    codes = codes_above(candidates.value, best - 1.0f);  // no two are equal
  } else {
    codes = codes_above(candidates.value, best - kDoubt);
    certain = n.exact && !n.special && one_candidate(codes);
    if (!certain && !n.special) {
      if (n.exact) {
        codes = first_of_best(t, candidates, best);
        certain = true;
      } else {
        const float least = smaller(smaller(t.x.least(), t.y.least()), t.z.least());
        certain = one_candidate(codes) && least >= kDoubt / 2;
      }
    }
  }
  if constexpr (kRule == TileRule::at_most) {
    // With one more dropped than kept. i8: position_weight is not for these masks.
    constexpr float kMargin = kKind == TileKind::i8 ? 1024.0f : 64.0f;
    certain = certain && best_loose(n.u) < best - kMargin;
  }
  return {decode(t, codes), certain};
}

template <TileKind kKind>
__device__ __forceinline__ TileAnswer greedy_tile(const TileBits<tile_elem(kKind)>& bits) {
  using Rule = WordRule<kKind>;
  using Entry = std::conditional_t<Rule::kElem == 4, WideEntry, NarrowEntry>;
  Entry e[16];
#pragma unroll
  for (int i = 0; i < 16; ++i) {
    std::uint32_t rank = bits.element(i / 4, i % 4) & ~Rule::kTop;
    if constexpr (kKind == TileKind::i8) {
      rank = integer_sizes(bits.word[i / 4]) >> 8 * (i % 4) & 0xFFu;
    } else {
      rank = min(rank, Rule::kNan);  // every NaN ranks alike
    }
    e[i] = Entry::of(rank, i);
  }
  return {transpose_flags(greedy_rows(e, 2, 4)), true};
}

template <TileKind kKind, TileRule kRule>
__device__ __forceinline__ TileAnswer solve_tile(const TileBits<tile_elem(kKind)>& bits) {
  if constexpr (kRule == TileRule::greedy)
    return greedy_tile<kKind>(bits);
  else
    return best_tile<kKind, kRule>(bits);
}

}  // namespace heddle
