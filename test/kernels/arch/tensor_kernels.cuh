#pragma once
// Tensor copies, clusters and what belongs to them: blocks of 128 threads, in clusters of 1, 2 or 4.
// For the testbed and for the GPU.

#include "kernels/arch/cluster.cuh"
#include "kernels/arch/fence.cuh"
#include "kernels/arch/registers.cuh"
#include "kernels/arch/tensor_copy.cuh"
#include "kernels/arch/warp.cuh"
#include "test/kernels/arch/cases.hpp"

namespace heddle::arch_test {

// Each block loads its part of a box [1][kBoxRows][32] and all blocks get all of it; they double the
// floats, and block `tile % blocks` stores them at the same place of another tensor. The rows lie
// swizzled in shared memory in between, which nobody needs to know.
__global__ void tensor_kernel(const __grid_constant__ TensorMap in,
                              const __grid_constant__ TensorMap out, int planes, int tiles) {
  if constexpr (arch::kHasMulticast) {
    __shared__ __align__(1024) float box[kBoxRows * 32];
    __shared__ arch::Mbarrier full, empty;
    const auto rank = static_cast<int>(arch::cluster_ctarank());
    const auto blocks = static_cast<int>(arch::cluster_nctarank());
    const int rows = kBoxRows / blocks, part = rank * rows;
    const bool first_warp = threadIdx.x < 32;
    if (threadIdx.x == 0) {
      arch::prefetch_tensormap(&in);
      arch::mbarrier_init(&full, 1);
      arch::mbarrier_init(&empty, 4 * static_cast<unsigned>(blocks));
      arch::fence_mbarrier_init();
    }
    arch::cluster_arrive_release();
    arch::cluster_wait_acquire();
    const bool elected = first_warp && arch::elect_sync();
    for (int i = 0; i < planes * tiles; ++i) {
      const int plane = i / tiles, row = i % tiles * kBoxRows;
      if (elected) {
        arch::mbarrier_wait_parity(&empty, (i & 1) ^ 1);
        arch::mbarrier_arrive_expect_tx(&full, sizeof box);
        arch::cp_async_bulk_prefetch_tensor<3>(&in, {0, row + part + kBoxRows, plane});
        if (blocks == 1) {
          arch::cp_async_bulk_tensor<3>(box, &in, {0, row, plane}, &full);
        } else {
          arch::cp_async_bulk_tensor_multicast<3>(box + part * 32, &in, {0, row + part, plane},
                                                  &full,
                                                  static_cast<std::uint16_t>((1 << blocks) - 1));
        }
      }
      __syncwarp();
      arch::mbarrier_wait_parity(&full, i & 1);
      if (i % blocks == rank) {
        for (int e = static_cast<int>(threadIdx.x); e < kBoxRows * 32; e += 128) box[e] *= 2;
        arch::fence_proxy_async();
        __syncthreads();
        if (elected) {
          for (int r = 0; r < blocks; ++r) {
            arch::cp_async_bulk_tensor_store<3>(&out, {0, row + r * rows, plane},
                                                box + r * rows * 32);
          }
          arch::bulk_commit_group();
          arch::bulk_wait_group_read<0>();
        }
        __syncthreads();
      }
      __syncwarp();  // all lanes are past this phase of `full`
      if (threadIdx.x % 32 < static_cast<unsigned>(blocks)) {
        arch::mbarrier_arrive_cluster(arch::mapa(&empty, threadIdx.x % 32));
      }
    }
    if (elected) arch::bulk_wait_group<0>();
    arch::cluster_arrive_release();
    arch::cluster_wait_acquire();
  }
}

// Rows of 8 floats of a matrix, turned about by a copy in and a copy out of two dimensions.
__global__ void matrix_copy_kernel(const __grid_constant__ TensorMap in,
                                   const __grid_constant__ TensorMap out, int rows) {
  if constexpr (arch::kHasMulticast) {
    __shared__ __align__(128) float box[2][4 * 8];
    __shared__ arch::Mbarrier full;
    if (threadIdx.x != 0) return;
    arch::mbarrier_init(&full, 1);
    arch::fence_mbarrier_init();
    arch::cp_async_bulk_prefetch_tensor<2>(&in, {0, 0});
    for (int i = 0; i < rows; i += 4) {
      float(&here)[4 * 8] = box[i / 4 % 2];
      arch::bulk_wait_group_read<1>();
      arch::mbarrier_arrive_expect_tx(&full, sizeof here);
      arch::cp_async_bulk_tensor<2>(here, &in, {0, i}, &full);
      arch::mbarrier_wait_parity(&full, i / 4 & 1);
      arch::cp_async_bulk_tensor_store<2>(&out, {0, rows - 4 - i}, here);
      arch::bulk_commit_group();
    }
    arch::bulk_wait_group<0>();
  }
}

// Three warpgroups: the first gives registers to the others. out: who was elected in each warp.
__global__ void __launch_bounds__(384, 1) roles_kernel(std::uint32_t* out) {
  if constexpr (arch::kHasSetmaxnreg) {
    if (threadIdx.x < 128) {
      arch::setmaxnreg_dec<24>();
    } else {
      arch::setmaxnreg_inc<240>();
    }
    const bool first = arch::elect_sync(), again = arch::elect_sync();
    out[threadIdx.x] = (first ? 1u : 0u) + (again ? 2u : 0u);
  }
}

}  // namespace heddle::arch_test
