#pragma once
// Global loads and stores: one block of 64 threads. For the testbed and for the GPU.

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
  }
}

}  // namespace heddle::arch_test
