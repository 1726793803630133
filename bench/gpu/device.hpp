#pragma once
// What the GPU benchmark needs of a device: memory, a stream, recorded work, time. Two versions:
// cuda.cpp for a GPU, and testbed.cpp, which runs the kernels on the CPU in order to test the
// harness. Failures throw std::runtime_error: nothing here is part of the library.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "heddle/exec.hpp"

namespace heddle::bench::gpu {

/// Why there is no device to run on, or "".
std::string missing_device();

struct Properties {
  std::size_t l2_bytes = 0;
  bool modelled = false;  // no device: every instruction is work for the CPU
  int multiprocessors = 0;
};
Properties properties();

/// Adds the device's description to Google Benchmark's context.
void describe_device();

/// Device memory, aligned to 256 bytes.
class DeviceMemory {
 public:
  DeviceMemory() = default;
  explicit DeviceMemory(std::size_t bytes);
  std::byte* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(std::byte* data) const;
  };
  std::unique_ptr<std::byte, Free> data_;
};

// These wait until it is done.
void upload(std::byte* device, const std::byte* host, std::size_t bytes);
void download(std::byte* host, const std::byte* device, std::size_t bytes);
void fill(std::byte* device, int byte, std::size_t bytes);

class Stream {
 public:
  Stream();
  ~Stream();  // NOLINT(performance-trivially-destructible): trivial on the testbed alone
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  cudaStream_t get() const { return stream_; }
  void wait() const;

 private:
  cudaStream_t stream_ = nullptr;
};

/// A place in a stream's time.
class Mark {
 public:
  Mark();
  ~Mark();
  Mark(const Mark&) = delete;
  Mark& operator=(const Mark&) = delete;
  void set(const Stream& stream);
  double seconds_since(const Mark& earlier) const;  // after the stream has passed both

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Work captured from a stream into a graph, to be launched as often as wanted. Throws where the
/// work cannot be captured.
class Recording {
 public:
  Recording(const Stream& stream, const std::function<void()>& enqueue);
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  void launch(const Stream& stream) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Two ways to copy, both ordered on the stream; the faster one is the ceiling. The kernel needs
// addresses and a size that are multiples of 16.
void copy_by_runtime(std::byte* to, const std::byte* from, std::size_t bytes, const Stream& stream);
void copy_by_kernel(std::byte* to, const std::byte* from, std::size_t bytes, const Stream& stream);

/// A kernel of one block that does nothing.
void launch_empty(const Stream& stream);

}  // namespace heddle::bench::gpu
