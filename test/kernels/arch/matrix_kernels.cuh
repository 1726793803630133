#pragma once
// ldmatrix, stmatrix and movmatrix on one warp. For the testbed and for the GPU.

#include "kernels/arch/matrix.cuh"
#include "test/kernels/arch/cases.hpp"

namespace heddle::arch_test {

template <int Count, bool Trans>
__global__ void load_kernel(const unsigned char* image, const std::uint32_t* row_of,
                            std::uint32_t* out) {
  __shared__ __align__(16) unsigned char tile[kTileBytes];
  for (unsigned i = threadIdx.x; i < kTileBytes; i += 32) tile[i] = image[i];
  __syncwarp();
  const unsigned char* row = tile + row_of[threadIdx.x];
  const arch::Matrices<Count> m =
      Trans ? arch::ldmatrix_trans<Count>(row) : arch::ldmatrix<Count>(row);
  for (int j = 0; j < Count; ++j) out[threadIdx.x * 4 + j] = m.r[j];
}

template <int Count, bool Trans>
__global__ void store_kernel(const std::uint32_t* in, const std::uint32_t* row_of,
                             unsigned char* image) {
  __shared__ __align__(16) unsigned char tile[kTileBytes];
  for (unsigned i = threadIdx.x; i < kTileBytes; i += 32) tile[i] = image[i];
  __syncwarp();
  arch::Matrices<Count> m;
  for (int j = 0; j < Count; ++j) m.r[j] = in[threadIdx.x * 4 + j];
  unsigned char* row = tile + row_of[threadIdx.x];
  if constexpr (arch::kHasStmatrix) {
    Trans ? arch::stmatrix_trans<Count>(row, m) : arch::stmatrix<Count>(row, m);
  }
  __syncwarp();
  for (unsigned i = threadIdx.x; i < kTileBytes; i += 32) image[i] = tile[i];
}

__global__ void move_kernel(std::uint32_t* registers) {
  registers[threadIdx.x] = arch::movmatrix_trans(registers[threadIdx.x]);
}

}  // namespace heddle::arch_test
