#pragma once
// The ceiling: a copy on the device that moves as many bytes as the operation beside it.

#include <memory>
#include <string>
#include <vector>

#include "bench/gpu/sets.hpp"

namespace heddle::bench::gpu {

/// Launches a recorded batch between two marks.
void launch_marked(const Recording& batch, const Stream& stream, Mark& begin, Mark& end);

/// Copies of traffic / 2 bytes, rotating like the operation. Of cudaMemcpyAsync and a kernel of 16
/// byte accesses the constructor takes the one that was faster here, after checking both.
class Baseline {
 public:
  Baseline(const Stream& stream, const Buffers& data, std::size_t traffic, std::size_t l2_bytes);

  const Recording& batch() const { return kernel_is_faster_ ? *by_kernel_ : *by_runtime_; }
  const char* name() const { return kernel_is_faster_ ? "copy kernel" : "cudaMemcpyAsync"; }

  /// Seconds that a batch stands for, as seconds for `traffic` bytes.
  double for_traffic(double batch_seconds) const { return batch_seconds * scale_; }

  /// Seconds for `traffic` bytes, one timed batch each.
  struct Seconds {
    double runtime = 0, kernel = 0;
  };
  Seconds measure(const Stream& stream) const;

 private:
  using Copy = void(std::byte* to, const std::byte* from, std::size_t bytes, const Stream& stream);
  std::unique_ptr<Recording> record(const Stream& stream, Copy* copy, std::size_t calls) const;
  void check(const Stream& stream, const Recording& copies, const Memory& source) const;

  std::size_t bytes_;  // of one copy
  double scale_ = 1;
  std::vector<DeviceMemory> from_, to_;
  std::unique_ptr<Recording> by_runtime_, by_kernel_;
  bool kernel_is_faster_ = false;
};

}  // namespace heddle::bench::gpu
