// What code inside a kernel may call. cuda.hpp spells it as CUDA does; the CPU bodies of
// kernels/arch call it directly. Everything here is compiled without access callbacks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "test/simt/report.hpp"

namespace heddle {
struct TensorMap;
}

namespace heddle::simt {

Index3 thread_index();
Index3 block_index();
Index3 block_extent();
Index3 grid_extent();
unsigned lane_index();

// Barriers. The first is __syncthreads: every thread of the block, at one place in the source. The
// named ones count threads (a multiple of 32; 0 = the whole block); arrive does not wait.
void barrier(Place place = Place::here());
void barrier_sync(unsigned id, unsigned threads, Place place = Place::here());
void barrier_arrive(unsigned id, unsigned threads, Place place = Place::here());

// A rendezvous of the lanes in mask, which must agree on name and mask. The last to arrive runs
// combine once for the warp: lanes[i] is lane i's argument (null outside the mask). This is how
// shuffles, votes and matrix instructions are modelled. Only warp_sync orders memory.
using Combine = void (*)(void* const* lanes, unsigned mask);
void warp_collective(const char* name, unsigned mask, void* argument, Combine combine,
                     Place place = Place::here());
void warp_sync(unsigned mask, Place place = Place::here());

// One access of exactly this width, checked and counted as a single instruction. The compiler may
// split a plain struct copy; a wrapper whose width matters calls these.
void load_bytes(void* to, const void* from, std::size_t bytes);
void store_bytes(void* to, const void* from, std::size_t bytes);

// As std::atomic's, for 2, 4 or 8 bytes. It orders nothing.
bool compare_exchange(void* object, void* expected, const void* desired, std::size_t bytes);
// Release and acquire, device-wide.
std::uint32_t atomic_add_acq_rel_gpu(std::uint32_t* object, std::uint32_t value);
// Between what this thread did before and its atomics after (release), and between its atomics before
// and what it does after (acquire), device-wide.
void fence_gpu();

// Asynchronous copies in commit groups. The bytes move at the wait that covers them, no sooner;
// until then the destination may not be touched nor the source written. source_bytes < bytes fills
// the rest with zeros. Global to shared or shared to global.
void async_copy(void* to, const void* from, unsigned bytes, unsigned source_bytes);
void async_commit();
void async_wait(unsigned groups_left_open);
void async_wait_all();

// A transaction barrier (mbarrier) in shared memory. A phase ends when `arrivals` threads arrived
// and the bytes they announced were copied; the copies land when a thread then waits. wait returns
// once the phase of this parity is over. The initialising thread passes one of the two fences before
// copies use it.
void mbarrier_init(void* object, unsigned arrivals);
void fence_mbarrier_init();
void fence_proxy_async();
void mbarrier_arrive(void* object, unsigned announced_bytes);
void mbarrier_wait(void* object, unsigned parity, Place place = Place::here());
void async_copy_bulk(void* to, const void* from, unsigned bytes, void* mbarrier);

// The cluster: its barrier, the address of a peer's shared memory, an arrival at a peer's mbarrier.
unsigned cluster_rank();
unsigned cluster_blocks();
void cluster_arrive(Place place = Place::here());
void cluster_wait(Place place = Place::here());
void* cluster_map(const void* shared, unsigned rank, Place place = Place::here());
void mbarrier_arrive_cluster(void* object, Place place = Place::here());

// Copies of a box of a tensor. A load completes on an mbarrier, of every block in mask where there
// is one; stores belong to this thread's bulk groups, apart from those of async_copy. wait: until
// all but the newest groups have left their sources (read) or are done. at: nullptr for the map only.
void tensor_load(void* shared, const TensorMap* map, const std::int32_t* at, int rank,
                 void* mbarrier, std::optional<std::uint16_t> mask, Place place = Place::here());
void tensor_store(const TensorMap* map, const std::int32_t* at, int rank, const void* shared,
                  Place place = Place::here());
void tensor_prefetch(const TensorMap* map, const std::int32_t* at, int rank,
                     Place place = Place::here());
void bulk_commit();
void bulk_wait(unsigned groups_left_open, bool read, Place place = Place::here());

// More registers a thread for this warpgroup, or fewer.
void set_registers(unsigned count, bool more, Place place = Place::here());
// Whether this lane is the chosen one of its whole warp; always the same in a launch.
bool elect(Place place = Place::here());

// wgmma: models/warpgroup.hpp.
struct WgmmaCall;
void wgmma(const WgmmaCall& call, Place place);
void wgmma_fence();
void wgmma_commit();
void wgmma_wait(unsigned groups_left_open);
// From the start of this block's dynamic shared memory: the address that descriptors have.
std::uint32_t dynamic_shared_offset(const void* shared, Place place);
// What a model wrote is in registers: where a wgmma under way holds them, that is an error.
void registers_written(const void* registers, std::size_t bytes);

// One warp instruction more in the counters.
void count_mma();
void count_matrix_load();

// Lets other threads run: what a spin loop calls.
void yield(Place place = Place::here());

// A finding of an instruction model, at the caller.
void fail(Kind kind, const std::string& what, Place place = Place::here());

// The storage behind `extern __shared__ type name[]`: one line in the namespace of the kernel, in
// one source of the program. Where several sources instantiate the kernel, it declares its array at
// namespace scope: g++ 12 cannot call on one that it knows from inside a function only, nor link one
// in an unnamed namespace.
inline constexpr std::size_t dynamic_shared_limit = 227 * 1024;
struct DynamicShared {
  explicit DynamicShared(void* (*address)());
};
#define HEDDLE_SIMT_DYNAMIC_SHARED(type, name)                                                     \
  alignas(                                                                                         \
      1024) constinit thread_local type name[::heddle::simt::dynamic_shared_limit / sizeof(type)]; \
  [[maybe_unused]] static const ::heddle::simt::DynamicShared name##_registration(                 \
      []() -> void* { return name; })

}  // namespace heddle::simt
