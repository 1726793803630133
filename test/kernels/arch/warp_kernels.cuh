#pragma once
// Shuffles, votes and named barriers. For the testbed and for the GPU.

#include "kernels/arch/barrier.cuh"
#include "kernels/arch/dependent.cuh"
#include "kernels/arch/fence.cuh"
#include "kernels/arch/warp.cuh"
#include "test/kernels/arch/cases.hpp"

namespace heddle::arch_test {

__global__ void shuffle_kernel(int* out) {
  const int lane = static_cast<int>(threadIdx.x);
  if constexpr (arch::kHasDependentLaunch) arch::griddepcontrol_wait();
  out[lane] = arch::shfl_idx(lane, 5);
  out[32 + lane] = arch::shfl_up(lane, 3);
  out[64 + lane] = arch::shfl_down(lane, 7);
  out[96 + lane] = arch::shfl_bfly(lane, 9);
  out[128 + lane] = static_cast<int>(arch::vote_ballot(lane % 3 == 0));
  out[160 + lane] = arch::vote_any(lane == 31) + 2 * arch::vote_all(lane < 31);
  out[192 + lane] = arch::vote_any(lane > 31) + 2 * arch::vote_all(lane < 32);
  if (lane % 2 == 1) {
    out[224 + lane] = arch::shfl_bfly(lane, 2, 0xAAAAAAAAu);
  } else {
    out[224 + lane] = static_cast<int>(arch::vote_ballot(lane > 7, 0x55555555u));
  }
  if constexpr (arch::kHasDependentLaunch) arch::griddepcontrol_launch_dependents();
}

// Barriers 1 (full) and 2 (empty), of all 128 threads: who arrives does not wait.
__global__ void hand_over_kernel(unsigned rounds, unsigned* out) {
  __shared__ unsigned row[64];
  const unsigned i = threadIdx.x;
  if (i < 64) {
    for (unsigned round = 0; round < rounds; ++round) {
      if (round) arch::bar_sync<2>(128);
      row[i] = 100 * round + i;
      arch::fence_acq_rel_cta();
      arch::bar_arrive<1>(128);
    }
  } else {
    for (unsigned round = 0; round < rounds; ++round) {
      arch::bar_sync<1>(128);
      out[64 * round + i - 64] = row[127 - i];
      if (round + 1 < rounds) arch::bar_arrive<2>(128);
    }
  }
}

}  // namespace heddle::arch_test
