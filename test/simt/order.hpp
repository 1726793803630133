// Writes to global memory by the blocks of one launch, and what the blocks know of each other's.
//
// A release (a device-wide fence before an atomic, or an atomic that is one) puts what its thread
// knows on the atomic's object; an acquire takes what it found there. All that is remembered of a
// byte is who wrote it last.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "test/simt/memory.hpp"

namespace heddle::simt {

// Of some blocks: the clocks of their threads up to which everything is seen.
class Knowledge {
 public:
  using Clocks = std::shared_ptr<const std::vector<std::uint32_t>>;
  bool empty() const { return blocks_.empty(); }
  bool covers(unsigned block, unsigned thread, std::uint32_t clock) const;
  void learn(unsigned block, const Clocks& clocks);
  void learn(const Knowledge& more);

 private:
  std::map<unsigned, Clocks> blocks_;
};

class GlobalOrder {
 public:
  struct Writer {
    std::uint64_t site : 48, thread : 16;  // the address of the instruction
    std::uint32_t block, clock;            // clock 0: nobody
  };
  struct Writers {  // of the bytes of an access, all of other blocks
    std::array<Writer, 16> who;
    unsigned count = 0;
  };
  static constexpr std::size_t most_bytes = 16;  // of an access

  explicit GlobalOrder(const GlobalMap& map);
  ~GlobalOrder();
  GlobalOrder(const GlobalOrder&) = delete;
  GlobalOrder& operator=(const GlobalOrder&) = delete;

  // Of bytes inside a buffer.
  Writers others(const void* address, std::size_t bytes, unsigned block);
  Writers write(const void* address, std::size_t bytes, const Writer& me);

  void put(const void* object, const Knowledge& released);
  void take(const void* object, Knowledge& found);

 private:
  static constexpr std::size_t page_bytes = 1024;
  struct Page {
    std::atomic_flag lock;
    std::array<Writer, page_bytes> cells;
  };
  class Pages;  // spare ones, all zeros, that outlive a launch
  static Pages& spare();
  Page& at(std::size_t i);
  template <typename F>
  void in_pages(const void* address, std::size_t bytes, bool make, F visit);

  const char* begin_;
  std::vector<std::atomic<Page*>> pages_;
  struct Shard {
    std::mutex mutex;
    std::map<const void*, Knowledge> objects;
  };
  std::array<Shard, 16> shards_;
  std::atomic<bool> anything_released_ = false;
};

}  // namespace heddle::simt
