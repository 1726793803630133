#pragma once
// A 4 x 4 tile in the registers of one lane.

#include "kernels/access.cuh"

namespace heddle {

// The elements as they lie in memory: row r is word[kElem * r] and on.
template <int kElem>
struct TileBits {
  std::uint32_t word[4 * kElem];

  __device__ __forceinline__ std::uint32_t element(int row, int col) const {
    constexpr int kPer = 4 / kElem;
    constexpr std::uint32_t kMask = kElem == 4 ? ~0u : (1u << 8 * kElem % 32) - 1;
    return word[kElem * row + col / kPer] >> 8 * kElem * (col % kPer) & kMask;
  }
};

__device__ __forceinline__ TileBits<4> transpose_tile(const TileBits<4>& t) {
  TileBits<4> out;
#pragma unroll
  for (int i = 0; i < 16; ++i) out.word[i] = t.word[i % 4 * 4 + i / 4];
  return out;
}
__device__ __forceinline__ TileBits<2> transpose_tile(const TileBits<2>& t) {
  TileBits<2> out;
#pragma unroll
  for (int c = 0; c < 4; ++c)
#pragma unroll
    for (int half = 0; half < 2; ++half)
      out.word[2 * c + half] = __byte_perm(t.word[4 * half + c / 2], t.word[4 * half + 2 + c / 2],
                                           c % 2 == 0 ? 0x5410 : 0x7632);
  return out;
}
__device__ __forceinline__ TileBits<1> transpose_tile(const TileBits<1>& t) {
  const std::uint32_t low01 = __byte_perm(t.word[0], t.word[1], 0x5140);   // columns 0 and 1
  const std::uint32_t high01 = __byte_perm(t.word[0], t.word[1], 0x7362);  // columns 2 and 3
  const std::uint32_t low23 = __byte_perm(t.word[2], t.word[3], 0x5140);
  const std::uint32_t high23 = __byte_perm(t.word[2], t.word[3], 0x7362);
  return {{__byte_perm(low01, low23, 0x5410), __byte_perm(low01, low23, 0x7632),
           __byte_perm(high01, high23, 0x5410), __byte_perm(high01, high23, 0x7632)}};
}

// A mask of a tile: byte c has column c, bit r of it row r. Two tiles fit a word, the second in the
// upper nibbles of the bytes.
using TileColumns = std::uint32_t;

// Rows for columns and back.
__device__ __forceinline__ std::uint32_t transpose_flags(std::uint32_t m) {
  const std::uint32_t near = (m ^ m >> 7) & 0x00AA00AAu;
  m ^= near ^ near << 7;
  const std::uint32_t far = (m ^ m >> 14) & 0x0000CCCCu;
  return m ^ far ^ far << 14;
}

// A mask by the numbering of tile_rule.hpp as columns.
__device__ __forceinline__ TileColumns columns_of(unsigned mask) {
  std::uint32_t rows = 0;  // byte r: row r, lowest bit column 0
#pragma unroll
  for (int p = 0; p < 16; ++p) rows |= (mask >> (15 - p) & 1u) << (8 * (p / 4) + p % 4);
  return transpose_flags(rows);
}

}  // namespace heddle
