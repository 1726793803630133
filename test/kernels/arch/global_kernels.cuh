#pragma once
// Global loads and stores: one block of 64 threads; sums across blocks: any number of them. For the testbed and for the GPU.

#include "kernels/arch/global.cuh"
#include "test/kernels/arch/cases.hpp"

namespace heddle::arch_test {

template <typename T>
__global__ void copy_kernel(Path path, const T* in, T* out) {
  const unsigned i = threadIdx.x;
  const std::uint64_t policy = arch::createpolicy_evict_first();
  switch (path) {
    case Path::no_allocate:
      return arch::st_global_no_allocate(out + i, arch::ld_global_no_allocate(in + i));
    case Path::read_only:
      return arch::st_global_cs(out + i, arch::ld_global_nc_no_allocate(in + i));
    case Path::read_only_policy:
      return arch::st_global_evict_first(out + i, arch::ld_global_nc_no_allocate(in + i, policy),
                                         policy);
    case Path::streaming: return arch::st_global_cs(out + i, arch::ld_global_cs(in + i));
    case Path::l2: return arch::st_global_cg(out + i, arch::ld_global_cg(in + i));
  }
}

// Rows of 64 from every block; the last block to arrive adds them up. The counter returns to zero.
__global__ void last_block_kernel(unsigned* rows, unsigned* counter, unsigned* sums) {
  __shared__ unsigned arrived;
  const unsigned i = threadIdx.x, block = blockIdx.x;
  arch::st_global_cg(rows + 64 * block + i, 1000 * block + i * i);
  __syncthreads();
  if (i == 0) arrived = arch::atom_add_acq_rel_gpu(counter, 1);
  __syncthreads();
  if (arrived + 1 < gridDim.x) return;
  unsigned sum = 0;
  for (unsigned b = 0; b < gridDim.x; ++b) sum += arch::ld_global_cg(rows + 64 * b + i);
  sums[i] = sum;
  if (i == 0) *counter = 0;
}

}  // namespace heddle::arch_test
