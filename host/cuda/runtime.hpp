#pragma once
// The only code of the library that calls the CUDA runtime: devices, launches, and what the
// operations that wait need. The testbed has its own version (test/simt/runtime.cpp).

#include <cstddef>
#include <cstdint>

#include "heddle/exec.hpp"
#include "heddle/status.hpp"
#include "kernels/kernel.hpp"

namespace heddle::cuda {

struct Device {
  int multiprocessors = 0;
  std::int64_t max_blocks = 0;  // of a grid, in x
};

// The calling thread's current device. Properties are read once per device. `unavailable` says
// whether driver or device is missing.
Result<Device> current_device();

// Launches `kernel` with the argument struct at `args` on the stream of `exec`, without waiting.
// More blocks than a grid can have are cut to that many; no blocks is no launch.
Status launch(const Exec& exec, const Kernel& kernel, const LaunchShape& shape, const void* args);

template <class Args>
Status launch(const Exec& exec, const Kernel& kernel, const LaunchShape& shape, const Args& args) {
  return launch(exec, kernel, shape, static_cast<const void*>(&args));
}

// Copies device memory to the host and waits for it.
Status read_back(const Exec& exec, void* host, const void* device, std::size_t bytes);

// Device memory allocated and freed in stream order: for operations that wait anyway.
class StreamMemory {
 public:
  static Result<StreamMemory> allocate(const Exec& exec, std::size_t bytes);
  StreamMemory(StreamMemory&& other) noexcept : exec_(other.exec_), data_(other.data_) {
    other.data_ = nullptr;
  }
  StreamMemory(const StreamMemory&) = delete;
  StreamMemory& operator=(StreamMemory&&) = delete;
  ~StreamMemory();
  void* data() const { return data_; }

 private:
  StreamMemory(const Exec& exec, void* data) : exec_(exec), data_(data) {}
  Exec exec_;
  void* data_;
};

}  // namespace heddle::cuda
