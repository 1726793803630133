// What a launch in the testbed gives back: typed findings and counters.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace heddle::simt {

// A place in the source: file and line where a call could say them, else a return address, which
// text() turns into file and line with addr2line.
struct Place {
  const char* file = nullptr;
  unsigned line = 0;
  const void* address = nullptr;

  static constexpr Place here(const char* file = __builtin_FILE(),
                              unsigned line = __builtin_LINE()) {
    return {file, line, nullptr};
  }
  bool operator==(const Place&) const = default;
  std::string text() const;
};

struct Index3 {
  unsigned x = 0, y = 0, z = 0;
  bool operator==(const Index3&) const = default;
};

enum class Kind {
  bad_launch,          // a block or a shared size no device has
  shared_race,         // two accesses to a shared byte, one a write, nothing orders them
  global_race,         // two blocks at a global byte, one wrote it, no release and acquire between
  uninitialised,       // a read of a shared byte nobody wrote
  out_of_bounds,       // outside every global buffer, or past the launch's dynamic shared memory
  misaligned,          // an address that is no multiple of the access's width
  divergent_barrier,   // threads of a block at different barriers, or disagreeing about one
  exit_at_barrier,     // threads returned while others wait for them
  deadlock,            // every thread waits, for another reason
  warp_mask,           // lane outside its mask, lanes disagreeing, a lane that has returned
  early_copy_access,   // the destination of an asynchronous copy touched before its wait
  source_overwritten,  // the source of an asynchronous copy changed before its wait
  early_register_access,  // registers of a wgmma touched before the wait that covers it
  missing_proxy_fence,  // an ordinary write met the asynchronous proxy without a fence between them
  exited_block,         // a block of a cluster returned while others may still reach into it
  instruction,          // an instruction model refused its operands (illegal metadata, ...)
};
const char* name(Kind kind);

struct Where {
  unsigned warp = 0;
  unsigned lane = 0;
  Place place;
  int rank = -1;      // of another block of the cluster
  bool copy = false;  // nobody: a copy that landed, issued at `place`
};

struct Finding {
  Kind kind;
  std::string what;
  Index3 block;
  Where at;
  std::optional<Where> other;  // the second party: of a race, of a barrier, the issuer of a copy
};

// Warp instructions of one kind. units are 32-byte sectors (global) or wavefronts (shared); ideal
// is what the same bytes need at best.
struct Traffic {
  std::uint64_t instructions = 0;
  std::uint64_t units = 0;
  std::uint64_t ideal = 0;
  std::uint64_t excess() const { return units - ideal; }
  void operator+=(const Traffic& more);
  bool operator==(const Traffic&) const = default;
};

struct Counters {
  Traffic global_load, global_store, shared_load, shared_store;
  Traffic async_store;           // what asynchronous copies put into shared memory; bulk ones apart
  std::uint64_t bulk_bytes = 0;  // that bulk and tensor copies brought into shared memory
  std::uint64_t mma = 0;         // sparse products
  std::uint64_t wgmma = 0;       // products of warpgroups
  std::uint64_t matrix_loads = 0;  // ldmatrix, of any count
  std::uint64_t async_copies() const { return async_store.instructions; }
  std::uint64_t bank_conflicts() const {
    return shared_load.excess() + shared_store.excess() + async_store.excess();
  }
  void operator+=(const Counters& more);
  bool operator==(const Counters&) const = default;
};

enum class Order {
  forward,     // the lowest runnable thread
  backward,    // the highest
  random,      // any, by the seed
  warp_ahead,  // warp `seed` (modulo the warps) as far ahead as barriers allow
};

struct Schedule {
  Order order = Order::forward;
  std::uint64_t seed = 0;
  std::string text() const;
};

// forward, backward, warps ahead and random ones: what a kernel's test runs through.
std::vector<Schedule> schedules(unsigned count = 16);

struct Report {
  std::string problem;
  Schedule schedule;
  std::vector<Finding> findings;  // the first of each kind and pair of places, by block
  std::uint64_t occurrences = 0;  // with the repetitions
  Counters counters;

  bool clean() const { return findings.empty(); }
  std::string text() const;  // one line per finding; "" when clean
};

}  // namespace heddle::simt
