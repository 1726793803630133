#pragma once
// cp.async: copies from global to shared memory past the registers, in commit groups of the thread.
// PTX ISA, "Non-bulk asynchronous copy": cp.async, cp.async.commit_group, cp.async.wait_group.
// What lies in shared memory is visible to the thread that waited; others need a barrier after it.

#include "kernels/arch/shared_address.cuh"

#if defined(HEDDLE_SIMT)
#include "test/simt/models/collective.hpp"
#endif

namespace heddle::arch {

// Bytes are 4, 8 or 16, both addresses multiples of it. source_bytes < Bytes: the rest is zeros;
// with 0 the source is not read at all. Cached in L1 and L2.
template <int Bytes>
__device__ __forceinline__ void cp_async_ca(void* shared, const void* global,
                                            std::uint32_t source_bytes = Bytes) {
  static_assert(Bytes == 4 || Bytes == 8 || Bytes == 16, "cp.async.ca copies 4, 8 or 16 bytes");
#if defined(HEDDLE_SIMT)
  simt::async_copy(shared, global, Bytes, source_bytes);
#else
  asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;"
               :
               : "r"(shared_address(shared)), "l"(global), "n"(Bytes), "r"(source_bytes)
               : "memory");
#endif
}

// Cached in L2 alone: for what this multiprocessor reads once.
__device__ __forceinline__ void cp_async_cg(void* shared, const void* global,
                                            std::uint32_t source_bytes = 16) {
#if defined(HEDDLE_SIMT)
  simt::async_copy(shared, global, 16, source_bytes);
#else
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
               :
               : "r"(shared_address(shared)), "l"(global), "r"(source_bytes)
               : "memory");
#endif
}

// Closes the group of the copies issued since the last one; an empty group counts too.
__device__ __forceinline__ void cp_async_commit_group() {
#if defined(HEDDLE_SIMT)
  simt::async_commit();
#else
  asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}

// Until at most Open of the newest groups are under way.
template <int Open>
__device__ __forceinline__ void cp_async_wait_group() {
  static_assert(Open >= 0, "cp.async.wait_group leaves 0 or more groups open");
#if defined(HEDDLE_SIMT)
  simt::async_wait(Open);
#else
  asm volatile("cp.async.wait_group %0;" ::"n"(Open) : "memory");
#endif
}

// Until every copy has landed, committed or not.
__device__ __forceinline__ void cp_async_wait_all() {
#if defined(HEDDLE_SIMT)
  simt::async_wait_all();
#else
  asm volatile("cp.async.wait_all;" ::: "memory");
#endif
}

}  // namespace heddle::arch
