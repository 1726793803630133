#include "host/cli/bench_device.hpp"

#include <string>
#include <utility>

#if defined(HEDDLE_HAS_CUDA)
#include <cuda_runtime_api.h>
#endif

namespace heddle::cli {

DeviceBuffer& DeviceBuffer::operator=(DeviceBuffer&& other) noexcept {
  std::swap(data_, other.data_);
  return *this;
}

#if defined(HEDDLE_HAS_CUDA)

namespace {

Status status_of(cudaError_t error, const char* doing) {
  if (error == cudaSuccess) return {};
  (void)cudaGetLastError();
  const StatusCode code =
      error == cudaErrorMemoryAllocation ? StatusCode::out_of_memory : StatusCode::device_error;
  return {code, std::string(doing) + ": " + cudaGetErrorString(error)};
}

}  // namespace

DeviceBuffer::~DeviceBuffer() { (void)cudaFree(data_); }

Result<DeviceBuffer> DeviceBuffer::make(std::size_t bytes) {
  DeviceBuffer made;
  void* data = nullptr;
  const Status status = status_of(cudaMalloc(&data, bytes > 0 ? bytes : 1), "cudaMalloc");
  if (!status.ok()) return status;
  made.data_ = static_cast<std::byte*>(data);
  return made;
}

Result<DeviceBuffer> DeviceBuffer::copy_of(const void* host, std::size_t bytes) {
  Result<DeviceBuffer> made = make(bytes);
  if (!made.ok()) return made;
  Status status = status_of(cudaMemcpy(made->data(), host, bytes, cudaMemcpyHostToDevice),
                            "cudaMemcpy to the device");
  if (status.ok()) status = status_of(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
  if (!status.ok()) return status;
  return made;
}

Status DeviceBuffer::download(void* host, std::size_t bytes) const {
  const Status status = status_of(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
  if (!status.ok()) return status;
  return status_of(cudaMemcpy(host, data_, bytes, cudaMemcpyDeviceToHost),
                   "cudaMemcpy to the host");
}

Result<std::size_t> l2_bytes() {
  int device = 0, bytes = 0;
  cudaError_t error = cudaGetDevice(&device);
  if (error == cudaSuccess) error = cudaDeviceGetAttribute(&bytes, cudaDevAttrL2CacheSize, device);
  if (const Status status = status_of(error, "cudaDeviceGetAttribute"); !status.ok()) return status;
  return static_cast<std::size_t>(bytes);
}

Result<double> device_seconds(const std::function<Status()>& work) {
  cudaEvent_t begin = nullptr, end = nullptr;
  float milliseconds = 0;
  Status status = status_of(cudaEventCreate(&begin), "cudaEventCreate");
  if (status.ok()) status = status_of(cudaEventCreate(&end), "cudaEventCreate");
  if (status.ok()) status = status_of(cudaEventRecord(begin), "cudaEventRecord");
  if (status.ok()) status = work();
  if (status.ok()) status = status_of(cudaEventRecord(end), "cudaEventRecord");
  if (status.ok()) status = status_of(cudaEventSynchronize(end), "cudaEventSynchronize");
  if (status.ok())
    status = status_of(cudaEventElapsedTime(&milliseconds, begin, end), "cudaEventElapsedTime");
  if (begin != nullptr) (void)cudaEventDestroy(begin);
  if (end != nullptr) (void)cudaEventDestroy(end);
  if (!status.ok()) return status;
  return static_cast<double>(milliseconds) * 1e-3;
}

#else

namespace {

Status no_cuda() { return {StatusCode::unavailable, "--exec cuda: this build has no CUDA path"}; }

}  // namespace

DeviceBuffer::~DeviceBuffer() = default;
Result<DeviceBuffer> DeviceBuffer::make(std::size_t) { return no_cuda(); }
Result<DeviceBuffer> DeviceBuffer::copy_of(const void*, std::size_t) { return no_cuda(); }
Status DeviceBuffer::download(void*, std::size_t) const { return no_cuda(); }
Result<std::size_t> l2_bytes() { return no_cuda(); }
Result<double> device_seconds(const std::function<Status()>&) { return no_cuda(); }

#endif

}  // namespace heddle::cli
