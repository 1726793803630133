// The SIMT testbed, as a test sees it: global buffers and a launch. docs/testbed.md is the guide.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstring>
#include <functional>
#include <span>
#include <type_traits>
#include <vector>

#include "test/simt/report.hpp"

namespace heddle::simt {

struct Extent {
  unsigned x = 1, y = 1, z = 1;
};

// The i-th of an extent, x first.
constexpr Index3 unflatten(unsigned i, Extent e) { return {i % e.x, i / e.x % e.y, i / e.x / e.y}; }

struct Options {
  Schedule schedule;
  std::string problem = "kernel";            // opens every line of Report::text
  unsigned workers = 0;                      // OS threads that share the blocks; 0 = one per core
  std::chrono::milliseconds patience{5000};  // a block that only spins for longer is deadlocked
  unsigned cluster = 1;                      // blocks, consecutive in x, that run together
  unsigned registers = 0;  // a thread's at the start; 0 = its share of the register file
};

// Runs kernel once for every thread of the grid. kernel is a lambda around the call of a __global__
// function, in a source file built by heddle_simt_kernels (test/simt/CMakeLists.txt).
Report launch(Extent grid, Extent block, std::size_t dynamic_shared_bytes,
              const std::function<void()>& kernel, const Options& options = {});

// Device memory: 256-byte aligned as from cudaMalloc, plus `shift` bytes. Whatever lies outside
// the payloads is out of bounds, for at least red_zone bytes on both sides. Fresh bytes are 0xFF.
inline constexpr std::size_t red_zone = std::size_t{1} << 16;
void* allocate_global(std::size_t bytes, std::size_t shift);
void free_global(void* payload);
std::size_t live_global();  // allocations that are not freed

template <typename T>
class GlobalBuffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit GlobalBuffer(std::size_t count, std::size_t shift = 0)
      : data_(static_cast<T*>(allocate_global(count * sizeof(T), shift))), count_(count) {}
  explicit GlobalBuffer(const std::vector<T>& values, std::size_t shift = 0)
      : GlobalBuffer(values.size(), shift) {
    if (count_) std::memcpy(static_cast<void*>(data_), values.data(), count_ * sizeof(T));
  }
  ~GlobalBuffer() { free_global(data_); }
  GlobalBuffer(const GlobalBuffer&) = delete;
  GlobalBuffer& operator=(const GlobalBuffer&) = delete;

  T* data() { return data_; }
  std::size_t size() const { return count_; }
  std::span<T> span() { return {data_, count_}; }
  T& operator[](std::size_t i) { return data_[i]; }

 private:
  T* data_;
  std::size_t count_;
};

}  // namespace heddle::simt
