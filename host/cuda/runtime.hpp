#pragma once
// The only code of the library that calls the CUDA runtime: devices, launches, and what the
// operations that wait need. The testbed has its own version (test/simt/runtime.cpp).

#include <cstddef>
#include <cstdint>
#include <functional>

#include "heddle/exec.hpp"
#include "heddle/status.hpp"
#include "kernels/arch/tensor_map.hpp"
#include "kernels/kernel.hpp"

namespace heddle::cuda {

struct Device {
  int index = 0;
  int capability = 0;  // 10 * major + minor
  int multiprocessors = 0;
  std::int64_t max_blocks = 0;       // of a grid, in x
  std::size_t shared_per_block = 0;  // the most that a block may ask for
  std::size_t shared_per_multiprocessor = 0;
  std::size_t l2_bytes = 0;
  int clock_khz = 0, memory_clock_khz = 0, memory_bus_bits = 0;
  char name[256] = {};  // no allocation on the way to a launch
};

// The calling thread's current device. Properties are read once per device. `unavailable` says
// whether driver or device is missing.
Result<Device> current_device();

// Its index alone.
Result<int> current_device_index();

// Lets `kernel` have that much dynamic shared memory on the current device: needed once per device
// before a launch that asks for more than 48 KiB.
Status allow_dynamic_shared(const Kernel& kernel, std::size_t bytes);

// Launches `kernel` with the argument struct at `args` on the stream of `exec`, without waiting.
// More blocks than a grid can have are cut to that many (whole clusters); no blocks is no launch.
Status launch(const Exec& exec, const Kernel& kernel, const LaunchShape& shape, const void* args);

template <class Args>
Status launch(const Exec& exec, const Kernel& kernel, const LaunchShape& shape, const Args& args) {
  return launch(exec, kernel, shape, static_cast<const void*>(&args));
}

// The architecture, 10 * major + minor, of the code that `kernel` runs on the current device: PTX
// compiled by the driver counts as what it was written for.
Result<int> built_for(const Kernel& kernel);

// What tensor copies of a kernel take: a value, made on the host without waiting for anything.
Status encode_tensor_map(const TensorMapShape& shape, TensorMap& map);

// Sets device memory to zero, without waiting.
Status clear(const Exec& exec, void* data, std::size_t bytes);

// Milliseconds of the stream between two events around `work`. Waits.
Result<double> time_ms(const Exec& exec, const std::function<Status()>& work);

// Copies device memory to the host and waits for it.
Status read_back(const Exec& exec, void* host, const void* device, std::size_t bytes);

// Copies host memory to the device and waits until `host` may change again.
Status write_out(const Exec& exec, void* device, const void* host, std::size_t bytes);

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
