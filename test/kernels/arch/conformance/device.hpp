// Memory and launches on the device; or in the testbed, where the program is tried out without one.
#pragma once

#include <cstring>
#include <stdexcept>
#include <vector>

#if defined(HEDDLE_SIMT)
#include "test/simt/simt.hpp"
#else
#include <cuda_runtime_api.h>
#endif

namespace heddle::conformance {

#if defined(HEDDLE_SIMT)

// Makes every result wrong, to see that every check can fail.
inline bool simulated_fault = false;

template <typename T>
class DeviceArray {
 public:
  explicit DeviceArray(const std::vector<T>& values) : memory_(values) {}
  T* data() const { return memory_.data(); }
  std::vector<T> values() const {
    std::vector<T> out(memory_.data(), memory_.data() + memory_.size());
    if (simulated_fault) std::memset(static_cast<void*>(out.data()), 0xA5, out.size() * sizeof(T));
    return out;
  }

 private:
  mutable simt::GlobalBuffer<T> memory_;
};

template <typename... P, typename... A>
void launch(void (*kernel)(P...), unsigned blocks, unsigned threads, A... arguments) {
  const simt::Report report = simt::launch({blocks}, {threads}, 0, [&] { kernel(arguments...); });
  if (!report.clean()) throw std::runtime_error(report.text());
}

// One block with dynamic shared memory.
template <typename... P, typename... A>
void launch_shared(void (*kernel)(P...), unsigned threads, unsigned bytes, A... arguments) {
  const simt::Report report = simt::launch({1}, {threads}, bytes, [&] { kernel(arguments...); });
  if (!report.clean()) throw std::runtime_error(report.text());
}

#else

inline void require(cudaError_t status) {
  if (status != cudaSuccess) throw std::runtime_error(cudaGetErrorString(status));
}

template <typename T>
class DeviceArray {
 public:
  explicit DeviceArray(const std::vector<T>& values) : count_(values.size()) {
    require(cudaMalloc(&data_, bytes()));
    require(cudaMemcpy(data_, values.data(), bytes(), cudaMemcpyHostToDevice));
  }
  ~DeviceArray() { cudaFree(data_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;
  T* data() const { return static_cast<T*>(data_); }
  // Waits for the kernels before it, and so reports what went wrong in them.
  std::vector<T> values() const {
    std::vector<T> out(count_);
    require(cudaMemcpy(out.data(), data_, bytes(), cudaMemcpyDeviceToHost));
    return out;
  }

 private:
  std::size_t bytes() const { return count_ * sizeof(T); }
  void* data_ = nullptr;
  std::size_t count_;
};

template <typename... P, typename... A>
void launch(void (*kernel)(P...), unsigned blocks, unsigned threads, A... arguments) {
  kernel<<<blocks, threads>>>(arguments...);
  require(cudaGetLastError());
}

template <typename... P, typename... A>
void launch_shared(void (*kernel)(P...), unsigned threads, unsigned bytes, A... arguments) {
  require(cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel),
                               cudaFuncAttributeMaxDynamicSharedMemorySize,
                               static_cast<int>(bytes)));
  kernel<<<1, threads, bytes>>>(arguments...);
  require(cudaGetLastError());
}

#endif

}  // namespace heddle::conformance
