#pragma once
// Transaction barriers and the bulk copies that complete on them. PTX ISA, "mbarrier" (the whole
// section) and "cp.async.bulk".
//
// A phase of an mbarrier ends when the arrivals it was initialised with have come and the bytes
// announced have landed; then the next begins. Parity: the phase awaited, modulo 2, from 0 on.

#include "kernels/arch/shared_address.cuh"
#include "kernels/arch/target.cuh"

#if defined(HEDDLE_SIMT)
#include "test/simt/models/collective.hpp"
#endif

namespace heddle::arch {

struct alignas(8) Mbarrier {  // in shared memory
#if defined(HEDDLE_SIMT)
  std::uint64_t opaque = 0;  // clang takes nothing else for a constant-initialised thread_local
#else
  std::uint64_t opaque;
#endif
};

// Once, by one thread, before others see it: then fence_mbarrier_init or a barrier of the block.
__device__ __forceinline__ void mbarrier_init(Mbarrier* barrier, std::uint32_t arrivals) {
#if defined(HEDDLE_SIMT)
  simt::mbarrier_init(barrier, arrivals);
#else
  asm volatile("mbarrier.init.shared.b64 [%0], %1;"
               :
               : "r"(shared_address(barrier)), "r"(arrivals)
               : "memory");
#endif
}

__device__ __forceinline__ void mbarrier_arrive(Mbarrier* barrier) {
#if defined(HEDDLE_SIMT)
  simt::mbarrier_arrive(barrier, 0);
#else
  [[maybe_unused]] std::uint64_t state;
  asm volatile("mbarrier.arrive.shared.b64 %0, [%1];"
               : "=l"(state)
               : "r"(shared_address(barrier))
               : "memory");
#endif
}

// Arrives, and announces bytes of bulk copies that this phase waits for.
template <int Target = kTarget>
__device__ __forceinline__ void mbarrier_arrive_expect_tx(Mbarrier* barrier, std::uint32_t bytes) {
  static_assert(kSm90<Target>, "mbarrier.arrive.expect_tx needs sm_90 or newer");
#if defined(HEDDLE_SIMT)
  simt::mbarrier_arrive(barrier, bytes);
#else
  asm volatile("mbarrier.arrive.expect_tx.shared.b64 _, [%0], %1;"
               :
               : "r"(shared_address(barrier)), "r"(bytes)
               : "memory");
#endif
}

// Whether the phase is over, perhaps after a while of waiting. The model waits until it is.
template <int Target = kTarget>
__device__ __forceinline__ bool mbarrier_try_wait_parity(Mbarrier* barrier, std::uint32_t parity) {
  static_assert(kSm90<Target>, "mbarrier.try_wait needs sm_90 or newer");
#if defined(HEDDLE_SIMT)
  simt::mbarrier_wait(barrier, parity, simt::models::call_site());
  return true;
#else
  std::uint32_t over;
  asm volatile(
      "{\n"
      ".reg .pred p;\n"
      "mbarrier.try_wait.parity.shared.b64 p, [%1], %2;\n"
      "selp.u32 %0, 1, 0, p;\n"
      "}"
      : "=r"(over)
      : "r"(shared_address(barrier)), "r"(parity)
      : "memory");
  return over != 0;
#endif
}

// The loop around mbarrier_try_wait_parity.
template <int Target = kTarget>
__device__ __forceinline__ void mbarrier_wait_parity(Mbarrier* barrier, std::uint32_t parity) {
  while (!mbarrier_try_wait_parity<Target>(barrier, parity)) {
  }
}

// By one thread. Addresses and size are multiples of 16; the bytes count on the mbarrier.
template <int Target = kTarget>
__device__ __forceinline__ void cp_async_bulk(void* shared, const void* global, std::uint32_t bytes,
                                              Mbarrier* barrier) {
  static_assert(kSm90<Target>, "cp.async.bulk needs sm_90 or newer");
#if defined(HEDDLE_SIMT)
  simt::async_copy_bulk(shared, global, bytes, barrier);
#else
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];"
      :
      : "r"(shared_address(shared)), "l"(global), "r"(bytes), "r"(shared_address(barrier))
      : "memory");
#endif
}

// With a policy for L2, from createpolicy_evict_first.
template <int Target = kTarget>
__device__ __forceinline__ void cp_async_bulk(void* shared, const void* global, std::uint32_t bytes,
                                              Mbarrier* barrier,
                                              [[maybe_unused]] std::uint64_t policy) {
  static_assert(kSm90<Target>, "cp.async.bulk needs sm_90 or newer");
#if defined(HEDDLE_SIMT)
  simt::async_copy_bulk(shared, global, bytes, barrier);
#else
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.L2::cache_hint "
      "[%0], [%1], %2, [%3], %4;"
      :
      : "r"(shared_address(shared)), "l"(global), "r"(bytes), "r"(shared_address(barrier)),
        "l"(policy)
      : "memory");
#endif
}

}  // namespace heddle::arch
