// What the testbed knows about every byte of shared memory: who touched it last, and whether an
// asynchronous copy is under way there.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "test/simt/report.hpp"

namespace heddle::simt {

// Happens-before inside a cluster of blocks. Every thread has a clock of its own, which a synchronisation
// advances; a view says up to which clock of every other thread one has synchronised. A barrier of
// the whole block, the common case, raises the floor below all views instead.
using View = std::shared_ptr<std::vector<std::uint32_t>>;

class Clocks {
 public:
  // A clock of `copies` is that of asynchronous copies, which come to no barrier themselves.
  explicit Clocks(unsigned threads, unsigned copies = 0);
  std::uint32_t now(unsigned thread) const { return own_[thread]; }
  bool ordered(unsigned earlier, std::uint32_t clock, unsigned later) const;
  void release(unsigned thread, View& into);        // what thread did so far, into a barrier
  void acquire(unsigned thread, const View& from);  // everything released into the barrier
  void synchronise_all();                           // the threads
  // fence.proxy.async of the thread; whether one lies between what it did at `clock` and `later`.
  void fence_proxy(unsigned thread) { fences_[thread].push_back(own_[thread]++); }
  bool fenced(unsigned thread, std::uint32_t clock, unsigned later) const;
  // What the thread did and saw so far; what it does from now on is not in it.
  std::shared_ptr<const std::vector<std::uint32_t>> seen(unsigned thread);

 private:
  void merge(std::vector<std::uint32_t>& into, const View& from) const;
  unsigned threads_;
  std::vector<std::uint32_t> own_, floor_;
  std::vector<View> views_;
  std::vector<std::vector<std::uint32_t>> fences_;  // of the proxies
};

enum class Access : std::uint8_t { read, write, atomic, async_read };

class Shadow {
 public:
  struct Party {
    const void* site = nullptr;
    std::uint32_t clock = 0;  // 0 = nobody
    std::uint16_t thread = 0;
    bool atomic = false;
    bool async = false;  // by the asynchronous proxy
  };
  struct Conflict {  // at most one of each per access
    bool race = false, uninitialised = false, unfenced = false;
    Party with, unfenced_writer;
    std::uint32_t copy_in = 0, copy_out = 0;  // ids of the copies disturbed
  };

  // The shared memory of the calling OS thread, bytes [base, base + size).
  void attach(char* base, std::size_t size);
  bool contains(const void* address) const {
    return static_cast<std::size_t>(static_cast<const char*>(address) - base_) < size_;
  }
  std::size_t offset(const void* address) const {
    return static_cast<std::size_t>(static_cast<const char*>(address) - base_);
  }

  // Checks an access and notes it. An uninitialised byte is poisoned before it is read.
  Conflict access(const Clocks& clocks, unsigned thread, void* address, std::size_t bytes,
                  Access kind, const void* site);
  void copy_issued(void* to, std::size_t bytes, std::uint32_t id);
  void copy_landed(const Clocks& clocks, unsigned thread, void* to, std::size_t bytes,
                   const void* site, bool async);
  void source_held(const void* from, std::size_t bytes, std::uint32_t id);  // id 0: let go

  void forget();  // a new block: every byte fresh

 private:
  struct Byte {
    Party writer, readers[2];
    std::uint32_t copy_in = 0, copy_out = 0;
  };
  // What the asynchronous proxy reads is of 16 bytes: so are its readers, and where nothing smaller
  // was written a look at one byte will do.
  struct Chunk {
    Party readers[2];
    bool even = true;  // one writer, one copy_in
  };
  static constexpr std::size_t page = 256, chunk = 16;
  struct Page {
    Byte bytes[page];
    Chunk chunks[page / chunk];
  };
  Page& page_at(std::size_t i);
  Byte& at(std::size_t i) { return page_at(i).bytes[i % page]; }
  Chunk& chunk_at(std::size_t i) { return page_at(i).chunks[i % page / chunk]; }
  template <typename Visit>
  void for_chunks(std::size_t first, std::size_t end, Visit visit);
  Conflict async_read(const Clocks& clocks, unsigned thread, std::size_t first, std::size_t end,
                      const void* site);

  char* base_ = nullptr;
  std::size_t size_ = 0;
  std::vector<std::unique_ptr<Page>> pages_;
  std::vector<std::size_t> touched_;
};

}  // namespace heddle::simt
