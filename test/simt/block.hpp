// One block of a launch: its threads as fibers, its barriers, its memory rules. All fibers of a
// block live on one OS thread, which is why `__shared__` can be thread_local. Blocks of a cluster
// run one at a time, so that one may reach into another.
#pragma once

#include <array>
#include <boost/context/fiber.hpp>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <tuple>
#include <vector>

#include "test/simt/cluster.hpp"
#include "test/simt/device.hpp"
#include "test/simt/memory.hpp"
#include "test/simt/models/tensor_map.hpp"
#include "test/simt/order.hpp"
#include "test/simt/shadow.hpp"
#include "test/simt/simt.hpp"
#include "test/simt/traffic.hpp"
#include "test/simt/warpgroup.hpp"

namespace heddle::simt {

// What an OS thread keeps from block to block.
struct Worker {
  static constexpr std::size_t stack_bytes = 64 * 1024;
  std::vector<char*> stacks;  // each above a guard page
  Shadow shadow;
  struct Dynamic {
    char* begin;
    char* end;
  };
  std::vector<Dynamic> dynamic;  // this thread's dynamic shared arrays
  char* shared = nullptr;        // where its shared memory begins

  Worker();
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  char* stack(unsigned thread);  // its low end
};

struct Launch {
  Extent grid, block;
  std::size_t dynamic_shared;
  const std::function<void()>& kernel;
  const Options& options;
  GlobalMap global;
  GlobalOrder& order;
};

struct Thread {
  enum class State : std::uint8_t {
    ready,
    at_barrier,
    at_collective,
    at_mbarrier,
    at_cluster,
    at_registers,
    at_wgmma,
    done
  };
  boost::context::fiber fiber;
  State state = State::ready;
  const char* stack_low = nullptr;
  // While it waits: where, and for what.
  Place place;
  const char* waits_for = "";
  unsigned barrier = 0;
  std::uint32_t mask = 0;
  void* argument = nullptr;
  // Asynchronous copies: the open group, and how many were committed.
  std::uint32_t group = 0;
  std::vector<std::uint32_t> copies;
  // The same of bulk stores.
  std::uint32_t bulk_group = 0;
  std::vector<std::uint32_t> bulk;
  // The phase of the cluster's barrier at which it arrived and has not waited.
  std::optional<unsigned> cluster_phase;
  // Between blocks: what its last fence lets atomics release, what atomics found since.
  Knowledge released, found;
};

struct Copy {
  unsigned issuer;  // a thread of the cluster
  std::uint32_t group;
  char* to;
  const char* from;
  std::size_t bytes, source_bytes;
  const void* site;
  void* mbarrier = nullptr;      // completes there rather than by groups
  std::vector<char> snapshot{};  // the source at issue
  bool reported = false;
  // Of a tensor: the rows of its box that lie in global memory.
  struct Row {
    char* global;
    std::size_t bytes, at;  // in the box
  };
  std::vector<Row> rows{};
  TensorSwizzle swizzle = TensorSwizzle::none;
  bool tensor = false;
  bool source_read = false;  // of a store: the source is free again
};

// Which of up to 1024 threads may run.
class ThreadSet {
 public:
  void insert(unsigned i) { words_[i / 64] |= std::uint64_t{1} << i % 64; }
  void erase(unsigned i) { words_[i / 64] &= ~(std::uint64_t{1} << i % 64); }
  unsigned size() const;
  bool empty() const { return size() == 0; }
  unsigned nth(unsigned n) const;
  std::optional<unsigned> first_of_warp(unsigned warp) const;

 private:
  std::array<std::uint64_t, 16> words_{};
};

class Block {
 public:
  Block(const Launch& launch, Worker& worker, Cluster& cluster, unsigned number);
  void run();

