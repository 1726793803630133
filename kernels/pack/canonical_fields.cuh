#pragma once
// Positions between metadata bytes and lanes. A group's positions are one field of keep * bits
// bits; fields lie one behind the other, from the lowest bit of the row's first byte.

#include "kernels/access.cuh"
#include "kernels/pack/canonical.hpp"
#include "kernels/tiling.hpp"

namespace heddle {

// ---- a field in each lane -----------------------------------------------------------------------
//
// 32 fields of `width` bits are `width` words. Where width divides 32 the steps of a call, up to the
// four of a tile line, travel in one access of the warp; else each step has its own.

// Bits of a position in a group of 2, 4 or 8, and whether those of all that are kept divide 32.
HEDDLE_HD constexpr int position_bits(int group) { return group == 2 ? 1 : group == 4 ? 2 : 3; }
HEDDLE_HD constexpr bool field_divides_word(int keep, int group) { return group < 8 && keep != 3; }

// Word at `offset` of a row of `size` bytes: nothing behind the row is touched.
__device__ __forceinline__ void store_word(std::byte* row, std::int64_t offset, std::int64_t size,
                                           std::uint32_t word, int align) {
  if (offset + 4 <= size) return store_run<4>(row + offset, {{word}}, align);
#pragma unroll 1
  for (; offset < size; ++offset, word >>= 8) row[offset] = static_cast<std::byte>(word);
}

__device__ __forceinline__ std::uint32_t load_word(const std::byte* row, std::int64_t offset,
                                                   std::int64_t size, int align) {
  if (offset + 4 <= size) return load_run<4>(row + offset, align).word[0];
  std::uint32_t word = 0;
#pragma unroll 1
  for (int i = 0; offset + i < size; ++i)
    word |= static_cast<std::uint32_t>(row[offset + i]) << 8 * i;
  return word;
}

// Word `lane` of the warp's 32 fields; 0 in lanes from `width` on.
__device__ __forceinline__ std::uint32_t gather_word(std::uint32_t field, int width, int lane) {
  std::uint32_t word = 0;
  const int begin = 32 * lane;  // first bit of the word
  int from = begin / width;
  for (int i = 0; i < 32 / width + 2; ++i, ++from) {  // the most fields that meet in a word
    const std::uint32_t other = __shfl_sync(~0u, field, from & 31);
    const int shift = from * width - begin;
    if (from < 32 && shift < 32) word |= shift < 0 ? other >> -shift : other << shift;
  }
  return word;
}

// Writes the fields of groups first + lane + 32 * step, first a multiple of 32. Fields past the last
// group are zero. All lanes call it.
template <int kGroup, int kSteps>
__device__ __forceinline__ void store_fields(const CanonicalBlob& out, int keep, std::int64_t row,
                                             std::int64_t first,
                                             const std::uint32_t (&field)[kSteps]) {
  const int width = keep * position_bits(kGroup), lane = threadIdx.x % 32;
  std::byte* line = out.metadata_row(row);
  const std::int64_t begin = first / 8 * width;
  if (!field_divides_word(keep, kGroup)) {
#pragma unroll
    for (int s = 0; s < kSteps; ++s) {
      const std::uint32_t word = gather_word(field[s], width, lane);
      if (lane < width)
        store_word(line, begin + 4 * (s * width + lane), out.metadata_step, word,
                   out.metadata_align);
    }
    return;
  }
  const int sharing = 32 / width;  // lanes whose fields make one word: at least kSteps
  std::uint32_t word[kSteps];
#pragma unroll
  for (int s = 0; s < kSteps; ++s) word[s] = field[s] << lane % sharing * width;
  for (int apart = 1; apart < sharing; apart *= 2) {
#pragma unroll
    for (int s = 0; s < kSteps; ++s) word[s] |= __shfl_xor_sync(~0u, word[s], apart);
  }
  const int step = lane % sharing;  // whose word this lane stores
  std::uint32_t mine = word[0];
#pragma unroll
  for (int s = 1; s < kSteps; ++s) mine = step == s ? word[s] : mine;
  if (step < kSteps)
    store_word(line, begin + 4 * (step * width + lane / sharing), out.metadata_step, mine,
               out.metadata_align);
}

// The inverse; zero past the last group.
template <int kGroup, int kSteps>
__device__ __forceinline__ void load_fields(const ConstCanonicalBlob& in, int keep,
                                            std::int64_t row, std::int64_t first,
                                            std::uint32_t (&field)[kSteps]) {
  const int width = keep * position_bits(kGroup), lane = threadIdx.x % 32;
  const std::byte* line = in.metadata_row(row);
  const std::int64_t begin = first / 8 * width;
  const int at = lane * width / 32, shift = lane * width % 32;  // word and bit of the lane's field
  const std::uint32_t all = (1u << width) - 1;
  if (field_divides_word(keep, kGroup)) {
    const std::uint32_t word =
        lane < kSteps * width
            ? load_word(line, begin + 4 * lane, in.metadata_step, in.metadata_align)
            : 0u;
#pragma unroll
    for (int s = 0; s < kSteps; ++s)
      field[s] = __shfl_sync(~0u, word, s * width + at) >> shift & all;
    return;
  }
  std::uint32_t word[kSteps];
#pragma unroll
  for (int s = 0; s < kSteps; ++s)
    word[s] = lane < width ? load_word(line, begin + 4 * (s * width + lane), in.metadata_step,
                                       in.metadata_align)
                           : 0u;
#pragma unroll
  for (int s = 0; s < kSteps; ++s) {
    const std::uint32_t low = __shfl_sync(~0u, word[s], at);
    const std::uint32_t high = __shfl_sync(~0u, word[s], at + 1);  // matters where the field ends
    field[s] = __funnelshift_r(low, high, static_cast<unsigned>(shift)) & all;
  }
}

// ---- position by position -----------------------------------------------------------------------

// Entry `entry` of a row's metadata. No byte that holds none of its bits is read.
__device__ __forceinline__ int position_at(const std::byte* row, std::int64_t entry, int bits) {
  if (bits == 0) return 0;
  const std::byte* at = row + entry * bits / 8;
  const int shift = static_cast<int>(entry * bits % 8);
  unsigned word = static_cast<unsigned>(at[0]);
  if (shift + bits > 8) word |= static_cast<unsigned>(at[1]) << 8;
  return static_cast<int>(word >> shift & ((1u << bits) - 1));
}

// Byte `index` of a stream of `entries` positions, entry e being position(e).
template <class Index, class Position>
__device__ __forceinline__ std::byte metadata_byte(Index index, Index entries, int bits,
                                                   const Position& position) {
  unsigned byte = 0;
#pragma unroll 1
  for (Index e = 8 * index / bits; e < entries && e * bits < 8 * index + 8; ++e) {
    const int shift = static_cast<int>(e * bits - 8 * index);
    const auto field = static_cast<unsigned>(position(e));
    byte |= shift < 0 ? field >> -shift : field << shift;
  }
  return static_cast<std::byte>(byte & 0xFFu);
}

}  // namespace heddle
