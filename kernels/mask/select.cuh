#pragma once
// Which entries of a group rank highest, in registers. Bit i of the result is entry i.

#include <cstdint>

namespace heddle {

__device__ __forceinline__ unsigned best_one_of_two(const std::uint32_t (&key)[2]) {
  return key[1] > key[0] ? 2u : 1u;
}

__device__ __forceinline__ unsigned best_one_of_four(const std::uint32_t (&key)[4]) {
  const unsigned low = key[1] > key[0] ? 2u : 1u, high = key[3] > key[2] ? 8u : 4u;
  return max(key[2], key[3]) > max(key[0], key[1]) ? high : low;
}

// All but the worst. Of equal ones the later is the worse.
__device__ __forceinline__ unsigned best_three_of_four(const std::uint32_t (&key)[4]) {
  const unsigned low = key[1] > key[0] ? 1u : 2u, high = key[3] > key[2] ? 4u : 8u;
  return 0xFu ^ (min(key[2], key[3]) > min(key[0], key[1]) ? low : high);
}

// The two best of four are (0,1), (2,3), or the better of each half:
//   the worse of 0,1 stays unless the better of 2,3 beats it      (cross)
//   the better of 0,1 falls only if the worse of 2,3 beats it     (upper, implies cross)
__device__ __forceinline__ unsigned best_two_of_four(const std::uint32_t (&key)[4]) {
  const unsigned low = key[1] > key[0] ? 2u : 1u, high = key[3] > key[2] ? 8u : 4u;
  const bool cross = max(key[2], key[3]) > min(key[0], key[1]);
  const bool upper = min(key[2], key[3]) > max(key[0], key[1]);
  const unsigned bits = cross ? low | high : 0x3u;
  return upper ? 0xCu : bits;
}

__device__ __forceinline__ void descend(std::uint32_t& a, std::uint32_t& b) {
  const std::uint32_t better = max(a, b);
  b = min(a, b);
  a = better;
}
__device__ __forceinline__ void sort_four(std::uint32_t (&k)[4]) {
  descend(k[0], k[1]);
  descend(k[2], k[3]);
  descend(k[0], k[2]);
  descend(k[1], k[3]);
  descend(k[1], k[2]);
}

// Keys of at most 16 bits have room for their position, which makes them distinct: the best are
// those not below the keep-th largest. Of two descending fours, the larger of each i-th best and
// the other's (3 - i)-th best are the four largest, in an order that two more rounds sort.
__device__ __forceinline__ unsigned best_of_eight(const std::uint32_t (&key)[8], int keep) {
  std::uint32_t ranked[8], low[4], high[4], upper[4];
#pragma unroll
  for (int i = 0; i < 8; ++i) ranked[i] = key[i] << 3 | static_cast<std::uint32_t>(7 - i);
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    low[i] = ranked[i];
    high[i] = ranked[4 + i];
  }
  sort_four(low);
  sort_four(high);
#pragma unroll
  for (int i = 0; i < 4; ++i) upper[i] = max(low[i], high[3 - i]);
  std::uint32_t last = min(min(upper[0], upper[1]), min(upper[2], upper[3]));  // the fourth
  if (keep != 4) {
    std::uint32_t r[4];
#pragma unroll
    for (int i = 0; i < 4; ++i) r[i] = keep < 4 ? upper[i] : min(low[i], high[3 - i]);
    descend(r[0], r[2]);
    descend(r[1], r[3]);
    descend(r[0], r[1]);
    descend(r[2], r[3]);
    const int nth = (keep - 1) % 4;
    last = nth < 2 ? (nth == 0 ? r[0] : r[1]) : (nth == 2 ? r[2] : r[3]);
  }
  unsigned bits = 0;
#pragma unroll
  for (int i = 0; i < 8; ++i) bits |= ranked[i] >= last ? 1u << i : 0u;
  return bits;
}

// The best `keep` of kGroup by counting ranks: an entry's rank is how many beat it.
template <int kGroup>
__device__ __forceinline__ unsigned best_by_rank(const std::uint32_t (&key)[kGroup], int keep) {
  int rank[kGroup];
#pragma unroll
  for (int i = 0; i < kGroup; ++i) rank[i] = i;  // every lower position is ahead, until shown not
#pragma unroll
  for (int i = 0; i < kGroup; ++i) {
#pragma unroll
    for (int j = i + 1; j < kGroup; ++j) {
      const int beats = key[j] > key[i];  // a later entry must be strictly better
      rank[i] += beats;
      rank[j] -= beats;
    }
  }
  unsigned bits = 0;
#pragma unroll
  for (int i = 0; i < kGroup; ++i) bits |= static_cast<unsigned>(rank[i] < keep) << i;
  return bits;
}

// kKeyBytes: keys but for kTopKey fit in a little more than that; 4 suits all. keep: 1 to kGroup.
template <int kGroup, int kKeyBytes = 4>
__device__ __forceinline__ unsigned best_entries(const std::uint32_t (&key)[kGroup], int keep) {
  if constexpr (kGroup == 2) {
    return keep == 1 ? best_one_of_two(key) : 0x3u;
  } else if constexpr (kGroup == 4) {
    if (keep == 2) return best_two_of_four(key);
    if (keep == 1) return best_one_of_four(key);
    return keep == 3 ? best_three_of_four(key) : 0xFu;
  } else if constexpr (kGroup == 8 && kKeyBytes <= 2) {
    return best_of_eight(key, keep);
  } else {
    return best_by_rank<kGroup>(key, keep);
  }
}

}  // namespace heddle
