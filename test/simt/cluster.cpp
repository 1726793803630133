// Clusters: which block runs, the cluster's barrier, addresses in a peer's shared memory.
#include "test/simt/cluster.hpp"

#include <thread>

#include "test/simt/block.hpp"

namespace heddle::simt {

Cluster::Cluster(unsigned blocks, unsigned threads_of_block, unsigned number)
    : clocks(blocks * threads_of_block, blocks), size_(blocks), number_(number), blocks_(blocks) {
  barrier.alive = blocks * threads_of_block;
  if (blocks == 1) return;
  for (unsigned i = 0; i < blocks; ++i) {
    turns_.push_back(std::make_unique<std::binary_semaphore>(0));
  }
}

void Cluster::enter(Block& block, unsigned rank) {
  blocks_[rank] = &block;
  if (size_ == 1) return;
  if (++come_ == size_) {
    if (rank == 0) return;
    turns_[0]->release();
  }
  turns_[rank]->acquire();
}

void Cluster::hand_over(const Block& from, const Block& to) {
  turns_[to.rank_]->release();
  turns_[from.rank_]->acquire();
}

// Nobody goes, with its shared memory, before all are done; each finds out in its turn.
void Cluster::leave(unsigned rank) {
  if (size_ == 1) return;
  if (++left_ == size_) {
    for (unsigned i = 0; i < size_; ++i) {
      if (i != rank) turns_[i]->release();
    }
    return;
  }
  turns_[(rank + 1) % size_]->release();
  turns_[rank]->acquire();
}

Block* Cluster::choose(Block& running) {
  const Schedule& schedule = running.launch.options.schedule;
  const auto ready = [&](unsigned rank) { return !blocks_[rank]->ready_.empty(); };
  const auto first_from = [&](unsigned rank) -> Block* {
    for (unsigned i = 0; i < size_; ++i) {
      if (ready((rank + i) % size_)) return blocks_[(rank + i) % size_];
    }
    return nullptr;
  };
  const bool able = ready(running.rank_);
  switch (schedule.order) {
    case Order::forward: return able ? &running : first_from(0);
    case Order::backward:
      for (unsigned rank = size_; !able && rank-- > 0;) {
        if (ready(rank)) return blocks_[rank];
      }
      return able ? &running : nullptr;
    case Order::random:
      if (able && running.random_() % 64) return &running;
      return first_from(static_cast<unsigned>(running.random_() % size_));
    case Order::warp_ahead: break;
  }
  return first_from(static_cast<unsigned>(schedule.seed % size_));  // one block as far ahead
}

Block* Cluster::next(Block& running) {
  if (stopped) return nullptr;
  if (size_ == 1 && !running.ready_.empty()) return &running;
  if (Block* chosen = choose(running)) return chosen;
  bool alive = false, resting = false;
  for (const Block* b : blocks_) {
    alive |= b->alive_ != 0;
    resting |= !b->resting_.empty();
  }
  if (!alive) return nullptr;
  const auto now = std::chrono::steady_clock::now();
  if (!idle_since) idle_since = now;
  if (!resting || now - *idle_since > running.launch.options.patience) {
    stopped = true;
    Block* stuck = nullptr;
    for (Block* b : blocks_) {
      if (b->alive_ && (!stuck || b->urgency() > stuck->urgency())) stuck = b;
    }
    stuck->explain_deadlock();
    return nullptr;
  }
  for (Block* b : blocks_) std::swap(b->ready_, b->resting_);
  std::this_thread::yield();  // the one waited for may be in another cluster
  return choose(running);
}

bool Cluster::complete_barrier() {
  if (barrier.arrived == 0 || barrier.arrived < barrier.alive) return false;
  barrier.complete = std::move(barrier.filling);
  barrier.filling = nullptr;
  barrier.arrived = 0;
  ++barrier.phase;
  for (Block* b : blocks_) {
    for (unsigned i = 0; i < b->size_; ++i) {
      if (b->threads_[i].state == Thread::State::at_cluster) b->wake(i);
    }
  }
  return true;
}

void Block::cluster_arrive(Place place) {
  Thread& t = threads_[current_];
  if (t.cluster_phase) {
    stop(Kind::divergent_barrier, "arrives twice at the cluster's barrier", place);
  }
  t.cluster_phase = cluster_.barrier.phase;
  t.place = place;
  clocks_.release(self(), cluster_.barrier.filling);
  ++cluster_.barrier.arrived;
  cluster_.complete_barrier();
}

void Block::cluster_wait(Place place) {
  Thread& t = threads_[current_];
  if (!t.cluster_phase) {
    stop(Kind::divergent_barrier, "waits at the cluster's barrier without having arrived", place);
  }
  if (*t.cluster_phase == cluster_.barrier.phase) {
    block_on(Thread::State::at_cluster, "the cluster's barrier", place);
    suspend();
  }
  clocks_.acquire(self(), cluster_.barrier.complete);
  t.cluster_phase.reset();
}

void* Block::map_shared(const void* shared, unsigned rank, Place place) {
  void* const mine = const_cast<void*>(shared);
  if (rank >= cluster_.blocks()) {
    stop(Kind::instruction,
         "rank " + std::to_string(rank) + " of a cluster of " + std::to_string(cluster_.blocks()),
         place);
  }
  if (!worker_.shadow.contains(mine)) {
    stop(Kind::out_of_bounds, "mapa of an address outside shared memory", place);
  }
  return cluster_.block(rank).worker_.shared + worker_.shadow.offset(mine);
}

Where Block::where_in_cluster(unsigned thread, Place place) const {
  const unsigned threads = cluster_.blocks() * size_;
  Where w;
  w.copy = thread >= threads;
  const unsigned rank = w.copy ? thread - threads : thread / size_;
  if (!w.copy) w = where(thread % size_, place);
  w.place = place;
  if (rank != rank_) w.rank = static_cast<int>(rank);
  return w;
}

}  // namespace heddle::simt
