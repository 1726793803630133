// Every wrapper that is no matrix product, for the assembler alone: nothing runs this.
#include "kernels/arch/arithmetic.cuh"
#include "kernels/arch/async_copy.cuh"
#include "kernels/arch/barrier.cuh"
#include "kernels/arch/bulk_copy.cuh"
#include "kernels/arch/convert.cuh"
#include "kernels/arch/dependent.cuh"
#include "kernels/arch/fence.cuh"
#include "kernels/arch/global.cuh"
#include "kernels/arch/matrix.cuh"
#include "kernels/arch/thread.cuh"
#include "kernels/arch/warp.cuh"

namespace heddle::arch {

__global__ void assemble_async_copy(const char* in, char* out, unsigned source_bytes) {
  __shared__ __align__(16) char row[16 * 32];
  char* to = row + 16 * threadIdx.x;
  cp_async_ca<4>(to, in);
  cp_async_ca<8>(to + 8, in, source_bytes);
  cp_async_commit_group();
  cp_async_wait_group<0>();
  cp_async_ca<16>(to, in, source_bytes);
  cp_async_cg(to, in);
  cp_async_commit_group();
  cp_async_wait_group<1>();
  cp_async_cg(to, in + 16, source_bytes);
  cp_async_wait_all();
  out[tid_x()] = to[0];
}

template <int Count>
__device__ void matrices(const char* row, uint32_t* out) {
  const Matrices<Count> plain = ldmatrix<Count>(row), turned = ldmatrix_trans<Count>(row);
  for (int i = 0; i < Count; ++i) out[i * 32 + threadIdx.x] = plain.r[i] + turned.r[i];
  if constexpr (kHasStmatrix) {
    __shared__ __align__(16) char tile[2][32 * 16];
    stmatrix<Count>(tile[0] + 16 * threadIdx.x, plain);
    stmatrix_trans<Count>(tile[1] + 16 * threadIdx.x, turned);
    __syncwarp();
    out[threadIdx.x] = static_cast<uint32_t>(tile[0][threadIdx.x] + tile[1][threadIdx.x]);
  }
}

__global__ void assemble_matrix(uint32_t* out) {
  __shared__ __align__(16) char tile[32 * 16];
  for (int i = 0; i < 16; ++i) tile[16 * threadIdx.x + i] = static_cast<char>(i);
  __syncwarp();
  matrices<1>(tile + 16 * threadIdx.x, out);
  matrices<2>(tile + 16 * threadIdx.x, out + 64);
  matrices<4>(tile + 16 * threadIdx.x, out + 192);
  out[448 + threadIdx.x] = movmatrix_trans(out[threadIdx.x]);
}

template <typename T>
__global__ void assemble_global(const T* in, T* out) {
  const uint64_t policy = createpolicy_evict_first();
  const unsigned i = threadIdx.x;
  st_global_no_allocate(out + i, ld_global_no_allocate(in + i));
  st_global_evict_first(out + 32 + i, ld_global_nc_no_allocate(in + 32 + i), policy);
  st_global_cs(out + 64 + i, ld_global_nc_no_allocate(in + 64 + i, policy));
  st_global_cs(out + 96 + i, ld_global_cs(in + 96 + i));
  st_global_cg(out + 128 + i, ld_global_cg(in + 128 + i));
}
template __global__ void assemble_global<float>(const float*, float*);
template __global__ void assemble_global<uint2>(const uint2*, uint2*);
template __global__ void assemble_global<uint4>(const uint4*, uint4*);

__global__ void assemble_atomic(uint32_t* counter) {
  counter[1] = atom_add_acq_rel_gpu(counter, threadIdx.x);
}

__global__ void assemble_arithmetic(const float* in, float* out) {
  const unsigned i = threadIdx.x;
  const float x = in[i], y = in[32 + i];
  out[i] = add_rn(x, mul_rn(x, y));
  out[32 + i] = sub_rn(x, div_rn(x, sqrt_rn(y)));
}

__global__ void assemble_convert(const float* in, const uint16_t* narrow, uint32_t* out) {
  const unsigned i = threadIdx.x;
  const float x = in[i], y = in[32 + i];
  out[i] = cvt_rn_f16x2_f32(x, y) + cvt_rn_bf16x2_f32(x, y);
  out[32 + i] = __float_as_uint(cvt_f32_f16(narrow[i]));
  out[64 + i] = static_cast<uint32_t>(cvt_rni_sat_s8_f32(x) + cvt_rni_s32_f32(x));
  if constexpr (kHasFp8Convert) {
    out[96 + i] = cvt_rn_f16x2_e4m3x2(narrow[i]) + cvt_rn_f16x2_e5m2x2(narrow[i]);
  }
}

__global__ void assemble_warp(const float* in, float* out, unsigned* votes) {
  const int lane = static_cast<int>(threadIdx.x);
  float x = in[lane];
  x += shfl_idx(x, 5);
  x += shfl_up(x, 1);
  x += shfl_down(x, 2);
  x += shfl_bfly(x, 16);
  out[lane] = x;
  votes[lane] = vote_ballot(x > 0) + vote_any(x > 1) + vote_all(x > 2);
}

__global__ void assemble_barrier(float* out) {
  __shared__ float slot;
  fence_acq_rel_gpu();
  fence_acq_rel_cta();
  if (threadIdx.x < 32) {
    slot = 1;
    bar_arrive<1>(64);
    bar_sync<15>(32);
  } else {
    bar_sync<1>(64);
    out[threadIdx.x] = slot;
  }
}

__global__ void assemble_mbarrier(uint32_t* out) {
  __shared__ Mbarrier barrier;
  if (threadIdx.x == 0) mbarrier_init(&barrier, 32);
  __syncthreads();
  mbarrier_arrive(&barrier);
  out[threadIdx.x] = static_cast<uint32_t>(barrier.opaque);
}

// A template, so that what a target lacks is not instantiated for it.
template <bool Sm90>
__global__ void assemble_sm90(const char* in, char* out) {
  if constexpr (Sm90 && kHasBulkCopy && kHasDependentLaunch) {
    __shared__ __align__(16) char row[512];
    __shared__ Mbarrier full;
    if (threadIdx.x == 0) {
      mbarrier_init(&full, 1);
      fence_mbarrier_init();
    }
    __syncthreads();
    griddepcontrol_wait();
    if (threadIdx.x == 0) {
      mbarrier_arrive_expect_tx(&full, 512);
      cp_async_bulk(row, in, 256, &full);
      cp_async_bulk(row + 256, in + 256, 256, &full, 0x12F0000000000000);
    }
    griddepcontrol_launch_dependents();
    const bool early = mbarrier_try_wait_parity(&full, 0);
    mbarrier_wait_parity(&full, 0);
    out[threadIdx.x] = static_cast<char>(row[threadIdx.x] + early);
    fence_proxy_async();
  }
}
template __global__ void assemble_sm90<true>(const char*, char*);

}  // namespace heddle::arch
