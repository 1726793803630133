#include "test/simt/cuda.hpp"
#include "test/simt/planted/planted.hpp"

namespace heddle::simt::planted {

HEDDLE_SIMT_DYNAMIC_SHARED(unsigned, overrun_row);

namespace {

__device__ bool bug_here(Twin twin) { return twin == Twin::buggy && blockIdx.x == 1; }

__global__ void same_slot_kernel(Twin twin, unsigned* out) {
  __shared__ unsigned slot[2];
  const unsigned i = threadIdx.x;
  if (i % 32 == 5) slot[bug_here(twin) ? 0 : i / 32] = i;
  __syncthreads();
  if (i < 1) out[blockIdx.x] = slot[0];
}

__global__ void missing_barrier_kernel(Twin twin, unsigned* out) {
  __shared__ unsigned row[64];
  const unsigned i = threadIdx.x;
  row[i] = i;
  if (!bug_here(twin)) __syncthreads();
  out[blockIdx.x * 64 + i] = row[63 - i];
}

__global__ void missing_second_barrier_kernel(Twin twin, unsigned* out) {
  __shared__ unsigned row[64];
  const unsigned i = threadIdx.x;
  row[i] = i;
  __syncthreads();
  const unsigned value = row[63 - i];
  if (!bug_here(twin)) __syncthreads();
  row[i] = value;
  out[blockIdx.x * 64 + i] = value;
}

__global__ void missing_warp_sync_kernel(Twin twin, unsigned* out) {
  __shared__ unsigned row[64];
  const unsigned i = threadIdx.x;
  row[i] = i;
  // A shuffle is a rendezvous, but orders no memory.
  if (bug_here(twin)) {
    __shfl_sync(~0u, i, 0);
  } else {
    __syncwarp();
  }
  out[blockIdx.x * 64 + i] = row[i ^ 1];
}

// Warp 0 produces, warp 1 consumes.
__global__ void missing_named_barrier_kernel(Twin twin, unsigned* out) {
  __shared__ unsigned row[32];
  const unsigned lane = threadIdx.x % 32;
  if (threadIdx.x < 32) {
    row[lane] = lane;
    barrier_arrive(1, 64);
  } else {
    if (bug_here(twin)) {
      out[blockIdx.x * 32 + lane] = row[lane];
      barrier_sync(1, 64);
    } else {
      barrier_sync(1, 64);
      out[blockIdx.x * 32 + lane] = row[lane];
    }
  }
}

__global__ void plain_counter_kernel(Twin twin, unsigned* out) {
  __shared__ unsigned count;
  if (threadIdx.x == 0) count = 0;
  __syncthreads();
  if (bug_here(twin)) {
    count += 1;
  } else {
    atomicAdd(&count, 1);
  }
  __syncthreads();
  if (threadIdx.x == 0) out[blockIdx.x] = count;
}

__global__ void uninitialised_kernel(Twin twin, unsigned* out) {
  __shared__ unsigned row[65];
  const unsigned i = threadIdx.x;
  row[i] = i;
  __syncthreads();
  out[blockIdx.x * 64 + i] = row[bug_here(twin) && i == 37 ? 64 : i];
}

template <typename Kernel>
Report run(Kernel kernel, Twin twin, const Options& options) {
  GlobalBuffer<unsigned> out(128);
  unsigned* p = out.data();
  return launch(
      {2}, {64}, 0, [&] { kernel(twin, p); }, options);
}

}  // namespace

static __global__ void overrun_kernel(Twin twin) {
  extern __shared__ unsigned overrun_row[];
  const unsigned i = threadIdx.x;
  overrun_row[bug_here(twin) && i == 63 ? 64 : i] = i;
}

Report same_slot(Twin t, const Options& o) { return run(same_slot_kernel, t, o); }
Report missing_barrier(Twin t, const Options& o) { return run(missing_barrier_kernel, t, o); }
Report missing_second_barrier(Twin t, const Options& o) {
  return run(missing_second_barrier_kernel, t, o);
}
Report missing_warp_sync(Twin t, const Options& o) { return run(missing_warp_sync_kernel, t, o); }
Report missing_named_barrier(Twin t, const Options& o) {
  return run(missing_named_barrier_kernel, t, o);
}
Report plain_counter(Twin t, const Options& o) { return run(plain_counter_kernel, t, o); }
Report uninitialised_read(Twin t, const Options& o) { return run(uninitialised_kernel, t, o); }
Report dynamic_shared_overrun(Twin t, const Options& o) {
  return launch(
      {2}, {64}, 64 * sizeof(unsigned), [&] { overrun_kernel(t); }, o);
}

}  // namespace heddle::simt::planted
