// The functions that kernels call, and the compiler's access callbacks: kernels are compiled with
// -fsanitize=thread, which calls __tsan_* before each plain access; these here are the only ones,
// no sanitizer runtime is linked.
#include "test/simt/device.hpp"

#include <cstdlib>
#include <cstring>

#include "test/simt/block.hpp"

#define HEDDLE_SITE __builtin_return_address(0)

namespace heddle::simt {
namespace {

// The linker may give the testbed the kernels' copy of an inline function, with callbacks in it:
// while the testbed works, they are nobody's.
class Quiet {
 public:
  Quiet() : block_(active) { active = nullptr; }
  ~Quiet() { active = block_; }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
  Block* operator->() const { return block_; }

 private:
  Block* block_;
};

void observe(const void* address, std::size_t bytes, std::size_t alignment, Access kind,
             const void* site) {
  if (active) Quiet()->access(const_cast<void*>(address), bytes, alignment, kind, site);
}

// memcpy and struct copies: in the 16-byte pieces that a device would use at most.
void observe_range(const void* address, std::size_t bytes, Access kind, const void* site) {
  const char* a = static_cast<const char*>(address);
  for (; bytes > 16; a += 16, bytes -= 16) observe(a, 16, 1, kind, site);
  if (bytes) observe(a, bytes, 1, kind, site);
}

// Around an atomic: what it releases is there before others can meet it, what it acquires is looked
// for after it has met the others.
class Meeting {
 public:
  Meeting(const void* object, bool orders) : object_(object), orders_(orders) {
    if (active) Quiet()->before_atomic(object_, orders_);
  }
  ~Meeting() {
    if (active) Quiet()->after_atomic(object_, orders_);
  }
  Meeting(const Meeting&) = delete;
  Meeting& operator=(const Meeting&) = delete;

