#pragma once
// Which entries of a group rank highest, in registers. Bit i of the result is entry i.

#include <cstdint>

namespace heddle {

// The two best of four are (0,1), (2,3), or the better of each half:
//   the worse of 0,1 stays unless the better of 2,3 beats it      (cross)
//   the better of 0,1 falls only if the worse of 2,3 beats it     (upper, implies cross)
__device__ __forceinline__ unsigned best_two_of_four(const std::uint32_t (&key)[4]) {
  const bool one = key[1] > key[0], three = key[3] > key[2];
  const std::uint32_t low_best = max(key[0], key[1]), low_worst = min(key[0], key[1]);
  const std::uint32_t high_best = max(key[2], key[3]), high_worst = min(key[2], key[3]);
  if (high_worst > low_best) return 0xCu;
  if (high_best > low_worst) return (one ? 2u : 1u) | (three ? 8u : 4u);
  return 0x3u;
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

template <int kGroup>
__device__ __forceinline__ unsigned best_entries(const std::uint32_t (&key)[kGroup], int keep) {
  if constexpr (kGroup == 4) {
    if (keep == 2) return best_two_of_four(key);
  }
  return best_by_rank<kGroup>(key, keep);
}

}  // namespace heddle
