#include "test/simt/cuda.hpp"
#include "test/simt/planted/dynamic.cuh"
#include "test/simt/planted/planted.hpp"

namespace heddle::simt::planted {

HEDDLE_SIMT_DYNAMIC_SHARED(float, reversed_row);

namespace {

__global__ void __launch_bounds__(256) reverse_kernel(unsigned* out) {
  __shared__ unsigned values[256];
  const unsigned i = threadIdx.x;
  for (unsigned round = 0; round < 8; ++round) {
    values[i] = blockIdx.x * 1000 + i + round;
    __syncthreads();
    out[blockIdx.x * 256 + i] = values[255 - i];
    __syncthreads();
  }
}

__device__ unsigned warp_sum(unsigned v) {
  for (int apart = 16; apart > 0; apart /= 2) v += __shfl_down_sync(~0u, v, apart);
  return v;
}

__global__ void sum_kernel(unsigned* out) {
  __shared__ unsigned partial[32];
  const unsigned lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const unsigned sum = warp_sum(threadIdx.x);
  if (lane == 0) partial[warp] = sum;
  __syncthreads();
  if (warp == 0) {
    const unsigned total = warp_sum(lane < blockDim.x / 32 ? partial[lane] : 0);
    if (lane == 0) atomicAdd(out, total);
  }
}

__global__ void order_kernel(unsigned* out, unsigned* next) {
  const unsigned i = threadIdx.x + threadIdx.y * blockDim.x;
  out[i] = atomicAdd(next, 1);
  __syncthreads();
  out[128 + i] = atomicAdd(next, 1);
}

__global__ void shuffle_kernel(int* out) {
  const int lane = static_cast<int>(threadIdx.x);
  out[lane] = __shfl_sync(~0u, lane, 5);
  out[32 + lane] = __shfl_up_sync(~0u, lane, 3);
  out[64 + lane] = __shfl_down_sync(~0u, lane, 1, 16);
  out[96 + lane] = __shfl_xor_sync(~0u, lane, 7);
  out[128 + lane] = static_cast<int>(__ballot_sync(~0u, lane % 3 == 0));
  out[160 + lane] = __any_sync(~0u, lane == 31) + 2 * __all_sync(~0u, lane < 31);
  if (lane & 1) out[192 + lane] = __shfl_xor_sync(0xAAAAAAAAu, lane, 2);
}

__global__ void early_return_kernel(unsigned* out) {
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= 100) return;
  out[i] = i;
}

__global__ void wait_kernel(unsigned* flags) {
  if (blockIdx.x == 0) {
    atomicExch(flags, 7);
  } else {
    while (atomicAdd(flags, 0) != 7) __nanosleep(10);
    flags[1] = 9;
  }
}

}  // namespace

Report reverse_blocks(GlobalBuffer<unsigned>& out, unsigned blocks, const Options& o) {
  return launch(
      {blocks}, {256}, 0, [&] { reverse_kernel(out.data()); }, o);
}
Report block_sums(GlobalBuffer<unsigned>& out, unsigned blocks, const Options& o) {
  return launch(
      {blocks}, {256}, 0, [&] { sum_kernel(out.data()); }, o);
}
Report order_of_threads(GlobalBuffer<unsigned>& out, const Options& o) {
  GlobalBuffer<unsigned> next(std::vector<unsigned>{0});
  return launch(
      {1}, {64, 2}, 0, [&] { order_kernel(out.data(), next.data()); }, o);
}
Report shuffles(GlobalBuffer<int>& out, const Options& o) {
  return launch(
      {1}, {32}, 0, [&] { shuffle_kernel(out.data()); }, o);
}
Report early_return_without_barrier(GlobalBuffer<unsigned>& out, const Options& o) {
  return launch(
      {4}, {32}, 0, [&] { early_return_kernel(out.data()); }, o);
}
Report dynamic_reverse(GlobalBuffer<float>& out, const Options& o) {
  const auto threads = static_cast<unsigned>(out.size());
  return launch(
      {1}, {threads}, threads * sizeof(float), [&] { dynamic_kernel<0>(out.data()); }, o);
}
Report wait_for_other_block(GlobalBuffer<unsigned>& out, const Options& o) {
  return launch(
      {2}, {1}, 0, [&] { wait_kernel(out.data()); }, o);
}

}  // namespace heddle::simt::planted
