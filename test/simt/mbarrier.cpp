// Transaction barriers, and the copies that land on them.
#include <cstring>
#include <utility>

#include "test/simt/block.hpp"

namespace heddle::simt {
namespace {

constexpr std::int64_t most_count = (1 << 20) - 1;  // of arrivals, and of bytes under way

}  // namespace

void Block::mbarrier_init(void* object, unsigned arrivals, Place place) {
  access(object, 8, 8, Access::write, place.address);
  if (!worker_.shadow.contains(object) || arrivals == 0 || arrivals > most_count) {
    stop(Kind::instruction,
         "mbarrier for " + std::to_string(arrivals) +
             " arrivals: lies in the block's shared memory and takes 1 to 2^20 - 1",
         place);
  }
  std::memset(object, 0, 8);
  Mbarrier& m = mbarriers_[object];
  if (m.expected == 0 || m.fenced) ++unfenced_;
  m = Mbarrier{};
  m.expected = arrivals;
  m.initialiser = current_;
  m.initialised = place;
}

void Block::fence_mbarrier_init() {
  if (unfenced_ == 0) return;
  for (auto& [object, m] : mbarriers_) {
    if (m.fenced || m.initialiser != current_) continue;
    m.fenced = true;
    --unfenced_;
  }
}

void Block::fence_proxy_async() {
  fence_mbarrier_init();
  clocks_.fence_proxy(self());
}

// The block in whose shared memory an address lies.
Block& Block::home_of(void* shared, const char* what, Place place) {
  if (worker_.shadow.contains(shared)) return *this;
  for (unsigned r = 0; r < cluster_.blocks(); ++r) {
    Block& peer = cluster_.block(r);
    if (!peer.worker_.shadow.contains(shared)) continue;
    if (peer.alive_ == 0) {
      stop(Kind::exited_block,
           std::string(what) + " in the shared memory of rank " + std::to_string(r) +
               ", which has returned",
           place);
    }
    return peer;
  }
  stop(Kind::out_of_bounds, std::string(what) + " outside shared memory", place);
}

Block::Mbarrier& Block::mbarrier_at(Block& home, void* object, Place place) {
  if (&home == this) {
    access(object, 8, 8, Access::atomic, place.address);
  } else {
    shared_access(home, object, 8, Access::atomic, place.address);
    if (home.touched_.empty()) home.touched_.resize(std::size_t{cluster_.blocks()} * size_);
    home.touched_[self()] = clocks_.now(self());
  }
  const auto found = home.mbarriers_.find(object);
  if (found == home.mbarriers_.end()) {
    stop(Kind::instruction, "not an initialised mbarrier", place);
  }
  return found->second;
}

void Block::mbarrier_arrive(void* object, unsigned bytes, Place place) {
  Block& home = home_of(object, "an arrival at an mbarrier", place);
  Mbarrier& m = mbarrier_at(home, object, place);
  if (m.arrived == m.expected) {
    stop(Kind::instruction, "more arrivals at an mbarrier than its phase expects", place);
  }
  ++m.arrived;
  m.bytes += bytes;
  if (m.bytes > most_count) {
    stop(Kind::instruction, std::to_string(m.bytes) + " bytes announced: at most 2^20 - 1", place);
  }
  clocks_.release(self(), m.filling);
  cluster_.idle_since.reset();
  if (!completable(home, object, m, place)) return;
  if (m.bytes == 0) {
    complete(home, object, m);
  } else {
    home.wake_waiters(m);
  }
}

// Whether nothing but queued copies is missing.
bool Block::completable(const Block& home, const void* key, const Mbarrier& m, Place place) {
  if (m.arrived < m.expected) return false;
  std::int64_t queued = 0;
  for (const auto& [id, copy] : home.copies_) {
    if (copy.mbarrier == key) queued += static_cast<std::int64_t>(copy.bytes);
  }
  if (queued > m.bytes) {
    stop(Kind::instruction,
         std::to_string(queued) + " bytes copied to an mbarrier that was told " +
             std::to_string(m.bytes),
         place);
  }
  return queued == m.bytes;
}

// Ends the phase, landing its copies.
void Block::complete(Block& home, void* key, Mbarrier& m) {
  std::vector<std::uint32_t> ids;
  for (const auto& [id, copy] : home.copies_) {
    if (copy.mbarrier == key) ids.push_back(id);
  }
  for (const std::uint32_t id : ids) home.land(id, home.copies_.at(id).site);
  if (!ids.empty()) clocks_.release(home.copies_clock(), m.filling);
  m.complete = std::move(m.filling);
  m.filling = nullptr;
  m.arrived = 0;
  m.bytes = 0;
  ++m.phase;
  cluster_.idle_since.reset();
  home.wake_waiters(m);
}

void Block::wake_waiters(Mbarrier& m) {
  for (const unsigned t : std::exchange(m.waiters, {})) wake(t);
}

void Block::mbarrier_wait(void* object, unsigned parity, Place place) {
  if (&home_of(object, "a wait at an mbarrier", place) != this) {
    stop(Kind::instruction, "waits at the mbarrier of another block", place);
  }
  for (;;) {
    Mbarrier& m = mbarrier_at(*this, object, place);
    const bool waits = (m.phase & 1) == (parity & 1);
    if (waits && completable(*this, object, m, place)) complete(*this, object, m);
    if ((m.phase & 1) != (parity & 1)) {
      if (m.complete) clocks_.acquire(self(), m.complete);
      return;
    }
    m.waiters.push_back(current_);
    threads_[current_].argument = object;
    block_on(Thread::State::at_mbarrier, "an mbarrier", place);
    suspend();
  }
}

// For a copy that will complete on it.
void Block::for_mbarrier(Block& home, void* object, Place place) {
  const Mbarrier& m = mbarrier_at(home, object, place);
  if (!m.fenced) {
    find(Kind::missing_proxy_fence,
         "a copy completes on an mbarrier whose initialisation no fence_mbarrier_init followed",
         place, where_in_cluster(home.in_cluster(m.initialiser), m.initialised));
  }
}

// What copies and peers may still do to a block whose last thread returns.
void Block::reached_after_exit() {
  for (const auto& [id, copy] : copies_) {
    if (!copy.mbarrier) continue;
    find(Kind::exited_block,
         "returned with a copy of " + std::to_string(copy.bytes) +
             " bytes under way into its shared memory",
         {}, issuer(copy));
  }
  for (unsigned t = 0; t < touched_.size(); ++t) {
    if (touched_[t] == 0) continue;
    bool known = false;
    for (unsigned mine = 0; mine < size_ && !known; ++mine) {
      known = clocks_.ordered(t, touched_[t], in_cluster(mine));
    }
    if (known) continue;
    find(Kind::exited_block, "returned without having waited for a peer's arrival", {},
         where_in_cluster(t, {}));
  }
}

}  // namespace heddle::simt
