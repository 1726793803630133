// Joins the accesses of a warp's lanes into instructions, and counts what each one costs.
#pragma once

#include <array>
#include <deque>
#include <unordered_map>
#include <vector>

#include "test/simt/report.hpp"

namespace heddle::simt {

enum class Space : std::uint8_t {
  global_load,
  global_store,
  shared_load,
  shared_store,
  async_store,  // the shared side of a copy
};

// One warp instruction: where each lane of mask goes, and how far; lanes may differ in that (the
// source of a copy), down to nothing.
struct Instruction {
  std::uint32_t mask = 0;
  std::array<std::uint32_t, 32> bytes;
  std::array<std::uintptr_t, 32> address;
};

// 32-byte sectors touched, against the sectors its distinct bytes would fill.
Traffic sectors(const Instruction& instruction);
// Passes over the banks, against one per phase. 32 banks of 4 bytes; a phase is 32 lanes of up to 4
// bytes, 16 of 8, 8 of 16; lanes on one word share it.
Traffic wavefronts(const Instruction& instruction);

// The n-th time each lane comes by one site of one space is one instruction.
class TrafficLog {
 public:
  explicit TrafficLog(unsigned warps) : sites_(warps) {}
  void note(unsigned warp, unsigned lane, const void* site, Space space, const void* address,
            std::size_t bytes);
  void count_copy(Space space, const Traffic& traffic);  // of a tensor
  void count_bulk(std::uint64_t bytes) { counters_.bulk_bytes += bytes; }
  void count_mma() { ++counters_.mma; }
  void count_wgmma() { ++counters_.wgmma; }
  void count_matrix_load() { ++counters_.matrix_loads; }
  Counters finish();

 private:
  struct Site {
    std::array<std::uint32_t, 32> visits{};
    std::uint32_t first = 0;  // the visit that open.front() is
    std::deque<Instruction> open;
  };
  struct Key {
    const void* site;
    Space space;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const {
      return std::hash<const void*>()(key.site) * 8 + static_cast<std::size_t>(key.space);
    }
  };
  void count(Space space, const Instruction& instruction);

  std::vector<std::unordered_map<Key, Site, Hash>> sites_;
  Counters counters_;
};

}  // namespace heddle::simt
