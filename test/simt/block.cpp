// The scheduler, the barriers and the warp collectives of a block.
#include "test/simt/block.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <new>

namespace heddle::simt {

thread_local Block* active = nullptr;

namespace {

namespace context = boost::context;

// Stacks are the worker's and live on.
struct KeepStack {
  void deallocate(context::stack_context&) {}
};

// A fiber that must not go on is forgotten: no destructor, hence no unwinding, which kernel code,
// being device code, is not written for. Its stack is reused.
void forget(context::fiber& fiber) {
  alignas(context::fiber) unsigned char grave[sizeof(context::fiber)];
  new (grave) context::fiber(std::move(fiber));
}

}  // namespace

Worker::Worker() = default;

Worker::~Worker() {
  const auto guard = static_cast<std::size_t>(getpagesize());
  for (char* low : stacks) munmap(low - guard, stack_bytes + guard);
}

char* Worker::stack(unsigned thread) {
  const auto guard = static_cast<std::size_t>(getpagesize());
  while (stacks.size() <= thread) {
    void* p = mmap(nullptr, stack_bytes + guard, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) throw std::bad_alloc();
    mprotect(p, guard, PROT_NONE);
    stacks.push_back(static_cast<char*>(p) + guard);
  }
  return stacks[thread];
}

Block::Block(const Launch& launch_, Worker& worker, Cluster& cluster, unsigned number)
    : launch(launch_),
      index(unflatten(number, launch_.grid)),
      worker_(worker),
      cluster_(cluster),
      number_(number),
      rank_(number % cluster.blocks()),
      size_(launch_.block.x * launch_.block.y * launch_.block.z),
      alive_(size_),
      threads_(size_),
      clocks_(cluster.clocks),
      traffic_((size_ + 31) / 32),
      random_(launch_.options.schedule.seed * 0x9E3779B97F4A7C15u + number) {}

void Block::run() {
  worker_.shadow.forget();
  for (unsigned i = 0; i < size_; ++i) {
    char* low = worker_.stack(i);
    threads_[i].stack_low = low;
    ready_.insert(i);
    context::stack_context stack;
    stack.size = Worker::stack_bytes;
    stack.sp = low + stack.size;
    threads_[i].fiber =
        context::fiber(std::allocator_arg, context::preallocated(stack.sp, stack.size, stack),
                       KeepStack{}, [this](context::fiber&& home) {
                         home_ = std::move(home);
                         launch.kernel();
                         exited();
                         return std::move(home_);
                       });
  }
  cluster_.enter(*this, rank_);
  while (const Block* next = cluster_.next(*this)) {
    if (next == this) {
      step();
    } else {
      cluster_.hand_over(*this, *next);
    }
  }
  cluster_.leave(rank_);
  for (Thread& t : threads_) {
    if (t.fiber) forget(t.fiber);
  }
  counters = traffic_.finish();
}

void Block::step() {
  current_ = pick();
  active = this;
  threads_[current_].fiber = std::move(threads_[current_].fiber).resume();
  active = nullptr;
}

unsigned ThreadSet::size() const {
  unsigned n = 0;
  for (const std::uint64_t word : words_) n += static_cast<unsigned>(std::popcount(word));
  return n;
}

unsigned ThreadSet::nth(unsigned n) const {
  unsigned i = 0;
  for (std::uint64_t word : words_) {
    const auto here = static_cast<unsigned>(std::popcount(word));
    if (n < here) {
      for (; n; --n) word &= word - 1;
      return i + static_cast<unsigned>(std::countr_zero(word));
    }
    n -= here;
    i += 64;
  }
  return 0;
}

std::optional<unsigned> ThreadSet::first_of_warp(unsigned warp) const {
  const auto lanes = static_cast<std::uint32_t>(words_[warp / 2] >> warp % 2 * 32);
  if (!lanes) return {};
  return warp * 32 + static_cast<unsigned>(std::countr_zero(lanes));
}

unsigned Block::pick() {
  const Schedule& schedule = launch.options.schedule;
  switch (schedule.order) {
    case Order::forward: return ready_.nth(0);
    case Order::backward: return ready_.nth(ready_.size() - 1);
    case Order::random: return ready_.nth(static_cast<unsigned>(random_() % ready_.size()));
    case Order::warp_ahead: break;
  }
  const unsigned warp = static_cast<unsigned>(schedule.seed % ((size_ + 31) / 32));
  return ready_.first_of_warp(warp).value_or(ready_.nth(0));
}

void Block::suspend() { home_ = std::move(home_).resume(); }

void Block::wake(unsigned thread) {
  threads_[thread].state = Thread::State::ready;
  ready_.insert(thread);
  cluster_.idle_since.reset();
}

void Block::block_on(Thread::State state, const char* waits_for, Place place) {
  Thread& me = threads_[current_];
  me.state = state;
  me.waits_for = waits_for;
  me.place = place;
  ready_.erase(current_);
}

void Block::yield(Place place) {
  threads_[current_].place = place;
  ready_.erase(current_);
  resting_.insert(current_);
  suspend();
}

Index3 Block::thread_index() const { return unflatten(current_, launch.block); }

void Block::find(Kind kind, std::string what, Place place, std::optional<Where> other) {
  ++occurrences;
  const void* key = place.address ? place.address : place.file;
  const void* other_key = other ? other->place.address : nullptr;
  if (!seen_.insert({kind, key, place.line, other_key}).second) return;
  findings.push_back({kind, std::move(what), index, where(current_, place), other});
}

void Block::stop(Kind kind, std::string what, Place place, std::optional<Where> other) {
  find(kind, std::move(what), place, other);
  cluster_.stopped = true;
  suspend();
  std::abort();  // a stopped block resumes nobody
}

void Block::exited() {
  stores_at_exit();
  Thread& me = threads_[current_];
  if (me.cluster_phase == cluster_.barrier.phase) --cluster_.barrier.arrived;
  --cluster_.barrier.alive;
  cluster_.complete_barrier();
  block_on(Thread::State::done, "", {});
  if (warpgroups_) warpgroups_->exited();
  if (--alive_ == 0) reached_after_exit();
  cluster_.idle_since.reset();
  for (unsigned id = 0; id < barriers_.size(); ++id) {
    const Barrier& b = barriers_[id];
    if (!b.waiters.empty() && missing(b)) {
      stop(Kind::exit_at_barrier,
           "returned while " + std::to_string(b.waiters.size()) + " threads wait at barrier " +
               std::to_string(id) + " for " + std::to_string(b.expected),
           {}, waiting(b.waiters.front()));
    }
  }
  const unsigned warp = current_ / 32 * 32;
  for (unsigned i = warp; i < std::min(warp + 32, size_); ++i) {
    const Thread& t = threads_[i];
    if (t.state == Thread::State::at_collective && t.mask >> current_ % 32 & 1) {
      stop(Kind::warp_mask, std::string("returned while named in the mask of ") + t.waits_for, {},
           waiting(i));
    }
  }
}

// A thread that has returned without having come to a barrier that cannot fill without it.
std::optional<unsigned> Block::missing(const Barrier& barrier) const {
  unsigned can_come = 0;
  std::optional<unsigned> gone;
  for (unsigned i = 0; i < size_; ++i) {
    if (barrier.came[i]) continue;
    if (threads_[i].state != Thread::State::done) {
      ++can_come;
    } else if (!gone) {
      gone = i;
    }
  }
  return barrier.arrived + can_come < barrier.expected ? gone : std::nullopt;
}

void Block::barrier(unsigned id, unsigned count, bool waits, bool whole_block, Place place) {
  const std::string label = "barrier " + std::to_string(id);
  if (count == 0) count = size_;
  if (id >= barriers_.size() || count > size_ || (count % 32 && count != size_)) {
    stop(Kind::divergent_barrier,
         label + " for " + std::to_string(count) + " threads: ids are 0 to 15, counts " +
             "multiples of 32 up to the block's " + std::to_string(size_),
         place);
  }
  Barrier& b = barriers_[id];
  if (b.arrived == 0) {
    b.expected = count;
    b.first = current_;
    b.first_place = place;
    b.came.assign(size_, false);
  } else if (b.expected != count) {
    stop(Kind::divergent_barrier,
         label + " for " + std::to_string(count) + " threads, elsewhere for " +
             std::to_string(b.expected),
         place, where(b.first, b.first_place));
  } else if (whole_block && b.first_place != place) {
    stop(Kind::divergent_barrier, label + " met at another place than the rest of the block", place,
         where(b.first, b.first_place));
  }
  b.came[current_] = true;
  if (waits && alive_ < size_ && b.arrived + 1 < b.expected) {
    ++b.arrived;
    if (const auto gone = missing(b)) {
      stop(Kind::exit_at_barrier, "waits at " + label + " for a thread that has returned", place,
           waiting(*gone));
    }
    --b.arrived;
  }
  clocks_.release(self(), b.view);
  if (waits) b.waiters.push_back(current_);
  if (++b.arrived < b.expected) {
    if (!waits) return;
    block_on(Thread::State::at_barrier, "barrier", place);
    threads_[current_].barrier = id;
    suspend();
    return;
  }
  if (b.waiters.size() == size_ && cluster_.blocks() == 1) {
    clocks_.synchronise_all();
  } else {
    for (const unsigned t : b.waiters) clocks_.acquire(in_cluster(t), b.view);
  }
  for (const unsigned t : b.waiters) wake(t);
  b = Barrier{};
  // Who runs next is the schedule's choice, not the last arrival's privilege.
  if (waits) suspend();
}

void Block::collective(const char* name, std::uint32_t mask, void* argument, Combine combine,
                       bool orders, Place place) {
  const unsigned lane = current_ % 32, warp = current_ - lane;
  if (!(mask >> lane & 1)) {
    stop(Kind::warp_mask, std::string(name) + ": the lane is not in its own mask", place);
  }
  Thread& me = threads_[current_];
  unsigned arrived = 1;
  for (unsigned i = 0; i < 32; ++i) {
    if (!(mask >> i & 1) || i == lane) continue;
    if (warp + i >= size_ || threads_[warp + i].state == Thread::State::done) {
      stop(Kind::warp_mask,
           std::string(name) + ": lane " + std::to_string(i) +
               " of the mask has returned or never was",
           place);
    }
    const Thread& t = threads_[warp + i];
    if (t.state != Thread::State::at_collective) continue;
    if (t.mask == mask && std::string_view(t.waits_for) == name) {
      ++arrived;
    } else if (t.mask >> lane & 1) {
      stop(Kind::warp_mask, std::string(name) + ": lanes disagree on the operation or its mask",
           place, waiting(warp + i));
    }
  }
  me.argument = argument;
  me.mask = mask;
  block_on(Thread::State::at_collective, name, place);
  if (arrived == static_cast<unsigned>(std::popcount(mask))) {
    std::array<void*, 32> lanes{};
    View view;
    for (unsigned i = 0; i < 32; ++i) {
      if (!(mask >> i & 1)) continue;
      lanes[i] = threads_[warp + i].argument;
      if (orders) clocks_.release(in_cluster(warp + i), view);
    }
    if (combine) combine(lanes.data(), mask);
    for (unsigned i = 0; i < 32; ++i) {
      if (!(mask >> i & 1)) continue;
      if (orders) clocks_.acquire(in_cluster(warp + i), view);
      wake(warp + i);
    }
  }
  suspend();
}

// How well a thread of this block explains that nothing goes on.
int Block::urgency() const {
  int most = 0;
  for (const Thread& t : threads_) most = std::max(most, urgency(t));
  return most;
}

int Block::urgency(const Thread& t) const {
  if (t.state == Thread::State::at_registers) return 3;
  if (t.state != Thread::State::at_mbarrier) return 0;
  return mbarriers_.at(t.argument).bytes ? 2 : 1;  // the others wait for what these would do
}

// What a waiting thread waits for.
std::string Block::lacking(unsigned thread) const {
  const Thread& t = threads_[thread];
  if (t.state == Thread::State::ready) return "spins without end";
  const std::string what = std::string("waits for ever for ") + t.waits_for;
  if (t.state == Thread::State::at_barrier) {
    const Barrier& b = barriers_[t.barrier];
    return what + " " + std::to_string(t.barrier) + ": " + std::to_string(b.arrived) + " of " +
           std::to_string(b.expected) + " threads arrived";
  }
  if (t.state == Thread::State::at_mbarrier) {
    const Mbarrier& m = mbarriers_.at(t.argument);
    std::size_t bytes = 0;
    for (const auto& [id, copy] : copies_) bytes += copy.mbarrier == t.argument ? copy.bytes : 0;
    return what + ", phase " + std::to_string(m.phase) + ": " + std::to_string(m.arrived) + " of " +
           std::to_string(m.expected) + " arrivals, " + std::to_string(bytes) + " of " +
           std::to_string(m.bytes) + " bytes";
  }
  if (t.state == Thread::State::at_registers) {
    const Registers& g = registers_[thread / 128];
    return what + " to " + std::to_string(g.asked) + ": " + std::to_string(g.arrived) +
           " of 128 threads came, " + std::to_string(g.each) + " registers each and " +
           std::to_string(spare_registers()) + " in the block's pool";
  }
  return what;
}

void Block::explain_deadlock() {
  using State = Thread::State;
  const int urgent = urgency();
  unsigned first = size_, second = size_, gone = size_;
  for (unsigned i = 0; i < size_; ++i) {
    const Thread& t = threads_[i];
    if (t.state == State::done) {
      gone = std::min(gone, i);
    } else if (first == size_ && urgency(t) == urgent) {
      first = i;
    }
  }
  const Thread& t = threads_[first];
  for (unsigned i = 0; i < size_ && second == size_; ++i) {
    const Thread& u = threads_[i];
    if (u.state != State::done && (u.state != t.state || u.place != t.place)) second = i;
  }
  const bool at_barrier = t.state == State::at_barrier;
  current_ = first;
  Kind kind = Kind::deadlock;
  std::optional<Where> other;
  if (second < size_) {
    other = waiting(second);
    if (at_barrier || (urgent == 0 && threads_[second].state == State::at_barrier)) {
      kind = Kind::divergent_barrier;
    }
  } else if (gone < size_) {
    other = waiting(gone);
    if (at_barrier) kind = Kind::exit_at_barrier;
  }
  find(kind, lacking(first), t.place, other);
}

}  // namespace heddle::simt
