#pragma once
// Greedy masks of tiles of a group of up to 4: sorted in registers, then entry by entry.

#include <cstdint>

#include "kernels/layout/host_device.hpp"

namespace heddle {

// An entry in rank order: a larger rank, or the same at a lower position, comes first. Ranks below
// 2^28 hold the position in the same word.
struct NarrowEntry {
  std::uint32_t ranked;
  __device__ __forceinline__ static NarrowEntry of(std::uint32_t rank, int position) {
    return {rank << 4 | static_cast<std::uint32_t>(15 - position)};
  }
  __device__ __forceinline__ int position() const { return 15 - static_cast<int>(ranked & 15u); }
  static __device__ __forceinline__ void descend(NarrowEntry& a, NarrowEntry& b) {
    const std::uint32_t first = max(a.ranked, b.ranked);
    b.ranked = min(a.ranked, b.ranked);
    a.ranked = first;
  }
};
struct WideEntry {
  std::uint32_t rank;
  int at;
  __device__ __forceinline__ static WideEntry of(std::uint32_t rank, int position) {
    return {rank, position};
  }
  __device__ __forceinline__ int position() const { return at; }
  static __device__ __forceinline__ void descend(WideEntry& a, WideEntry& b) {
    const bool swap = b.rank > a.rank || (b.rank == a.rank && b.at < a.at);
    const WideEntry first = swap ? b : a;
    b = swap ? a : b;
    a = first;
  }
};

namespace detail {

// Batcher's odd-even merge sort of 16.
struct SortingNetwork {
  int count = 0;
  std::uint8_t upper[63] = {}, lower[63] = {};
};
HEDDLE_HD constexpr SortingNetwork sorting_network() {
  SortingNetwork net;
  for (int p = 1; p < 16; p *= 2)
    for (int k = p; k >= 1; k /= 2)
      for (int j = k % p; j + k < 16; j += 2 * k)
        for (int i = j; i < j + k && i + k < 16; ++i) {
          if (i / (2 * p) != (i + k) / (2 * p)) continue;
          net.upper[net.count] = static_cast<std::uint8_t>(i);
          net.lower[net.count++] = static_cast<std::uint8_t>(i + k);
        }
  return net;
}

}  // namespace detail

template <class Entry>
__device__ __forceinline__ void sort_descending(Entry (&e)[16]) {
  constexpr detail::SortingNetwork kNet = detail::sorting_network();
  static_assert(kNet.count == 63);
#pragma unroll
  for (int i = 0; i < 63; ++i) Entry::descend(e[kNet.upper[i]], e[kNet.lower[i]]);
}

// Kept entries, entry 4 r + c at bit 8 r + c: the rows of tile_bits.hpp. Rows and columns from
// `group` on keep nothing.
template <class Entry>
__device__ __forceinline__ std::uint32_t greedy_rows(Entry (&e)[16], int keep, int group) {
  sort_descending(e);
  // Fields of four bits, 0 to 3 the rows, 4 to 7 the columns; bit 3 of a field: full.
  std::uint32_t count = static_cast<std::uint32_t>(8 - keep) * 0x11111111u;
  const std::uint32_t beyond = 0xFFFFu << 4 * group & 0xFFFFu;
  count |= (beyond | beyond << 16) & 0x88888888u;
  std::uint32_t kept = 0;
#pragma unroll
  for (int i = 0; i < 16; ++i) {
    const int position = e[i].position(), row = position >> 2, col = position & 3;
    const std::uint32_t one = 1u << 4 * row | 0x10000u << 4 * col;
    if ((count & one << 3) != 0) continue;
    count += one;
    kept |= 1u << (8 * row + col);
  }
  return kept;
}

}  // namespace heddle
