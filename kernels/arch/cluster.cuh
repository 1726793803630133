#pragma once
// Clusters: blocks that run together and reach each other's shared memory. PTX ISA,
// "barrier.cluster", "mapa" and "mbarrier.arrive".

#include <cstdint>

#include "kernels/arch/bulk_copy.cuh"
#include "kernels/arch/shared_address.cuh"
#include "kernels/arch/target.cuh"

#if defined(HEDDLE_SIMT)
#include "test/simt/models/collective.hpp"
#endif

namespace heddle::arch {

// The block's number in its cluster, and how many there are; 0 and 1 without a cluster.
template <int Target = kTarget>
__device__ __forceinline__ std::uint32_t cluster_ctarank() {
  static_assert(kSm90<Target>, "clusters need sm_90 or newer");
#if defined(HEDDLE_SIMT)
  return simt::cluster_rank();
#else
  std::uint32_t rank;
  asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
#endif
}

template <int Target = kTarget>
__device__ __forceinline__ std::uint32_t cluster_nctarank() {
  static_assert(kSm90<Target>, "clusters need sm_90 or newer");
#if defined(HEDDLE_SIMT)
  return simt::cluster_blocks();
#else
  std::uint32_t blocks;
  asm("mov.u32 %0, %%cluster_nctarank;" : "=r"(blocks));
  return blocks;
#endif
}

// A barrier of all threads of the cluster, in two halves: every thread arrives, then waits. What was
// done before arriving is seen after waiting.
template <int Target = kTarget>
__device__ __forceinline__ void cluster_arrive_release() {
  static_assert(kSm90<Target>, "clusters need sm_90 or newer");
#if defined(HEDDLE_SIMT)
  simt::cluster_arrive(simt::models::call_site());
#else
  asm volatile("barrier.cluster.arrive.release;" ::: "memory");
#endif
}

template <int Target = kTarget>
__device__ __forceinline__ void cluster_wait_acquire() {
  static_assert(kSm90<Target>, "clusters need sm_90 or newer");
#if defined(HEDDLE_SIMT)
  simt::cluster_wait(simt::models::call_site());
#else
  asm volatile("barrier.cluster.wait.acquire;" ::: "memory");
#endif
}

// A place in the shared memory of a block of the cluster.
struct ClusterAddress {
#if defined(HEDDLE_SIMT)
  void* address;
#else
  std::uint32_t address;
#endif
};

// Where block `rank` has what this block has at `shared`.
template <int Target = kTarget>
__device__ __forceinline__ ClusterAddress mapa(const void* shared, std::uint32_t rank) {
  static_assert(kSm90<Target>, "clusters need sm_90 or newer");
#if defined(HEDDLE_SIMT)
  return {simt::cluster_map(shared, rank, simt::models::call_site())};
#else
  ClusterAddress there;
  asm("mapa.shared::cluster.u32 %0, %1, %2;"
      : "=r"(there.address)
      : "r"(shared_address(shared)), "r"(rank));
  return there;
#endif
}

// At an mbarrier of any block of the cluster. What this thread saw and did before is seen by who
// waits there.
template <int Target = kTarget>
__device__ __forceinline__ void mbarrier_arrive_cluster(ClusterAddress mbarrier) {
  static_assert(kSm90<Target>, "clusters need sm_90 or newer");
#if defined(HEDDLE_SIMT)
  simt::mbarrier_arrive_cluster(mbarrier.address, simt::models::call_site());
#else
  asm volatile("mbarrier.arrive.shared::cluster.b64 _, [%0];" : : "r"(mbarrier.address) : "memory");
#endif
}

}  // namespace heddle::arch
