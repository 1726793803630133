#include "host/cuda/runtime_error.hpp"

#include <string>

#include "host/message.hpp"

namespace heddle::cuda {

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

}  // namespace heddle::cuda
