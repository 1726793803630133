#pragma once
// Asynchronous copies: a block of 64 threads, or of 96 with a producer warp. For the testbed and
// for the GPU.

#include "kernels/arch/async_copy.cuh"
#include "kernels/arch/bulk_copy.cuh"
#include "kernels/arch/fence.cuh"
#include "kernels/arch/global.cuh"
#include "test/kernels/arch/cases.hpp"

namespace heddle::arch_test {

template <int Bytes, bool PastL1>
__global__ void once_kernel(const unsigned char* in, unsigned char* out, std::uint32_t source) {
  __shared__ __align__(16) unsigned char row[64 * 16];
  const unsigned at = threadIdx.x * Bytes;
  if constexpr (PastL1) {
    arch::cp_async_cg(row + at, in + at, source);
  } else {
    arch::cp_async_ca<Bytes>(row + at, in + at, source);
  }
  arch::cp_async_wait_all();
  for (unsigned i = 0; i < Bytes; ++i) out[at + i] = row[at + i];
}

__global__ void pipeline_kernel(const float* in, unsigned tiles, float* out) {
  __shared__ __align__(16) float stage[3][64];
  const unsigned i = threadIdx.x;
  const auto fetch = [&](unsigned tile) {
    if (tile < tiles) arch::cp_async_ca<4>(&stage[tile % 3][i], in + 64 * tile + i);
    arch::cp_async_commit_group();
  };
  fetch(0);
  fetch(1);
  float sum = 0;
  for (unsigned tile = 0; tile < tiles; ++tile) {
    arch::cp_async_wait_group<1>();
    __syncthreads();
    fetch(tile + 2);
    sum += stage[tile % 3][63 - i];
  }
  out[i] = sum;
}

// A producer warp, 64 consumers, two stages. Nothing happens on a target without bulk copies.
__global__ void bulk_kernel(const float* in, unsigned tiles, float* out) {
  if constexpr (arch::kHasBulkCopy) {
    __shared__ __align__(16) float stage[2][64];
    __shared__ arch::Mbarrier full[2], empty[2];
    if (threadIdx.x == 0) {
      for (unsigned s = 0; s < 2; ++s) {
        arch::mbarrier_init(&full[s], 1);
        arch::mbarrier_init(&empty[s], 64);
      }
      arch::fence_mbarrier_init();
    }
    __syncthreads();
    if (threadIdx.x < 32) {
      for (unsigned tile = 0; threadIdx.x == 0 && tile < tiles; ++tile) {
        const unsigned s = tile % 2, round = tile / 2;
        arch::mbarrier_wait_parity(&empty[s], (round & 1) ^ 1);  // at once in round 0
        arch::mbarrier_arrive_expect_tx(&full[s], 256);
        arch::cp_async_bulk(stage[s], in + 64 * tile, 128, &full[s]);
        arch::cp_async_bulk(stage[s] + 32, in + 64 * tile + 32, 128, &full[s],
                            arch::createpolicy_evict_first());
      }
      return;
    }
    const unsigned i = threadIdx.x - 32;
    float sum = 0;
    for (unsigned tile = 0; tile < tiles; ++tile) {
      const unsigned s = tile % 2, round = tile / 2;
      arch::mbarrier_wait_parity(&full[s], round & 1);
      sum += stage[s][63 - i];
      arch::mbarrier_arrive(&empty[s]);
    }
    out[i] = sum;
  }
}

}  // namespace heddle::arch_test
