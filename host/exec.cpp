#include "host/exec.hpp"

#include "host/message.hpp"

#if defined(HEDDLE_HAS_CUDA)
#include <cuda_runtime_api.h>
#endif

namespace heddle {
namespace {

std::string why_no_cuda(const char* operation) {
#if defined(HEDDLE_HAS_CUDA)
  int devices = 0;
  const cudaError_t error = cudaGetDeviceCount(&devices);
  if (error == cudaErrorInsufficientDriver || error == cudaErrorSystemDriverMismatch)
    return "there is no CUDA driver, or one older than this build's toolkit";
  if (error == cudaErrorNoDevice || (error == cudaSuccess && devices == 0))
    return "there is no CUDA device";
  if (error != cudaSuccess) return message("the CUDA runtime failed: ", cudaGetErrorString(error));
  return message("no CUDA kernel of ", operation, " is built yet");
#else
  (void)operation;
  return "this build has no CUDA path (no toolkit at build time, or HEDDLE_CUDA=OFF)";
#endif
}

}  // namespace

Status require_cpu(const Exec& exec, const char* operation) {
  if (exec.kind() == Exec::Kind::cuda)
    return {StatusCode::unavailable,
            message("exec = cuda: ", operation, " cannot run there: ", why_no_cuda(operation))};
  if (exec.threads() < 0)
    return {StatusCode::invalid_argument, message("exec.threads = ", exec.threads(),
                                                  ": must be >= 0 (0 = one per hardware thread)")};
  return {};
}

}  // namespace heddle
