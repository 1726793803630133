#pragma once
// The order of the warpgroup's asynchronous products (wgmma_sparse*.cuh, wgmma_dense.cuh). PTX ISA,
// "Asynchronous Warpgroup Level Matrix Instructions". All 128 threads of an aligned warpgroup
// execute each of them. From a product to the wait that covers its group its accumulators may not
// be read nor written, and its other registers not written.

#include <cstdint>
#include <type_traits>

#include "kernels/arch/shared_address.cuh"
#include "kernels/arch/target.cuh"
#include "kernels/layout/matrix_descriptor.hpp"

#if defined(HEDDLE_SIMT)
#include "test/simt/models/warpgroup.hpp"
#endif

namespace heddle::arch {

// Between ordinary accesses to registers and the products that use them; products of one shape on
// the same accumulators need none between them.
template <int Target = kTarget>
__device__ __forceinline__ void wgmma_fence() {
  static_assert(kWgmma<Target>, "wgmma exists on sm_90a alone");
#if defined(HEDDLE_SIMT)
  simt::models::wgmma_fence();
#else
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#endif
}

template <int Target = kTarget>
__device__ __forceinline__ void wgmma_commit_group() {
  static_assert(kWgmma<Target>, "wgmma exists on sm_90a alone");
#if defined(HEDDLE_SIMT)
  simt::models::wgmma_commit();
#else
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
#endif
}

// Until no more than Open of the groups last committed are under way.
template <int Open, int Target = kTarget>
__device__ __forceinline__ void wgmma_wait_group() {
  static_assert(Open >= 0 && Open < 8, "wgmma.wait_group leaves 0 to 7 groups open");
  static_assert(kWgmma<Target>, "wgmma exists on sm_90a alone");
#if defined(HEDDLE_SIMT)
  simt::models::wgmma_wait(Open);
#else
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(Open) : "memory");
#endif
}

// No instruction: keeps what comes after it in the source from being moved before it.
template <typename T, int Registers>
__device__ __forceinline__ void wgmma_keep([[maybe_unused]] T (&d)[Registers]) {
#if !defined(HEDDLE_SIMT)
#pragma unroll
  for (int i = 0; i < Registers; ++i) {
    if constexpr (std::is_same_v<T, float>) {
      asm volatile("" : "+f"(d[i])::"memory");
    } else {
      asm volatile("" : "+r"(d[i])::"memory");
    }
  }
#endif
}

// The descriptor of a matrix in dynamic shared memory; strides in bytes (matrix_descriptor.hpp).
__device__ inline std::uint64_t matrix_descriptor(const void* shared, std::uint32_t leading,
                                                  std::uint32_t stride, TensorSwizzle swizzle) {
#if defined(HEDDLE_SIMT)
  const std::uint32_t address = simt::models::dynamic_shared_offset(shared);
#else
  const std::uint32_t address = shared_address(shared);
#endif
  return layout::encode_matrix_descriptor({address, leading, stride, swizzle});
}

}  // namespace heddle::arch
