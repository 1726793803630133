#pragma once
// Counting what threads find, without an atomic for each of them.

#include "kernels/report/report.hpp"

namespace heddle {

// One thread's findings.
struct Findings {
  unsigned long long count = 0;
  unsigned long long first = ~0ull;

  __device__ __forceinline__ void add(unsigned long long finding, unsigned more = 1) {
    count += more;
    first = finding < first ? finding : first;
  }
};

// Adds a warp's findings to the tally. All 32 lanes call it.
__device__ __forceinline__ void publish(Tally* tally, Findings mine) {
  if (__ballot_sync(~0u, mine.count != 0) == 0) return;
  for (int lanes = 16; lanes > 0; lanes /= 2) {
    mine.count += __shfl_xor_sync(~0u, mine.count, lanes);
    const unsigned long long other = __shfl_xor_sync(~0u, mine.first, lanes);
    mine.first = other < mine.first ? other : mine.first;
  }
  if (threadIdx.x % 32 != 0) return;
  atomicAdd(&tally->count, mine.count);
  atomicMin(&tally->first, mine.first);
}

}  // namespace heddle
