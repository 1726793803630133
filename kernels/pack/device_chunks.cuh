#pragma once
// Deciding two chunks of four columns at once, in halves of 32-bit registers: bits 15:0 belong to
// chunk A, bits 31:16 to chunk B. A *flag* is bit 15 of each half; its other bits mean nothing.
// One instruction then serves both chunks, and a rule of three flags is one instruction too.

#include <cstdint>

#include "kernels/access.cuh"
#include "kernels/pack/device_lane.hpp"
#include "kernels/pack/device_rule.hpp"

namespace heddle {

// For each position of the chunks, its key or its flag "kept".
struct ChunkKeys {
  std::uint32_t at[4];
};
struct ChunkFlags {
  std::uint32_t at[4];
};

__device__ __forceinline__ std::uint32_t two_of(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  return (a & b) | (c & (a | b));
}

// Flag: a > b. Keys are at most 0x7FFF, so that neither half borrows from the other.
__device__ __forceinline__ std::uint32_t beats(std::uint32_t a, std::uint32_t b) {
  return a - b + 0x7FFF7FFFu;
}

// The best entries of each group. An entry falls when as many others beat it as may stay; a tie is
// won by the lower position, that is, the higher must beat it.
template <DeviceKind kKind>
__device__ __forceinline__ ChunkFlags best_flags(const ChunkKeys& key) {
  const std::uint32_t up10 = beats(key.at[1], key.at[0]), up32 = beats(key.at[3], key.at[2]);
  if constexpr (kKind == DeviceKind::one_of_two) {
    return {{~up10, up10, ~up32, up32}};
  } else {
    const std::uint32_t up20 = beats(key.at[2], key.at[0]), up30 = beats(key.at[3], key.at[0]);
    const std::uint32_t up21 = beats(key.at[2], key.at[1]), up31 = beats(key.at[3], key.at[1]);
    if constexpr (kKind == DeviceKind::one_of_four)
      return {
          {~(up10 | up20 | up30), up10 & ~(up21 | up31), up20 & up21 & ~up32, up30 & up31 & up32}};
    else
      return {{~two_of(up10, up20, up30), ~two_of(~up10, up21, up31), ~two_of(~up20, ~up21, up32),
               ~two_of(~up30, ~up31, ~up32)}};
  }
}

// Groups with too many kept entries: bits 0 and 1 for the chunk's two groups in 1:2, else bit 0;
// those of chunk B at 16 and 17.
template <DeviceKind kKind>
__device__ __forceinline__ std::uint32_t crowded_groups(const ChunkFlags& kept) {
  const auto& k = kept.at;
  if constexpr (kKind == DeviceKind::one_of_two)
    return ((k[0] & k[1]) >> 15 & 0x00010001u) | ((k[2] & k[3]) >> 14 & 0x00020002u);
  else if constexpr (kKind == DeviceKind::one_of_four)
    return ((k[0] & k[1]) | (k[2] & k[3]) | ((k[0] | k[1]) & (k[2] | k[3]))) >> 15 & 0x00010001u;
  else
    return ((k[0] & k[1] & (k[2] | k[3])) | (k[2] & k[3] & (k[0] | k[1]))) >> 15 & 0x00010001u;
}

// Completes groups that keep fewer: the lowest positions not kept.
template <DeviceKind kKind>
__device__ __forceinline__ ChunkFlags with_fillers(const ChunkFlags& kept) {
  const auto& k = kept.at;
  if constexpr (kKind == DeviceKind::one_of_two)
    return {{k[0] | ~k[1], k[1], k[2] | ~k[3], k[3]}};
  else if constexpr (kKind == DeviceKind::one_of_four)
    return {{k[0] | ~(k[1] | k[2] | k[3]), k[1], k[2], k[3]}};
  else
    return {{k[0] | ~two_of(k[1], k[2], k[3]), k[1] | ~(k[2] | k[3]), k[2], k[3]}};
}

// 1:4: the entry stored beside the kept one is at the next position, cyclically.
__device__ __forceinline__ ChunkFlags with_next(const ChunkFlags& kept) {
  const auto& k = kept.at;
  return {{k[0] | k[3], k[1] | k[0], k[2] | k[1], k[3] | k[2]}};
}

// The nibbles of two flags set in each chunk, at bits 3:0 and 19:16.
__device__ __forceinline__ std::uint32_t nibbles_of(const ChunkFlags& stored) {
  const auto& k = stored.at;
  const std::uint32_t first_is_1 = k[1] & ~k[0], first_is_2 = ~(k[0] | k[1]);
  const std::uint32_t second_is_odd = k[3] | ~k[2], second_is_upper = k[3] | k[2];
  return (first_is_1 >> 15 & 0x00010001u) | (first_is_2 >> 14 & 0x00020002u) |
         (second_is_odd >> 13 & 0x00040004u) | (second_is_upper >> 12 & 0x00080008u);
}

// ---- keys and flags from memory's words ---------------------------------------------------------

// Every float of a word as its magnitude key, NaN above all, in place.
template <int kElem>
__device__ __forceinline__ std::uint32_t float_keys(const MagnitudeRule& rule, std::uint32_t word) {
  constexpr std::uint32_t kTops = kElem == 4 ? 0x80000000u : kElem == 2 ? 0x80008000u : 0x80808080u;
  constexpr int kTop = 8 * kElem - 1;
  const std::uint32_t magnitude = word & ~kTops;
  const std::uint32_t nan = (magnitude + rule.nan_to_top) & kTops;
  return magnitude | (nan - (nan >> kTop));
}

// The same of four i8: at most 0x80, so that nothing is carried from one to the next.
__device__ __forceinline__ std::uint32_t integer_keys(std::uint32_t word) {
  const std::uint32_t negative = word & 0x80808080u, ones = negative >> 7;
  return (word ^ ((negative - ones) | negative)) + ones;
}

// 0xFF for every byte that is not zero.
__device__ __forceinline__ std::uint32_t nonzero_bytes(std::uint32_t word) {
  const std::uint32_t tops = ((word & 0x7F7F7F7Fu) + 0x7F7F7F7Fu) | word;
  return (tops >> 7 & 0x01010101u) * 0xFFu;
}

// Keys of four bytes a chunk, and of four 16-bit words a chunk.
__device__ __forceinline__ ChunkKeys byte_keys(std::uint32_t a, std::uint32_t b) {
  return {{__byte_perm(a, b, 0x0400) & 0x00FF00FFu, __byte_perm(a, b, 0x0501) & 0x00FF00FFu,
           __byte_perm(a, b, 0x0602) & 0x00FF00FFu, __byte_perm(a, b, 0x0703) & 0x00FF00FFu}};
}
__device__ __forceinline__ ChunkKeys half_keys(const Run<8>& a, const Run<8>& b) {
  return {{__byte_perm(a.word[0], b.word[0], 0x5410), __byte_perm(a.word[0], b.word[0], 0x7632),
           __byte_perm(a.word[1], b.word[1], 0x5410), __byte_perm(a.word[1], b.word[1], 0x7632)}};
}

// Flags of four bytes 0x00 or 0xFF a chunk.
__device__ __forceinline__ ChunkFlags byte_flags(std::uint32_t a, std::uint32_t b) {
  return {{__byte_perm(a, b, 0x4400), __byte_perm(a, b, 0x5511), __byte_perm(a, b, 0x6622),
           __byte_perm(a, b, 0x7733)}};
}

// ---- values -------------------------------------------------------------------------------------

// The two elements that each chunk's nibble names: of four bytes, both chunks in one word, and of
// four 16-bit elements, a word a chunk.
__device__ __forceinline__ std::uint32_t stored_bytes(std::uint32_t a, std::uint32_t b,
                                                      std::uint32_t nibbles) {
  const std::uint32_t positions = (nibbles & 0x00030003u) | (nibbles & 0x000C000Cu) << 2;
  return __byte_perm(a, b, (positions | positions >> 8 | 0x4400u) & 0xFFFFu);
}
struct TwoWords {
  std::uint32_t a, b;
};
__device__ __forceinline__ TwoWords stored_halves(const Run<8>& a, const Run<8>& b,
                                                  std::uint32_t nibbles) {
  // Position p of an element is bytes 2p and 2p + 1: 0x22 p + 0x10 as two selectors.
  const std::uint32_t selectors =
      0x10101010u + (nibbles & 0x00030003u) * 0x22u + (nibbles & 0x000C000Cu) * (0x2200u / 4);
  return {__byte_perm(a.word[0], a.word[1], selectors & 0xFFFFu),
          __byte_perm(b.word[0], b.word[1], selectors >> 16)};
}

}  // namespace heddle
