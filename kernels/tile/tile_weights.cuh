#pragma once
// The weights of a 2:4 tile as whole numbers below 2^21, each plus 2^23, in the unit in which the
// tile's largest weight has 21 bits.

#include "heddle/mask.hpp"
#include "kernels/arch/convert.cuh"
#include "kernels/tile/fixed_point.cuh"
#include "kernels/tile/tile_bits.cuh"
#include "kernels/tile/tile_mask.hpp"
#include "kernels/tile/two_of_four.cuh"

namespace heddle {

// Constants of every element of a word.
template <TileKind kKind>
struct WordRule {
  static constexpr int kElem = tile_elem(kKind);
  static constexpr std::uint32_t kEvery = kElem == 4 ? 1u : kElem == 2 ? 0x00010001u : 0x01010101u;
  static constexpr std::uint32_t kTop = 1u << (8 * kElem - 1);
  static constexpr std::uint32_t kTops = kTop * kEvery;
  static constexpr std::uint32_t kNan = kKind == TileKind::f16      ? 0x7C01u
                                        : kKind == TileKind::bf16   ? 0x7F81u
                                        : kKind == TileKind::f8e4m3 ? 0x7Fu
                                        : kKind == TileKind::f8e5m2 ? 0x7Du
                                                                    : 0x7F800001u;
  // In every element, with the top bit clear: takes NaN, and nothing else, to the top bit.
  static constexpr std::uint32_t kNanToTop = (kTop - kNan) * kEvery;
};

// Ranking::value: negative elements but NaN become zero.
template <TileKind kKind, int kWords>
__device__ __forceinline__ void drop_negative(std::uint32_t (&word)[kWords]) {
  using Rule = WordRule<kKind>;
#pragma unroll
  for (int i = 0; i < kWords; ++i) {
    std::uint32_t negative = word[i] & Rule::kTops;
    if constexpr (kKind != TileKind::i8) negative &= ~((word[i] & ~Rule::kTops) + Rule::kNanToTop);
    word[i] &= ~((negative - (negative >> (8 * Rule::kElem - 1))) | negative);
  }
}

// |x| of four i8, the lowest as 128.
__device__ __forceinline__ std::uint32_t integer_sizes(std::uint32_t word) {
  const std::uint32_t negative = word & 0x80808080u, ones = negative >> 7;
  return (word ^ ((negative - ones) | negative)) + ones;
}

// u: whole numbers plus 2^23.
struct TileNumbers {
  float u[16];
  bool exact;    // floor dropped nothing
  bool special;  // a NaN or an infinity is among them: u means nothing
};

namespace detail {

// Finite magnitudes as floats.
template <TileKind kKind>
__device__ __forceinline__ void magnitudes(const TileBits<tile_elem(kKind)>& bits, float (&w)[16]) {
  if constexpr (kKind == TileKind::f32) {
#pragma unroll
    for (int i = 0; i < 16; ++i) w[i] = __uint_as_float(bits.word[i] & 0x7FFFFFFFu);
  } else if constexpr (kKind == TileKind::bf16) {
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      const std::uint32_t pair = bits.word[i] & 0x7FFF7FFFu;
      w[2 * i] = __uint_as_float(pair << 16);
      w[2 * i + 1] = __uint_as_float(pair & 0xFFFF0000u);
    }
  } else if constexpr (kKind == TileKind::f16) {
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      const std::uint32_t pair = bits.word[i] & 0x7FFF7FFFu;
      w[2 * i] = arch::cvt_f32_f16(static_cast<std::uint16_t>(pair));
      w[2 * i + 1] = arch::cvt_f32_f16(static_cast<std::uint16_t>(pair >> 16));
    }
  } else {  // as f16: e5m2 is its upper byte, e4m3 its magnitude times 2^8
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      const std::uint32_t upper = __byte_perm(bits.word[i / 2], 0u, i % 2 == 0 ? 0x1404 : 0x3424);
      const std::uint32_t pair =
          kKind == TileKind::f8e4m3 ? upper >> 1 & 0x3F803F80u : upper & 0x7F007F00u;
      w[2 * i] = arch::cvt_f32_f16(static_cast<std::uint16_t>(pair));
      w[2 * i + 1] = arch::cvt_f32_f16(static_cast<std::uint16_t>(pair >> 16));
    }
  }
}

}  // namespace detail

// All of one type. i8: a unit is 1 / 512, below it stands position_weight, so that no two masks of
// the exact rule are equally good.
template <TileKind kKind>
__device__ __forceinline__ TileNumbers tile_numbers(const TileBits<tile_elem(kKind)>& bits) {
  TileNumbers out;
  out.exact = true;
  out.special = false;
  if constexpr (kKind == TileKind::i8) {
#pragma unroll
    for (int r = 0; r < 4; ++r) {
      const std::uint32_t sizes = integer_sizes(bits.word[r]);
#pragma unroll
      for (int c = 0; c < 4; ++c) {  // 2^23 + 256 |x|, by its bits
        const float at_8 = __uint_as_float(
            __byte_perm(sizes, 0x4B000000u, 0x7404u | static_cast<unsigned>(c) << 4));
        out.u[4 * r + c] =
            __fmaf_rn(at_8, 2.0f, static_cast<float>(position_weight(4 * r + c)) - kWholeOffset);
      }
    }
  } else if constexpr (kKind == TileKind::f8e4m3) {
    float w[16];
    detail::magnitudes<kKind>(bits, w);
#pragma unroll
    for (int i = 0; i < 16; ++i) out.u[i] = __fmaf_rn(w[i], 0x1p17f, kWholeOffset);  // unit 2^-9
    std::uint32_t nan = 0;
#pragma unroll
    for (int r = 0; r < 4; ++r) nan |= (bits.word[r] & 0x7F7F7F7Fu) + 0x01010101u;
    out.special = (nan & 0x80808080u) != 0;
  } else {
    float w[16];
    detail::magnitudes<kKind>(bits, w);
    std::uint32_t largest = 32u << 23;  // what is smaller need not be told apart by this
#pragma unroll
    for (int i = 0; i < 16; ++i) largest = max(largest, __float_as_uint(w[i]));
    out.special = largest >= 0x7F800000u;
    const float scale = __uint_as_float((274u << 23) - (largest & 0x7F800000u));
#pragma unroll
    for (int i = 0; i < 16; ++i) out.u[i] = offset_floor(w[i], scale);
    float dropped = 0.0f;
#pragma unroll
    for (int i = 0; i < 16; ++i) dropped += __fmaf_rn(w[i], scale, kWholeOffset - out.u[i]);
    out.exact = dropped == 0.0f;
  }
  return out;
}

}  // namespace heddle
