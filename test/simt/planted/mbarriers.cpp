#include "test/simt/cuda.hpp"
#include "test/simt/planted/hopper.hpp"

namespace heddle::simt::planted {
namespace {

__global__ void mbarrier_kernel(MbarrierBug planted, const float* in, float* out) {
  __shared__ __align__(16) float row[64];
  __shared__ unsigned long long full, told;
  const unsigned i = threadIdx.x, rank = cluster_rank();
  const MbarrierBug bug = rank == 1 ? planted : MbarrierBug::none;
  if (i == 0) {
    unsigned arrivals = 1;
    if (bug == MbarrierBug::no_arrivals) arrivals = 0;
    if (bug == MbarrierBug::arrivals_past_2_20) arrivals = 1 << 20;
    const bool outside = bug == MbarrierBug::in_global_memory;
    mbarrier_init(outside ? static_cast<void*>(out) : &full, arrivals);
    mbarrier_init(&told, 1);
    fence_mbarrier_init();
  }
  cluster_arrive();
  cluster_wait();
  if (i == 0) {
    const unsigned bytes = bug == MbarrierBug::bytes_past_2_20 ? 1 << 20 : sizeof row;
    if (bug == MbarrierBug::copy_first) {
      async_copy_bulk(row, in, sizeof row, &full);
      mbarrier_arrive(&full, bytes);
    } else {
      mbarrier_arrive(&full, bytes);
      async_copy_bulk(row, in, sizeof row, &full);
    }
  }
  if (bug == MbarrierBug::never_waited) return;
  if (bug == MbarrierBug::wait_at_peer && i == 5) mbarrier_wait(cluster_map(&full, 0), 0);
  mbarrier_wait(&full, 0);
  out[blockIdx.x * 64 + i] = row[i];
  // The other block hears that all is well, and waits for it.
  __syncthreads();
  const unsigned other = bug == MbarrierBug::rank_outside ? 2 : 1 - rank;
  if (i == 0) mbarrier_arrive_cluster(cluster_map(&told, other));
  if (planted == MbarrierBug::late_peer_arrive && rank == 0) return;
  mbarrier_wait(&told, 0);
}

__global__ void barrier_kernel(ClusterBarrierBug planted, float* out) {
  const unsigned i = threadIdx.x, other = blockIdx.x ^ 1;
  const ClusterBarrierBug bug = cluster_rank() == 1 ? planted : ClusterBarrierBug::none;
  if (bug == ClusterBarrierBug::early_return && i == 40) return;  // that is allowed
  out[blockIdx.x * 64 + i] = 1;
  if (bug == ClusterBarrierBug::wait_alone && i == 40) cluster_wait();
  if (bug == ClusterBarrierBug::missing_thread && i == 40) {
    __syncthreads();
    return;
  }
  cluster_arrive();
  if (bug == ClusterBarrierBug::arrive_twice && i == 40) cluster_arrive();
  cluster_wait();
  if (bug == ClusterBarrierBug::missing_thread) __syncthreads();
  if (planted != ClusterBarrierBug::early_return)
    out[128 + blockIdx.x * 64 + i] = out[other * 64 + i];
}

}  // namespace

Report mbarriers(MbarrierBug bug, GlobalBuffer<float>& in, GlobalBuffer<float>& out,
                 const Options& options) {
  Options o = options;
  o.cluster = 2;
  return launch(
      {2}, {64}, 0, [&, p = in.data(), q = out.data()] { mbarrier_kernel(bug, p, q); }, o);
}

Report cluster_barrier(ClusterBarrierBug bug, GlobalBuffer<float>& out, const Options& options) {
  Options o = options;
  o.cluster = 2;
  return launch(
      {2}, {64}, 0, [&, p = out.data()] { barrier_kernel(bug, p); }, o);
}

}  // namespace heddle::simt::planted
