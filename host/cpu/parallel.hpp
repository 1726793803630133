#pragma once
// Threads and scratch memory of the CPU path.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <new>

#include "heddle/exec.hpp"
#include "heddle/pattern.hpp"
#include "heddle/status.hpp"

namespace heddle::cpu {

// A worker's scratch memory: a bump allocator of fixed size, emptied for every unit.
class Arena {
 public:
  Arena(std::byte* base, std::size_t bytes) : base_(base), bytes_(bytes) {}

  // 64-byte aligned memory for `count` elements. The caller sized the arena for all it takes.
  template <class T>
  T* take(std::int64_t count) {
    const std::size_t need = (static_cast<std::size_t>(count) * sizeof(T) + 63) / 64 * 64;
    assert(need <= bytes_ - used_);
    std::byte* at = base_ + used_;
    used_ += need;
    return reinterpret_cast<T*>(at);
  }
  void clear() { used_ = 0; }

 private:
  std::byte* base_;
  [[maybe_unused]] std::size_t bytes_;  // asserted on only
  std::size_t used_ = 0;
};

// parallel_for behind a plain function pointer, which unlike std::function cannot fail to allocate.
Status run_parallel(const Exec& exec, std::int64_t count, std::size_t arena_bytes,
                    void (*call)(const void* body, std::int64_t index, Arena& arena),
                    const void* body);

// Calls body(index, arena) for every index in [0, count) from at most exec.threads() threads,
// each with `arena_bytes` of scratch. Indices are handed out in ascending order. The only failure
// is out_of_memory, before any call.
template <class Body>
Status parallel_for(const Exec& exec, std::int64_t count, std::size_t arena_bytes,
                    const Body& body) {
  const auto call = [](const void* self, std::int64_t index, Arena& arena) {
    (*static_cast<const Body*>(self))(index, arena);
  };
  return run_parallel(exec, count, arena_bytes, call, &body);
}

// One piece of a matrix: rows [row, row + rows), groups [group, group + groups), that is columns
// [col, col + cols). A unit starts at a multiple of kUnitRows rows and of 8 groups; where the group
// divides 64 also at a multiple of 64 columns. So units share no byte of packed data.
struct Unit {
  std::int64_t row, rows;
  std::int64_t group, groups;
  std::int64_t col, cols;
};

inline constexpr std::int64_t kUnitRows = 64;
inline constexpr std::int64_t kUnitCols = 16384;  // at most: long rows keep the prefetchers busy

// Cuts rows x cols into units of at most `unit_cols` columns. Index order is row-major over units.
class Units {
 public:
  Units(std::int64_t rows, std::int64_t cols, Pattern pattern, std::int64_t unit_cols = kUnitCols);
  std::int64_t count() const { return down_ * across_; }
  std::int64_t across() const { return across_; }  // units side by side
  Unit operator[](std::int64_t index) const;

 private:
  std::int64_t rows_, cols_, group_, unit_groups_, down_, across_;
};

}  // namespace heddle::cpu
