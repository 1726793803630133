// One block of a launch: its threads as fibers, its barriers, its memory rules. All fibers of a
// block live on one OS thread, which is why `__shared__` can be thread_local.
#pragma once

#include <array>
#include <boost/context/fiber.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <tuple>
#include <vector>

#include "test/simt/device.hpp"
#include "test/simt/memory.hpp"
#include "test/simt/order.hpp"
#include "test/simt/shadow.hpp"
#include "test/simt/simt.hpp"
#include "test/simt/traffic.hpp"

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
  enum class State : std::uint8_t { ready, at_barrier, at_collective, done };
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
  // Between blocks: what its last fence lets atomics release, what atomics found since.
  Knowledge released, found;
};

struct Copy {
  unsigned thread;
  std::uint32_t group;
  char* to;
  const char* from;
  unsigned bytes, source_bytes;
  const void* site;
  void* mbarrier;              // completes there rather than by groups
  std::vector<char> snapshot;  // the source at issue
  bool reported = false;
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
  Block(const Launch& launch, Worker& worker, unsigned number);
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
  void mbarrier_arrive(void* object, unsigned bytes, Place place);
  void mbarrier_wait(void* object, unsigned parity, Place place);
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
  };

  [[noreturn]] void stop(Kind kind, std::string what, Place place, std::optional<Where> other = {});
  void suspend();
  void wake(unsigned thread);
  void exited();
  std::optional<unsigned> missing(const Barrier& barrier) const;
  void block_on(Thread::State state, const char* waits_for, Place place);
  unsigned pick();
  void explain_deadlock();
  bool spins_too_long();
  Where where(unsigned thread, Place place) const { return {thread / 32, thread % 32, place}; }
  Where waiting(unsigned thread) const { return where(thread, threads_[thread].place); }
  Where party(const Shadow::Party& p) const { return where(p.thread, {nullptr, 0, p.site}); }
  Where issuer(const Copy& copy) const { return where(copy.thread, {nullptr, 0, copy.site}); }
  enum class Memory : std::uint8_t { shared, global, other, invalid };
  Memory check(void* address, std::size_t bytes, std::size_t alignment, Access kind,
               const void* site);
  void shared_access(void* address, std::size_t bytes, Access kind, const void* site);
  void global_access(const void* address, std::size_t bytes, Access kind, const void* site);
  void source_written(const void* address, std::size_t bytes, const void* site);
  Knowledge release();
  void acquire();
  bool knows(const GlobalOrder::Writer& writer) const;
  void source_overwritten(std::uint32_t id, const void* site);
  void land_before(std::uint32_t group, const void* site);
  void land(std::uint32_t id, const void* site);
  Mbarrier& mbarrier_at(void* object, Place place);
  void try_complete(void* key, Mbarrier& m, Place place);

  struct Acquired {
    unsigned thread;
    std::uint32_t clock;  // the thread's
    Knowledge known;
  };

  Worker& worker_;
  unsigned number_;  // in the grid
  unsigned size_;
  unsigned current_ = 0;
  unsigned alive_;
  // Since when all that runs has only spun.
  std::optional<std::chrono::steady_clock::time_point> idle_since_;
  bool stopped_ = false;
  boost::context::fiber home_;  // the scheduler, while a fiber runs
  std::vector<Thread> threads_;
  ThreadSet ready_, resting_;  // resting: yielded, and would run again
  std::array<Barrier, 16> barriers_;
  std::map<void*, Mbarrier> mbarriers_;
  std::map<std::uint32_t, Copy> copies_;
  std::uint32_t next_copy_ = 0;
  Clocks clocks_;
  std::vector<Acquired> acquired_;
  TrafficLog traffic_;
  std::mt19937_64 random_;
  std::set<std::tuple<Kind, const void*, unsigned, const void*>> seen_;
};

std::string bytes_text(Access kind, std::size_t bytes);  // "read of 4 bytes"

// The block whose fiber runs on this OS thread; null outside kernels.
extern thread_local Block* active;

}  // namespace heddle::simt