 private:
  const void* object_;
  bool orders_;
};

Place with_site(Place place, const void* site) {
  place.address = site;
  return place;
}

}  // namespace

Index3 thread_index() { return active->thread_index(); }
Index3 block_index() { return active->index; }
Index3 block_extent() {
  const Extent e = active->launch.block;
  return {e.x, e.y, e.z};
}
Index3 grid_extent() {
  const Extent e = active->launch.grid;
  return {e.x, e.y, e.z};
}
unsigned lane_index() { return active->thread() % 32; }

void barrier(Place place) { Quiet()->barrier(0, 0, true, true, place); }
void barrier_sync(unsigned id, unsigned threads, Place place) {
  Quiet()->barrier(id, threads, true, false, place);
}
void barrier_arrive(unsigned id, unsigned threads, Place place) {
  Quiet()->barrier(id, threads, false, false, place);
}

void warp_collective(const char* name, unsigned mask, void* argument, Combine combine,
                     Place place) {
  active->collective(name, mask, argument, combine, false, place);
}
void warp_sync(unsigned mask, Place place) {
  active->collective("__syncwarp", mask, nullptr, nullptr, true, place);
}

void load_bytes(void* to, const void* from, std::size_t bytes) {
  observe(from, bytes, bytes, Access::read, HEDDLE_SITE);
  if (active) Quiet()->registers_written(to, bytes, HEDDLE_SITE);
  std::memcpy(to, from, bytes);
}
void store_bytes(void* to, const void* from, std::size_t bytes) {
  observe(to, bytes, bytes, Access::write, HEDDLE_SITE);
  std::memcpy(to, from, bytes);
}

bool compare_exchange(void* object, void* expected, const void* desired, std::size_t bytes) {
  observe(object, bytes, bytes, Access::atomic, HEDDLE_SITE);
  const Meeting meeting(object, false);
  const auto exchange = [&]<typename T>(T value) {
    std::memcpy(&value, desired, sizeof value);
    return __atomic_compare_exchange_n(static_cast<T*>(object), static_cast<T*>(expected), value,
                                       false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  };
  switch (bytes) {
    case 2: return exchange(std::uint16_t{});
    case 4: return exchange(std::uint32_t{});
    case 8: return exchange(std::uint64_t{});
    default: std::abort();
  }
}

std::uint32_t atomic_add_acq_rel_gpu(std::uint32_t* object, std::uint32_t value) {
  observe(object, 4, 4, Access::atomic, HEDDLE_SITE);
  const Meeting meeting(object, true);
  return __atomic_fetch_add(object, value, __ATOMIC_SEQ_CST);
}
void fence_gpu() { Quiet()->fence_gpu(); }

void async_copy(void* to, const void* from, unsigned bytes, unsigned source_bytes) {
  Quiet()->copy(to, from, bytes, source_bytes, nullptr, HEDDLE_SITE);
}
void async_commit() { Quiet()->commit(); }
void async_wait(unsigned groups_left_open) { Quiet()->wait_copies(groups_left_open, HEDDLE_SITE); }
void async_wait_all() { Quiet()->wait_all_copies(HEDDLE_SITE); }

void mbarrier_init(void* object, unsigned arrivals) {
  Quiet()->mbarrier_init(object, arrivals, with_site({}, HEDDLE_SITE));
}
void mbarrier_arrive(void* object, unsigned announced_bytes) {
  Quiet()->mbarrier_arrive(object, announced_bytes, with_site({}, HEDDLE_SITE));
}
void mbarrier_wait(void* object, unsigned parity, Place place) {
  Quiet()->mbarrier_wait(object, parity, with_site(place, HEDDLE_SITE));
}
void fence_mbarrier_init() { Quiet()->fence_mbarrier_init(); }
void fence_proxy_async() { Quiet()->fence_proxy_async(); }
void async_copy_bulk(void* to, const void* from, unsigned bytes, void* mbarrier) {
  Quiet()->copy(to, from, bytes, bytes, mbarrier, HEDDLE_SITE);
}

void wgmma(const WgmmaCall& call, Place place) { Quiet()->warpgroups().issue(call, place); }
void wgmma_fence() { Quiet()->warpgroups().fence(); }
void wgmma_commit() { Quiet()->warpgroups().commit(); }
void wgmma_wait(unsigned groups_left_open) { Quiet()->warpgroups().wait(groups_left_open); }
std::uint32_t dynamic_shared_offset(const void* shared, Place place) {
  return Quiet()->warpgroups().shared_offset(shared, place);
}
void registers_written(const void* registers, std::size_t bytes) {
  if (active) Quiet()->registers_written(registers, bytes, HEDDLE_SITE);
}

unsigned cluster_rank() { return active->rank(); }
unsigned cluster_blocks() { return active->cluster_blocks(); }
void cluster_arrive(Place place) { Quiet()->cluster_arrive(place); }
void cluster_wait(Place place) { Quiet()->cluster_wait(place); }
void* cluster_map(const void* shared, unsigned rank, Place place) {
  return Quiet()->map_shared(shared, rank, place);
}
void mbarrier_arrive_cluster(void* object, Place place) {
  Quiet()->mbarrier_arrive(object, 0, with_site(place, HEDDLE_SITE));
}

void tensor_load(void* shared, const TensorMap* map, const std::int32_t* at, int rank,
                 void* mbarrier, std::optional<std::uint16_t> mask, Place place) {
  Quiet()->tensor_load(shared, map, at, rank, mbarrier, mask, with_site(place, HEDDLE_SITE));
}
void tensor_store(const TensorMap* map, const std::int32_t* at, int rank, const void* shared,
                  Place place) {
  Quiet()->tensor_store(map, at, rank, shared, with_site(place, HEDDLE_SITE));
}
void tensor_prefetch(const TensorMap* map, const std::int32_t* at, int rank, Place place) {
  Quiet()->tensor_prefetch(map, at, rank, with_site(place, HEDDLE_SITE));
}
void bulk_commit() { Quiet()->bulk_commit(); }
void bulk_wait(unsigned groups_left_open, bool read, Place place) {
  Quiet()->bulk_wait(groups_left_open, read, with_site(place, HEDDLE_SITE));
}

void set_registers(unsigned count, bool more, Place place) {
  Quiet()->set_registers(count, more, place);
}
bool elect(Place place) { return active->elect(place); }

void count_mma() { Quiet()->count_mma(); }
void count_matrix_load() { Quiet()->count_matrix_load(); }

void yield(Place place) { Quiet()->yield(place); }
void fail(Kind kind, const std::string& what, Place place) { Quiet()->find(kind, what, place); }

}  // namespace heddle::simt

using heddle::simt::Access;
using heddle::simt::observe;
using heddle::simt::observe_range;

extern "C" {
void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void**) {}

#define HEDDLE_ACCESS(n)                                                                    \
  void __tsan_read##n(void* p) { observe(p, n, n, Access::read, HEDDLE_SITE); }             \
  void __tsan_write##n(void* p) { observe(p, n, n, Access::write, HEDDLE_SITE); }           \
  void __tsan_volatile_read##n(void* p) { observe(p, n, n, Access::read, HEDDLE_SITE); }    \
  void __tsan_volatile_write##n(void* p) { observe(p, n, n, Access::write, HEDDLE_SITE); }  \
  void __tsan_unaligned_read##n(void* p) { observe(p, n, 1, Access::read, HEDDLE_SITE); }   \
  void __tsan_unaligned_write##n(void* p) { observe(p, n, 1, Access::write, HEDDLE_SITE); } \
  void __tsan_read_write##n(void* p) {                                                      \
    observe(p, n, n, Access::read, HEDDLE_SITE);                                            \
    observe(p, n, n, Access::write, HEDDLE_SITE);                                           \
  }
