#pragma once
// Device memory and time for `heddle bench`; without CUDA in the build, every call is `unavailable`.

#include <cstddef>
#include <functional>

#include "heddle/status.hpp"

namespace heddle::cli {

/// Device memory; freed at the end.
class DeviceBuffer {
 public:
  static Result<DeviceBuffer> make(std::size_t bytes);
  static Result<DeviceBuffer> copy_of(const void* host, std::size_t bytes);
  DeviceBuffer() = default;
  DeviceBuffer(DeviceBuffer&& other) noexcept : data_(other.data_) { other.data_ = nullptr; }
  DeviceBuffer& operator=(DeviceBuffer&& other) noexcept;
  DeviceBuffer(const DeviceBuffer&) = delete;
  DeviceBuffer& operator=(const DeviceBuffer&) = delete;
  ~DeviceBuffer();  // NOLINT(performance-trivially-destructible): trivial without CUDA alone
  std::byte* data() const { return data_; }
  Status download(void* host, std::size_t bytes) const;  // waits for the device

 private:
  std::byte* data_ = nullptr;
};

/// Of the current device.
Result<std::size_t> l2_bytes();

/// Seconds of the default stream between two events around `work`. Waits.
Result<double> device_seconds(const std::function<Status()>& work);

}  // namespace heddle::cli
