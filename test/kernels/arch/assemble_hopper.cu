// Clusters, tensor copies and registers that change hands, for the assembler alone: nothing runs
// this.
#include "kernels/arch/cluster.cuh"
#include "kernels/arch/fence.cuh"
#include "kernels/arch/registers.cuh"
#include "kernels/arch/tensor_copy.cuh"
#include "kernels/arch/warp.cuh"

namespace heddle::arch {

template <bool Sm90>
__global__ void assemble_cluster(uint32_t* out) {
  if constexpr (Sm90 && kHasCluster) {
    __shared__ Mbarrier told;
    if (threadIdx.x == 0) {
      mbarrier_init(&told, cluster_nctarank());
      fence_mbarrier_init();
    }
    cluster_arrive_release();
    cluster_wait_acquire();
    if (threadIdx.x == 0) mbarrier_arrive_cluster(mapa(&told, cluster_ctarank() ^ 1));
    mbarrier_wait_parity(&told, 0);
    out[threadIdx.x] = cluster_ctarank();
  }
}
template __global__ void assemble_cluster<true>(uint32_t*);

template <bool Sm90>
__global__ void assemble_tensor_copy(const __grid_constant__ TensorMap map, char* out, int x) {
  if constexpr (Sm90 && kHasTensorCopy) {
    __shared__ __align__(1024) char box[8192];
    __shared__ Mbarrier full;
    if (threadIdx.x == 0) {
      prefetch_tensormap(&map);
      cp_async_bulk_prefetch_tensor<2>(&map, {x, 1});
      cp_async_bulk_prefetch_tensor<3>(&map, {x, 1, 2});
      mbarrier_init(&full, 1);
      fence_mbarrier_init();
      mbarrier_arrive_expect_tx(&full, 8192);
      if constexpr (kHasMulticast) {
        cp_async_bulk_tensor<2>(box, &map, {x, 1}, &full);
        cp_async_bulk_tensor<3>(box + 2048, &map, {x, 1, 2}, &full);
        cp_async_bulk_tensor_multicast<2>(box + 4096, &map, {x, 1}, &full, 3);
        cp_async_bulk_tensor_multicast<3>(box + 6144, &map, {x, 1, 2}, &full, 3);
      }
    }
    __syncthreads();
    mbarrier_wait_parity(&full, 0);
    out[threadIdx.x] = box[threadIdx.x];
    box[threadIdx.x] = 0;
    fence_proxy_async();
    __syncthreads();
    if (threadIdx.x == 0) {
      cp_async_bulk_tensor_store<2>(&map, {x, 1}, box);
      bulk_commit_group();
      cp_async_bulk_tensor_store<3>(&map, {x, 1, 2}, box + 2048);
      bulk_commit_group();
      bulk_wait_group_read<1>();
      bulk_wait_group<0>();
    }
  }
}
template __global__ void assemble_tensor_copy<true>(const __grid_constant__ TensorMap, char*, int);

template <bool Sm90>
__global__ void __launch_bounds__(384, 1) assemble_registers(uint32_t* out) {
  if constexpr (Sm90 && kHasSetmaxnreg) {
    if (threadIdx.x < 128) {
      setmaxnreg_dec<24>();
      if (elect_sync()) out[threadIdx.x] = 1;
    } else {
      setmaxnreg_inc<240>();
      out[threadIdx.x] = 2;
    }
  }
}
template __global__ void assemble_registers<true>(uint32_t*);

}  // namespace heddle::arch
