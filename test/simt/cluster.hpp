// Blocks that run together. Each has an OS thread, since `__shared__` is thread_local; a baton lets
// one of them run at a time, so that a schedule and its seed decide everything here too.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <semaphore>
#include <vector>

#include "test/simt/order.hpp"
#include "test/simt/shadow.hpp"

namespace heddle::simt {

class Block;

class Cluster {
 public:
  static constexpr unsigned most_blocks = 8;  // what every device takes

  Cluster(unsigned blocks, unsigned threads_of_block, unsigned number);
  unsigned blocks() const { return size_; }
  unsigned number() const { return number_; }  // in the grid
  Block& block(unsigned rank) { return *blocks_[rank]; }

  // By the OS thread of each block: in and out all together. In between, who runs the next step; null
  // when nothing is left to run, or can.
  void enter(Block& block, unsigned rank);
  Block* next(Block& running);
  void hand_over(const Block& from, const Block& to);
  void leave(unsigned rank);

  // The barrier of all threads that have not returned.
  struct Barrier {
    unsigned phase = 0, arrived = 0, alive = 0;
    View filling, complete;
  };
  bool complete_barrier();  // if all have arrived
  Barrier barrier;

  // What threads acquired of other blocks' writes to global memory.
  struct Acquired {
    unsigned thread;
    std::uint32_t clock;  // the thread's
    Knowledge known;
  };
  std::vector<Acquired> acquired;

  Clocks clocks;  // of thread t of block r: r * threads_of_block + t; then of the blocks' copies
  bool stopped = false;
  // Since when all that runs has only spun.
  std::optional<std::chrono::steady_clock::time_point> idle_since;

 private:
  Block* choose(Block& running);

  unsigned size_, number_;
  std::vector<Block*> blocks_;
  std::vector<std::unique_ptr<std::binary_semaphore>> turns_;
  std::atomic<unsigned> come_ = 0;
  unsigned left_ = 0;
};

}  // namespace heddle::simt
