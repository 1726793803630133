#pragma once
// Copies of a box of a tensor between global and shared memory, by one thread, as a tensor map
// describes it (kernels/arch/tensor_map.hpp). PTX ISA, "cp.async.bulk.tensor".
//
// The map lies in a `const __grid_constant__` parameter of the kernel. Coordinates are elements,
// innermost first, and may lie outside of the tensor. The box in shared memory is 128-byte aligned;
// where it begins on 256, 512 or 1024 bytes, the swizzle of 32, 64 or 128 bytes begins afresh.

#include <cstdint>

#include "kernels/arch/bulk_copy.cuh"
#include "kernels/arch/shared_address.cuh"
#include "kernels/arch/target.cuh"
#include "kernels/arch/tensor_map.hpp"

#if defined(HEDDLE_SIMT)
#include "test/simt/models/collective.hpp"
#endif

namespace heddle::arch {

// Global to shared, completing on the mbarrier with the bytes of the whole box.
template <int Rank, int Target = kTarget>
__device__ __forceinline__ void cp_async_bulk_tensor(void* shared, const TensorMap* map,
                                                     const std::int32_t (&at)[Rank],
                                                     Mbarrier* barrier) {
  static_assert(Rank == 2 || Rank == 3, "tensors of 2 and 3 dimensions");
  static_assert(kSm90<Target>, "cp.async.bulk.tensor needs sm_90 or newer");
#if defined(HEDDLE_SIMT)
  simt::tensor_load(shared, map, at, Rank, barrier, {}, simt::models::call_site());
#else
  const auto address = reinterpret_cast<std::uint64_t>(map);
  if constexpr (Rank == 2) {
    asm volatile(
        "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes "
        "[%0], [%1, {%2, %3}], [%4];"
        :
        : "r"(shared_address(shared)), "l"(address), "r"(at[0]), "r"(at[1]),
          "r"(shared_address(barrier))
        : "memory");
  } else {
    asm volatile(
        "cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes "
        "[%0], [%1, {%2, %3, %4}], [%5];"
        :
        : "r"(shared_address(shared)), "l"(address), "r"(at[0]), "r"(at[1]), "r"(at[2]),
          "r"(shared_address(barrier))
        : "memory");
  }
#endif
}

// To the same place of every block of the cluster whose bit is set in `mask`, completing on the
// mbarrier at the same place of each.
template <int Rank, int Target = kTarget>
__device__ __forceinline__ void cp_async_bulk_tensor_multicast(void* shared, const TensorMap* map,
                                                               const std::int32_t (&at)[Rank],
                                                               Mbarrier* barrier,
                                                               std::uint16_t mask) {
  static_assert(Rank == 2 || Rank == 3, "tensors of 2 and 3 dimensions");
  static_assert(kMulticast<Target>, "multicast is fast on sm_90a and sm_100a to sm_110a alone");
#if defined(HEDDLE_SIMT)
  simt::tensor_load(shared, map, at, Rank, barrier, mask, simt::models::call_site());
#else
  const auto address = reinterpret_cast<std::uint64_t>(map);
  if constexpr (Rank == 2) {
    asm volatile(
        "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes"
        ".multicast::cluster [%0], [%1, {%2, %3}], [%4], %5;"
        :
        : "r"(shared_address(shared)), "l"(address), "r"(at[0]), "r"(at[1]),
          "r"(shared_address(barrier)), "h"(mask)
        : "memory");
  } else {
    asm volatile(
        "cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes"
        ".multicast::cluster [%0], [%1, {%2, %3, %4}], [%5], %6;"
        :
        : "r"(shared_address(shared)), "l"(address), "r"(at[0]), "r"(at[1]), "r"(at[2]),
          "r"(shared_address(barrier)), "h"(mask)
        : "memory");
  }
#endif
}

// Shared to global, in this thread's open bulk group; what lies outside of the tensor is dropped.
template <int Rank, int Target = kTarget>
__device__ __forceinline__ void cp_async_bulk_tensor_store(const TensorMap* map,
                                                           const std::int32_t (&at)[Rank],
                                                           const void* shared) {
  static_assert(Rank == 2 || Rank == 3, "tensors of 2 and 3 dimensions");
  static_assert(kSm90<Target>, "cp.async.bulk.tensor needs sm_90 or newer");
#if defined(HEDDLE_SIMT)
  simt::tensor_store(map, at, Rank, shared, simt::models::call_site());
#else
  const auto address = reinterpret_cast<std::uint64_t>(map);
  if constexpr (Rank == 2) {
    asm volatile("cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group [%0, {%1, %2}], [%3];"
                 :
                 : "l"(address), "r"(at[0]), "r"(at[1]), "r"(shared_address(shared))
                 : "memory");
  } else {
    asm volatile(
        "cp.async.bulk.tensor.3d.global.shared::cta.tile.bulk_group [%0, {%1, %2, %3}], [%4];"
        :
        : "l"(address), "r"(at[0]), "r"(at[1]), "r"(at[2]), "r"(shared_address(shared))
        : "memory");
  }
#endif
}

template <int Target = kTarget>
__device__ __forceinline__ void bulk_commit_group() {
  static_assert(kSm90<Target>, "cp.async.bulk.commit_group needs sm_90 or newer");
#if defined(HEDDLE_SIMT)
  simt::bulk_commit();
#else
  asm volatile("cp.async.bulk.commit_group;" ::: "memory");
#endif
}

// Until all but the Open newest groups have read their sources, which may then be overwritten.
template <int Open, int Target = kTarget>
__device__ __forceinline__ void bulk_wait_group_read() {
  static_assert(Open >= 0, "cp.async.bulk.wait_group leaves 0 or more groups open");
  static_assert(kSm90<Target>, "cp.async.bulk.wait_group needs sm_90 or newer");
#if defined(HEDDLE_SIMT)
  simt::bulk_wait(Open, true, simt::models::call_site());
#else
  asm volatile("cp.async.bulk.wait_group.read %0;" ::"n"(Open) : "memory");
#endif
}

// Until all but the Open newest groups are done and their writes visible to this thread.
template <int Open, int Target = kTarget>
__device__ __forceinline__ void bulk_wait_group() {
  static_assert(Open >= 0, "cp.async.bulk.wait_group leaves 0 or more groups open");
  static_assert(kSm90<Target>, "cp.async.bulk.wait_group needs sm_90 or newer");
#if defined(HEDDLE_SIMT)
  simt::bulk_wait(Open, false, simt::models::call_site());
#else
  asm volatile("cp.async.bulk.wait_group %0;" ::"n"(Open) : "memory");
#endif
}

// Fetches the map itself, ahead of its first use.
template <int Target = kTarget>
__device__ __forceinline__ void prefetch_tensormap(const TensorMap* map) {
  static_assert(kSm90<Target>, "prefetch.tensormap needs sm_90 or newer");
#if defined(HEDDLE_SIMT)
  simt::tensor_prefetch(map, nullptr, 0, simt::models::call_site());
#else
  asm volatile("prefetch.tensormap [%0];" ::"l"(reinterpret_cast<std::uint64_t>(map)) : "memory");
#endif
}

// Fetches a box into L2.
template <int Rank, int Target = kTarget>
__device__ __forceinline__ void cp_async_bulk_prefetch_tensor(const TensorMap* map,
                                                              const std::int32_t (&at)[Rank]) {
  static_assert(Rank == 2 || Rank == 3, "tensors of 2 and 3 dimensions");
  static_assert(kSm90<Target>, "cp.async.bulk.prefetch.tensor needs sm_90 or newer");
#if defined(HEDDLE_SIMT)
  simt::tensor_prefetch(map, at, Rank, simt::models::call_site());
#else
  const auto address = reinterpret_cast<std::uint64_t>(map);
  if constexpr (Rank == 2) {
    asm volatile("cp.async.bulk.prefetch.tensor.2d.L2.global.tile [%0, {%1, %2}];"
                 :
                 : "l"(address), "r"(at[0]), "r"(at[1])
                 : "memory");
  } else {
    asm volatile("cp.async.bulk.prefetch.tensor.3d.L2.global.tile [%0, {%1, %2, %3}];"
                 :
                 : "l"(address), "r"(at[0]), "r"(at[1]), "r"(at[2])
                 : "memory");
  }
#endif
}

}  // namespace heddle::arch