  // From inside a fiber, for the running thread.
  Index3 thread_index() const;
  unsigned thread() const { return current_; }
  // A plain access or an atomic one: every rule, and the counters.
  void access(void* address, std::size_t bytes, std::size_t alignment, Access kind,
              const void* site);
  // Around every atomic on memory; orders: it is itself a release and an acquire.
  void before_atomic(const void* object, bool orders);
  void after_atomic(const void* object, bool orders);
  void fence_gpu();
  void barrier(unsigned id, unsigned count, bool waits, bool whole_block, Place place);
  void collective(const char* name, std::uint32_t mask, void* argument, Combine combine,
                  bool orders, Place place);
  void copy(void* to, const void* from, unsigned bytes, unsigned source_bytes, void* mbarrier,
            const void* site);
  void commit() { ++threads_[current_].group; }
  void wait_copies(std::uint32_t left_open, const void* site);
  void wait_all_copies(const void* site);
  void mbarrier_init(void* object, unsigned arrivals, Place place);
  void mbarrier_arrive(void* object, unsigned bytes, Place place);  // of any block of the cluster
  void mbarrier_wait(void* object, unsigned parity, Place place);
  void fence_mbarrier_init();
  void fence_proxy_async();
  // Of shared memory, by the asynchronous proxy on behalf of the running thread: once when the
  // operation begins, and again when it is known to be over.
  void async_read(const void* shared, std::size_t bytes, const void* site);
  unsigned rank() const { return rank_; }
  unsigned cluster_blocks() const { return cluster_.blocks(); }
  void cluster_arrive(Place place);
  void cluster_wait(Place place);
  void* map_shared(const void* shared, unsigned rank, Place place);
  void tensor_load(void* shared, const TensorMap* map, const std::int32_t* at, int rank,
                   void* mbarrier, std::optional<std::uint16_t> mask, Place place);
  void tensor_store(const TensorMap* map, const std::int32_t* at, int rank, const void* shared,
                    Place place);
  void tensor_prefetch(const TensorMap* map, const std::int32_t* at, int rank, Place place);
  void bulk_commit() { ++threads_[current_].bulk_group; }
  void bulk_wait(std::uint32_t left_open, bool read, Place place);
  void set_registers(unsigned count, bool more, Place place);
  bool elect(Place place);
  Warpgroups& warpgroups();  // wgmma
  // Memory that a model wrote: registers of the running thread, where it has any under watch.
  void registers_written(const void* registers, std::size_t bytes, const void* site);
  void yield(Place place);
  void count_mma() { traffic_.count_mma(); }
  void count_matrix_load() { traffic_.count_matrix_load(); }
  void find(Kind kind, std::string what, Place place, std::optional<Where> other = {});

  const Launch& launch;
  const Index3 index;
  std::vector<Finding> findings;
  std::uint64_t occurrences = 0;
  Counters counters;

 private:
  struct Barrier {
    unsigned expected = 0, arrived = 0;
    unsigned first = 0;  // thread
    Place first_place;
    View view;
    std::vector<unsigned> waiters;
    std::vector<bool> came;  // by thread
  };
  struct Mbarrier {
    unsigned expected = 0, arrived = 0, phase = 0;
    std::int64_t bytes = 0;  // announced and not yet landed
    View filling, complete;
    std::vector<unsigned> waiters;
    unsigned initialiser = 0;  // thread
    Place initialised;
    bool fenced = false;  // since
  };
  struct Registers {  // of a warpgroup
    unsigned each = 0, asked = 0, arrived = 0;
    bool more = false;
    unsigned first = 0;  // thread
    Place first_place;
  };
  friend class Cluster;
  friend class Warpgroups;

