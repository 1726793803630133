#include "test/simt/cuda.hpp"
#include "test/simt/planted/planted.hpp"

namespace heddle::simt::planted {
namespace {

__device__ bool bug_here(Twin twin) { return twin == Twin::buggy && blockIdx.x == 1; }

// A pipeline of two stages over four tiles of 64 floats.
__global__ void pipeline_kernel(Twin twin, const float* in, float* out) {
  __shared__ float stage[2][64];
  const unsigned i = threadIdx.x;
  async_copy(&stage[0][i], in + i, 4, 4);
  async_commit();
  float sum = 0;
  for (unsigned tile = 0; tile < 4; ++tile) {
    if (tile + 1 < 4) async_copy(&stage[(tile + 1) % 2][i], in + (tile + 1) * 64 + i, 4, 4);
    async_commit();
    async_wait(bug_here(twin) && tile == 2 && i == 33 ? 2 : 1);
    __syncthreads();
    sum += stage[tile % 2][i];
    __syncthreads();
  }
  out[blockIdx.x * 64 + i] = sum;
}

__global__ void no_barrier_kernel(Twin twin, const float* in, float* out) {
  __shared__ float row[64];
  const unsigned i = threadIdx.x;
  async_copy(&row[i], in + i, 4, 4);
  async_commit();
  if (bug_here(twin)) __syncthreads();  // the copies of others have not been waited for
  async_wait(0);
  if (!bug_here(twin)) __syncthreads();
  out[blockIdx.x * 64 + i] = row[63 - i];
}

// Shared to global, the way a bulk store leaves; then the row is used again.
__global__ void source_kernel(Twin twin, float* out) {
  __shared__ float row[64];
  const unsigned i = threadIdx.x;
  row[i] = static_cast<float>(i);
  async_copy(out + blockIdx.x * 64 + i, &row[i], 4, 4);
  async_commit();
  if (!(bug_here(twin) && i == 12)) async_wait(0);
  row[i] = static_cast<float>(i);  // the same value: the copy alone would not show it
  async_wait(0);
}

__global__ void global_source_kernel(Twin twin, float* in, float* out) {
  __shared__ float row[64];
  const unsigned i = threadIdx.x, at = blockIdx.x * 64 + i;
  async_copy(&row[i], in + at, 4, 4);
  if (bug_here(twin) && i == 12) in[at] = static_cast<float>(at + 1);  // what is there already
  async_wait_all();
  if (i == 12) in[at] = 0;
  out[at] = row[i];
}

// Block 0 writes what block 1 is copying; flags say when.
__global__ void other_block_kernel(Twin twin, float* in, float* out, unsigned* flags) {
  __shared__ float value;
  if (blockIdx.x == 1) {
    async_copy(&value, in, 4, 4);
    atomicExch(&flags[0], 1);
    while (atomicAdd(&flags[1], 0) != 1) __nanosleep(10);
    async_wait_all();
    out[0] = value;
  } else {
    while (atomicAdd(&flags[0], 0) != 1) __nanosleep(10);
    if (twin == Twin::buggy) in[0] = 7;
    atomicExch(&flags[1], 1);
  }
}

__global__ void bulk_kernel(Twin twin, const float* in, float* out) {
  __shared__ __align__(16) float row[64];
  __shared__ unsigned long long arrived;
  const unsigned i = threadIdx.x;
  if (i == 0) {
    mbarrier_init(&arrived, 1);
    fence_mbarrier_init();
  }
  __syncthreads();
  if (i == 0) {
    mbarrier_arrive(&arrived, sizeof row);
    async_copy_bulk(row, in, sizeof row, &arrived);
  }
  if (i < 32) return;
  if (!(bug_here(twin) && i == 40)) mbarrier_wait(&arrived, 0);
  out[blockIdx.x * 64 + i] = row[i];
}

__global__ void misaligned_kernel(Twin twin, const float* in, float* out) {
  __shared__ __align__(16) float row[260];
  const unsigned i = threadIdx.x;
  async_copy(&row[4 * i], in + 4 * i + (bug_here(twin) && i == 2 ? 1 : 0), 16, 16);
  async_wait_all();
  out[blockIdx.x * 64 + i] = row[4 * i];
}

template <typename Kernel>
Report run(Kernel kernel, Twin twin, const Options& options) {
  std::vector<float> values(260);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i + 1);
  GlobalBuffer<float> in(values), out(128);
  return launch(
      {2}, {64}, 0, [&, p = in.data(), q = out.data()] { kernel(twin, p, q); }, options);
}

}  // namespace

Report early_copy_read(Twin t, const Options& o) { return run(pipeline_kernel, t, o); }
Report no_barrier_after_wait(Twin t, const Options& o) { return run(no_barrier_kernel, t, o); }
Report overwritten_source(Twin t, const Options& o) {
  GlobalBuffer<float> out(128);
  return launch(
      {2}, {64}, 0, [&] { source_kernel(t, out.data()); }, o);
}
Report overwritten_global_source(Twin t, const Options& o) {
  return run(global_source_kernel, t, o);
}
Report source_overwritten_by_other_block(Twin t, const Options& o) {
  GlobalBuffer<float> in(std::vector<float>{1.0f}), out(1);
  GlobalBuffer<unsigned> flags(std::vector<unsigned>{0, 0});
  Options options = o;
  options.workers = 2;
  return launch(
      {2}, {1}, 0, [&] { other_block_kernel(t, in.data(), out.data(), flags.data()); }, options);
}
Report bulk_early_read(Twin t, const Options& o) { return run(bulk_kernel, t, o); }
Report misaligned_copy(Twin t, const Options& o) { return run(misaligned_kernel, t, o); }

}  // namespace heddle::simt::planted
