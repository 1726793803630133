#include "test/simt/cuda.hpp"  // before the kernel's headers

#include "kernels/arch/matrix.cuh"
#include "test/simt/planted/instructions.hpp"

namespace heddle::simt::planted {
namespace {

__device__ bool bug_here(Twin twin) { return twin == Twin::buggy && blockIdx.x == 1; }
__device__ bool thread_is(unsigned warp, unsigned lane) { return threadIdx.x == warp * 32 + lane; }

__global__ void load_kernel(Twin twin, unsigned* out) {
  __shared__ __align__(16) unsigned char rows[2][33 * 16];
  const unsigned warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  for (unsigned i = lane; i < sizeof rows[0]; i += 32) {
    rows[warp][i] = static_cast<unsigned char>(i);
  }
  __syncwarp();
  const unsigned off = bug_here(twin) && thread_is(1, 5) ? 8 : 0;
  const arch::Matrices<4> m = arch::ldmatrix<4>(rows[warp] + 16 * lane + off);
  out[blockIdx.x * 64 + threadIdx.x] = m.r[0] + m.r[1] + m.r[2] + m.r[3];
}

__global__ void store_kernel(Twin twin, unsigned* out) {
  __shared__ __align__(16) unsigned char rows[2][9 * 16];
  const unsigned warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const unsigned off = bug_here(twin) && thread_is(1, 5) ? 8 : 0;
  // Row 5 in a place of its own, so that being off hits no other.
  const unsigned row = lane == 5 ? 7 : lane == 6 ? 5 : lane == 7 ? 6 : lane;
  arch::stmatrix<1>(rows[warp] + 16 * (row % 8) + off, arch::Matrices<1>{{lane}});
  __syncwarp();
  out[blockIdx.x * 64 + threadIdx.x] = rows[warp][lane];
}

__global__ void race_kernel(Twin twin, unsigned* out) {
  __shared__ __align__(16) unsigned char rows[32 * 16];
  const unsigned warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  if (warp == 0) arch::stmatrix<4>(rows + 16 * lane, arch::Matrices<4>{{lane, 1, 2, 3}});
  if (!bug_here(twin)) __syncthreads();
  if (warp == 0) return;
  const arch::Matrices<4> m = arch::ldmatrix<4>(rows + 16 * lane);
  out[blockIdx.x * 64 + threadIdx.x] = m.r[0];
}

__global__ void uninitialised_kernel(Twin twin, unsigned* out) {
  __shared__ __align__(16) unsigned rows[2][8][4];
  const unsigned warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  if (lane < 8 && !(bug_here(twin) && thread_is(1, 7))) {
    for (unsigned i = 0; i < 4; ++i) rows[warp][lane][i] = lane;
  }
  __syncwarp();
  out[blockIdx.x * 64 + threadIdx.x] = arch::ldmatrix<1>(rows[warp][lane % 8]).r[0];
}

__global__ void half_warp_kernel(Twin twin, unsigned* out) {
  __shared__ __align__(16) unsigned rows[2][8][4];
  const unsigned warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  if (lane < 8) {
    for (unsigned i = 0; i < 4; ++i) rows[warp][lane][i] = lane;
  }
  __syncwarp();
  if (bug_here(twin) && warp == 1 && lane >= 16) return;
  out[blockIdx.x * 64 + threadIdx.x] = arch::ldmatrix<1>(rows[warp][lane % 8]).r[0];
}

template <int Count>
__global__ void rows_kernel(unsigned stride, unsigned* out) {
  __shared__ __align__(128) unsigned words[32 * 144 / 4];
  for (unsigned i = threadIdx.x; i < sizeof words / 4; i += 32) words[i] = i;
  __syncwarp();
  out[threadIdx.x] = arch::ldmatrix<Count>(words + stride / 4 * threadIdx.x).r[0];
}

template <typename Kernel>
Report run(Kernel kernel, Twin twin, const Options& options) {
  GlobalBuffer<unsigned> out(128);
  return launch(
      {2}, {64}, 0, [&, p = out.data()] { kernel(twin, p); }, options);
}

}  // namespace

Report misaligned_matrix_load(Twin t, const Options& o) { return run(load_kernel, t, o); }
Report misaligned_matrix_store(Twin t, const Options& o) { return run(store_kernel, t, o); }
Report matrix_race(Twin t, const Options& o) { return run(race_kernel, t, o); }
Report uninitialised_matrix(Twin t, const Options& o) { return run(uninitialised_kernel, t, o); }
Report half_warp_matrix_load(Twin t, const Options& o) { return run(half_warp_kernel, t, o); }

Report matrix_rows(unsigned matrices, unsigned stride) {
  GlobalBuffer<unsigned> out(32);
  return launch({1}, {32}, 0, [&, p = out.data()] {
    matrices == 1 ? rows_kernel<1>(stride, p) : rows_kernel<4>(stride, p);
  });
}

}  // namespace heddle::simt::planted