  [[noreturn]] void stop(Kind kind, std::string what, Place place, std::optional<Where> other = {});
  void suspend();
  void wake(unsigned thread);
  void exited();
  std::optional<unsigned> missing(const Barrier& barrier) const;
  void block_on(Thread::State state, const char* waits_for, Place place);
  unsigned pick();
  void step();
  void explain_deadlock();
  // Threads by their number in the cluster, which is that in the clocks and the shadow.
  unsigned in_cluster(unsigned thread) const { return rank_ * size_ + thread; }
  unsigned self() const { return in_cluster(current_); }
  unsigned copies_clock() const { return cluster_.blocks() * size_ + rank_; }
  Where where(unsigned thread, Place place) const { return {thread / 32, thread % 32, place}; }
  Where where_in_cluster(unsigned thread, Place place) const;
  Where waiting(unsigned thread) const { return where(thread, threads_[thread].place); }
  Where party(const Shadow::Party& p) const {
    return where_in_cluster(p.thread, {nullptr, 0, p.site});
  }
  Where issuer(const Copy& copy) const {
    return where_in_cluster(copy.issuer, {nullptr, 0, copy.site});
  }
  enum class Memory : std::uint8_t { shared, global, other, invalid };
  Memory check(void* address, std::size_t bytes, std::size_t alignment, Access kind,
               const void* site);
  void shared_access(Block& home, void* address, std::size_t bytes, Access kind, const void* site);
  void global_access(const void* address, std::size_t bytes, Access kind, const void* site);
  void source_written(const void* address, std::size_t bytes, const void* site);
  Knowledge release();
  void acquire();
  bool knows(const GlobalOrder::Writer& writer) const;
  void source_overwritten(Block& home, std::uint32_t id, const void* site);
  void land_before(std::uint32_t group, const void* site);
  void land(std::uint32_t id, const void* site);
  Block& home_of(void* shared, const char* what, Place place);
  Mbarrier& mbarrier_at(Block& home, void* object, Place place);
  bool completable(const Block& home, const void* key, const Mbarrier& m, Place place);
  void complete(Block& home, void* key, Mbarrier& m);
  void wake_waiters(Mbarrier& m);
  void reached_after_exit();
  void for_mbarrier(Block& home, void* object, Place place);
  void land_at_wait(Block& home, Copy copy, Place place);
  std::optional<TensorMapFields> fields_of(const TensorMap* map, int rank, Place place);
  bool box_fits(const TensorMapFields& fields, const void* shared, Access kind, Place place);
  std::vector<Copy::Row> rows_of(const TensorMapFields& fields, const std::int32_t* at, Access kind,
                                 Place place);
  void count_rows(const std::vector<Copy::Row>& rows, Space space);
  void land_tensor(std::uint32_t id, const Copy& copy, const void* site);
  void source_done(std::uint32_t id, const void* site);
  void stored(std::uint32_t id, const void* site);
  void stores_at_exit();
  void grant_registers();
  unsigned registers_at_start() const;
  unsigned spare_registers() const;
  int urgency() const;
  int urgency(const Thread& t) const;
  std::string lacking(unsigned thread) const;

  Worker& worker_;
  Cluster& cluster_;
  unsigned number_;  // in the grid
  unsigned rank_;    // in the cluster
  unsigned size_;
  unsigned current_ = 0;
  unsigned alive_;
  boost::context::fiber home_;  // the scheduler, while a fiber runs
  std::vector<Thread> threads_;
  ThreadSet ready_, resting_;  // resting: yielded, and would run again
  std::array<Barrier, 16> barriers_;
  std::map<void*, Mbarrier> mbarriers_;
  unsigned unfenced_ = 0;               // of them
  std::vector<std::uint32_t> touched_;  // when threads of peers last were at mbarriers_
  std::vector<Registers> registers_;
  std::map<std::uint32_t, Copy> copies_;
  std::uint32_t next_copy_ = 0;
  Clocks& clocks_;  // the cluster's
  TrafficLog traffic_;
  std::unique_ptr<Warpgroups> warpgroups_;  // once a thread used wgmma
  std::mt19937_64 random_;
  std::set<std::tuple<Kind, const void*, unsigned, const void*>> seen_;
};

std::string bytes_text(Access kind, std::size_t bytes);  // "read of 4 bytes"

// The block whose fiber runs on this OS thread; null outside kernels.
extern thread_local Block* active;

}  // namespace heddle::simt