HEDDLE_ACCESS(1)
HEDDLE_ACCESS(2)
HEDDLE_ACCESS(4)
HEDDLE_ACCESS(8)
HEDDLE_ACCESS(16)
#undef HEDDLE_ACCESS

void __tsan_read_range(void* p, std::size_t bytes) {
  observe_range(p, bytes, Access::read, HEDDLE_SITE);
}
void __tsan_write_range(void* p, std::size_t bytes) {
  observe_range(p, bytes, Access::write, HEDDLE_SITE);
}
void* __tsan_memcpy(void* to, const void* from, std::size_t bytes) {
  observe_range(from, bytes, Access::read, HEDDLE_SITE);
  observe_range(to, bytes, Access::write, HEDDLE_SITE);
  return std::memcpy(to, from, bytes);
}
void* __tsan_memset(void* to, int value, std::size_t bytes) {
  observe_range(to, bytes, Access::write, HEDDLE_SITE);
  return std::memset(to, value, bytes);
}

// Guards of function-local statics read them so; kernels use the atomics of cuda.hpp.
#define HEDDLE_ATOMIC(bits, type)                                       \
  type __tsan_atomic##bits##_load(const volatile type* p, int) {        \
    return __atomic_load_n(p, __ATOMIC_SEQ_CST);                        \
  }                                                                     \
  void __tsan_atomic##bits##_store(volatile type* p, type v, int) {     \
    __atomic_store_n(p, v, __ATOMIC_SEQ_CST);                           \
  }                                                                     \
  type __tsan_atomic##bits##_fetch_add(volatile type* p, type v, int) { \
    return __atomic_fetch_add(p, v, __ATOMIC_SEQ_CST);                  \
  }
HEDDLE_ATOMIC(8, std::uint8_t)
HEDDLE_ATOMIC(16, std::uint16_t)
HEDDLE_ATOMIC(32, std::uint32_t)
HEDDLE_ATOMIC(64, std::uint64_t)
#undef HEDDLE_ATOMIC
void __tsan_atomic_thread_fence(int) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
void __tsan_atomic_signal_fence(int) {}
}
