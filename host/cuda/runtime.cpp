#include "host/cuda/runtime.hpp"

#include <cuda_runtime_api.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>

#include "host/message.hpp"
#include "host/validate.hpp"

namespace heddle::cuda {
namespace {

// Every failure of the runtime becomes a Status here. The error is also cleared, so that it does
// not turn up in the caller's next check.
Status status_of(cudaError_t error, const char* doing) {
  if (error == cudaSuccess) return {};
  (void)cudaGetLastError();
  const std::string text = message(doing, ": ", cudaGetErrorString(error));
  switch (error) {
    case cudaErrorInsufficientDriver:
    case cudaErrorSystemDriverMismatch:
    case cudaErrorStubLibrary:
      return {StatusCode::unavailable,
              "exec = cuda: there is no CUDA driver, or one older than this build's toolkit"};
    case cudaErrorNoDevice:
      return {StatusCode::unavailable, "exec = cuda: there is no CUDA device"};
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorUnsupportedPtxVersion:
    case cudaErrorInvalidDeviceFunction:
      return {StatusCode::unavailable,
              message("exec = cuda: no kernel is built for this device (", text, ")")};
    case cudaErrorMemoryAllocation: return {StatusCode::out_of_memory, text};
    default: return {StatusCode::device_error, text};
  }
}

Result<Device> read_device(int index) {
  int multiprocessors = 0, max_blocks = 0;
  HEDDLE_TRY(
      status_of(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, index),
                "cudaDeviceGetAttribute"));
  HEDDLE_TRY(status_of(cudaDeviceGetAttribute(&max_blocks, cudaDevAttrMaxGridDimX, index),
                       "cudaDeviceGetAttribute"));
  return Device{multiprocessors, max_blocks};
}

// A device's properties, once read. More devices than slots are read every time.
struct Slot {
  std::mutex mutex;
  std::atomic<bool> known{false};
  Device device;
};

}  // namespace

Result<Device> current_device() {
  static std::array<Slot, 64> slots;
  int index = 0;
  HEDDLE_TRY(status_of(cudaGetDevice(&index), "cudaGetDevice"));
  if (static_cast<std::size_t>(index) >= slots.size()) return read_device(index);
  Slot& slot = slots[static_cast<std::size_t>(index)];
  if (slot.known.load(std::memory_order_acquire)) return slot.device;
  const std::lock_guard lock(slot.mutex);
  if (slot.known.load(std::memory_order_relaxed)) return slot.device;
  Result<Device> read = read_device(index);
  if (!read.ok()) return read;
  slot.device = *read;
  slot.known.store(true, std::memory_order_release);
  return read;
}

Status launch(const Exec& exec, const Kernel& kernel, const LaunchShape& shape, const void* args) {
  if (shape.blocks == 0) return {};
  const Result<Device> device = current_device();
  if (!device.ok()) return device.status();
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(static_cast<unsigned>(std::min(shape.blocks, device->max_blocks)));
  config.blockDim = dim3(shape.threads);
  config.stream = exec.stream();
  void* parameters[] = {const_cast<void*>(args)};
  return status_of(cudaLaunchKernelExC(&config, kernel.entry, parameters), kernel.name);
}

Status read_back(const Exec& exec, void* host, const void* device, std::size_t bytes) {
  HEDDLE_TRY(status_of(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, exec.stream()),
                       "cudaMemcpyAsync"));
  return status_of(cudaStreamSynchronize(exec.stream()), "cudaStreamSynchronize");
}

Result<StreamMemory> StreamMemory::allocate(const Exec& exec, std::size_t bytes) {
  void* data = nullptr;
  HEDDLE_TRY(status_of(cudaMallocAsync(&data, bytes, exec.stream()), "cudaMallocAsync"));
  return StreamMemory(exec, data);
}

StreamMemory::~StreamMemory() {
  if (data_ != nullptr) (void)cudaFreeAsync(data_, exec_.stream());
}

}  // namespace heddle::cuda
