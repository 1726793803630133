#include "test/simt/cuda.hpp"
#include "test/simt/planted/planted.hpp"

namespace heddle::simt::planted {
namespace {

__device__ bool bug_here(Twin twin) { return twin == Twin::buggy && blockIdx.x == 1; }

__global__ void divergent_kernel(Twin twin) {
  if (bug_here(twin) && threadIdx.x >= 32) {
    __syncthreads();
  } else {
    __syncthreads();
  }
  __syncthreads();
}

__global__ void divergent_twin() {
  __syncthreads();
  __syncthreads();
}

__global__ void skipped_kernel(Twin twin) {
  if (bug_here(twin) && threadIdx.x >= 32) {
    barrier_sync(1, 64);
  } else {
    __syncthreads();
  }
}

__global__ void count_kernel(Twin twin) {
  barrier_sync(2, bug_here(twin) && threadIdx.x >= 32 ? 32 : 64);
}

__global__ void early_exit_kernel(Twin twin) {
  if (bug_here(twin) && threadIdx.x == 40) return;
  __syncthreads();
}

__global__ void outside_mask_kernel(Twin twin) {
  const unsigned lane = threadIdx.x % 32;
  if (lane < (bug_here(twin) ? 17 : 16)) __ballot_sync(0xFFFF, lane & 1);
}

__global__ void disagree_kernel(Twin twin) {
  __syncwarp(bug_here(twin) && threadIdx.x % 32 == 0 ? 0x7FFFFFFF : 0xFFFFFFFF);
}

__global__ void exited_lane_kernel(Twin twin) {
  if (bug_here(twin) && threadIdx.x == 63) return;
  __shfl_xor_sync(~0u, threadIdx.x, 1);
}

__global__ void shuffle_outside_kernel(Twin twin) {
  const unsigned lane = threadIdx.x % 32;
  if (lane < 16) __shfl_sync(0xFFFF, lane, bug_here(twin) && lane == 3 ? 20 : 0);
}

__global__ void spin_kernel(Twin twin, unsigned* flags) {
  unsigned* flag = flags + blockIdx.x;
  if (threadIdx.x == 63 && !bug_here(twin)) atomicExch(flag, 1);
  if (threadIdx.x == 0) {
    while (atomicAdd(flag, 0) != 1) __nanosleep(20);
  }
}

template <typename Kernel>
Report run(Kernel kernel, Twin twin, const Options& options) {
  return launch(
      {2}, {64}, 0, [&] { kernel(twin); }, options);
}

}  // namespace

Report divergent_barrier(Twin t, const Options& o) {
  if (t == Twin::correct)
    return launch(
        {2}, {64}, 0, [] { divergent_twin(); }, o);
  return run(divergent_kernel, t, o);
}
Report skipped_barrier(Twin t, const Options& o) { return run(skipped_kernel, t, o); }
Report barrier_count(Twin t, const Options& o) { return run(count_kernel, t, o); }
Report early_exit(Twin t, const Options& o) { return run(early_exit_kernel, t, o); }
Report lane_outside_mask(Twin t, const Options& o) { return run(outside_mask_kernel, t, o); }
Report lanes_disagree(Twin t, const Options& o) { return run(disagree_kernel, t, o); }
Report exited_lane(Twin t, const Options& o) { return run(exited_lane_kernel, t, o); }
Report shuffle_outside_mask(Twin t, const Options& o) { return run(shuffle_outside_kernel, t, o); }
Report endless_spin(Twin t, const Options& o) {
  GlobalBuffer<unsigned> flags(std::vector<unsigned>{0, 0});
  unsigned* p = flags.data();
  return launch(
      {2}, {64}, 0, [&] { spin_kernel(t, p); }, o);
}

}  // namespace heddle::simt::planted
