#pragma once
// Deciding several chunks of four columns at once, each in a *field* of 32-bit registers: two chunks
// of 16-bit elements in halves, four of bytes in bytes, the first in the low bits. A *flag* is the top
// bit of a field; its other bits mean nothing. One instruction then serves all chunks, and a rule of
// three flags is one instruction too.

#include <cstdint>

#include "kernels/access.cuh"
#include "kernels/layout/host_device.hpp"
#include "kernels/pack/device_lane.hpp"
#include "kernels/pack/device_rule.hpp"

namespace heddle {

// What a field's keys may be: at most 0x7FFF, 0x7F or 0x80.
enum class FieldKeys { halves, bytes, bytes_to_0x80 };

HEDDLE_HD constexpr int field_bits(FieldKeys keys) { return keys == FieldKeys::halves ? 16 : 8; }
// 1 in every field of so many bits.
HEDDLE_HD constexpr std::uint32_t field_ones(int bits) {
  return bits == 16 ? 0x00010001u : 0x01010101u;
}

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

// Flag: a > b. What is added keeps every field at 0 or more and below twice its top bit, so that none
// borrows from its neighbour. A key of 0x80 has its flag in itself, and is 0 to the addition.
template <FieldKeys kKeys>
__device__ __forceinline__ std::uint32_t beats(std::uint32_t a, std::uint32_t b) {
  constexpr int kBits = field_bits(kKeys);
  constexpr std::uint32_t kRest = field_ones(kBits) * ((1u << (kBits - 1)) - 1);
  if constexpr (kKeys == FieldKeys::bytes_to_0x80)
    return (((a & kRest) - (b & kRest) + kRest) | a) & ~b;
  else
    return a - b + kRest;
}

// The best entries of each group. An entry falls when as many others beat it as may stay; a tie is
// won by the lower position, that is, the higher must beat it.
template <DeviceKind kKind, FieldKeys kKeys>
__device__ __forceinline__ ChunkFlags best_flags(const ChunkKeys& key) {
  const auto up = [&](int high, int low) { return beats<kKeys>(key.at[high], key.at[low]); };
  const std::uint32_t up10 = up(1, 0), up32 = up(3, 2);
  if constexpr (kKind == DeviceKind::one_of_two) {
    return {{~up10, up10, ~up32, up32}};
  } else {
    const std::uint32_t up20 = up(2, 0), up30 = up(3, 0), up21 = up(2, 1), up31 = up(3, 1);
    if constexpr (kKind == DeviceKind::one_of_four)
      return {
          {~(up10 | up20 | up30), up10 & ~(up21 | up31), up20 & up21 & ~up32, up30 & up31 & up32}};
    else
      return {{~two_of(up10, up20, up30), ~two_of(~up10, up21, up31), ~two_of(~up20, ~up21, up32),
               ~two_of(~up30, ~up31, ~up32)}};
  }
}

// Groups with too many kept entries: bits 0 and 1 of each field for the chunk's two groups in 1:2, else
// bit 0.
template <DeviceKind kKind, int kBits>
__device__ __forceinline__ std::uint32_t crowded_groups(const ChunkFlags& kept) {
  constexpr std::uint32_t kOnes = field_ones(kBits);
  const auto& k = kept.at;
  if constexpr (kKind == DeviceKind::one_of_two)
    return ((k[0] & k[1]) >> (kBits - 1) & kOnes) | ((k[2] & k[3]) >> (kBits - 2) & 2 * kOnes);
  else if constexpr (kKind == DeviceKind::one_of_four)
    return ((k[0] & k[1]) | (k[2] & k[3]) | ((k[0] | k[1]) & (k[2] | k[3]))) >> (kBits - 1) & kOnes;
  else
    return ((k[0] & k[1] & (k[2] | k[3])) | (k[2] & k[3] & (k[0] | k[1]))) >> (kBits - 1) & kOnes;
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

// The nibbles of two flags set in each chunk, in the low bits of its field.
template <int kBits>
__device__ __forceinline__ std::uint32_t nibbles_of(const ChunkFlags& stored) {
  constexpr std::uint32_t kOnes = field_ones(kBits);
  const auto& k = stored.at;
  const std::uint32_t first_is_1 = k[1] & ~k[0], first_is_2 = ~(k[0] | k[1]);
  const std::uint32_t second_is_odd = k[3] | ~k[2], second_is_upper = k[3] | k[2];
  return (first_is_1 >> (kBits - 1) & kOnes) | (first_is_2 >> (kBits - 2) & 2 * kOnes) |
         (second_is_odd >> (kBits - 3) & 4 * kOnes) | (second_is_upper >> (kBits - 4) & 8 * kOnes);
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

// Bytes of four chunks, a word each, to words of one position each.
struct FourWords {
  std::uint32_t at[4];
};
__device__ __forceinline__ FourWords transposed_bytes(const Run<8>& a, const Run<8>& b) {
  const std::uint32_t low_a = __byte_perm(a.word[0], a.word[1], 0x5140);
  const std::uint32_t low_b = __byte_perm(b.word[0], b.word[1], 0x5140);
  const std::uint32_t high_a = __byte_perm(a.word[0], a.word[1], 0x7362);
  const std::uint32_t high_b = __byte_perm(b.word[0], b.word[1], 0x7362);
  return {{__byte_perm(low_a, low_b, 0x5410), __byte_perm(low_a, low_b, 0x7632),
           __byte_perm(high_a, high_b, 0x5410), __byte_perm(high_a, high_b, 0x7632)}};
}

// Keys of four 16-bit words a chunk.
__device__ __forceinline__ ChunkKeys half_keys(const Run<8>& a, const Run<8>& b) {
  return {{__byte_perm(a.word[0], b.word[0], 0x5410), __byte_perm(a.word[0], b.word[0], 0x7632),
           __byte_perm(a.word[1], b.word[1], 0x5410), __byte_perm(a.word[1], b.word[1], 0x7632)}};
}

// Flags of two chunks of 16-bit elements from four bytes 0x00 or 0xFF a chunk.
__device__ __forceinline__ ChunkFlags half_flags(std::uint32_t a, std::uint32_t b) {
  return {{__byte_perm(a, b, 0x4400), __byte_perm(a, b, 0x5511), __byte_perm(a, b, 0x6622),
           __byte_perm(a, b, 0x7733)}};
}

// ---- values -------------------------------------------------------------------------------------

// The two elements that each chunk's nibble names: of bytes, four chunks in two words, and of 16-bit
// elements, a word a chunk.
struct TwoWords {
  std::uint32_t a, b;
};
__device__ __forceinline__ TwoWords stored_bytes(const Run<8>& a, const Run<8>& b,
                                                 std::uint32_t nibbles) {
  const std::uint32_t selectors =
      (nibbles & 0x03030303u) | (nibbles << 2 & 0x30303030u) | 0x44004400u;
  return {__byte_perm(a.word[0], a.word[1], selectors & 0xFFFFu),
          __byte_perm(b.word[0], b.word[1], selectors >> 16)};
}
__device__ __forceinline__ TwoWords stored_halves(const Run<8>& a, const Run<8>& b,
                                                  std::uint32_t nibbles) {
  // Position p of an element is bytes 2p and 2p + 1: 0x22 p + 0x10 as two selectors.
  const std::uint32_t selectors =
      0x10101010u + (nibbles & 0x00030003u) * 0x22u + (nibbles & 0x000C000Cu) * (0x2200u / 4);
  return {__byte_perm(a.word[0], a.word[1], selectors & 0xFFFFu),
          __byte_perm(b.word[0], b.word[1], selectors >> 16)};
}

}  // namespace heddle
