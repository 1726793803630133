#pragma once
// Errors of the CUDA runtime as those of the library.

#include <cuda_runtime_api.h>

#include "heddle/status.hpp"

namespace heddle::cuda {

// Every failure of the runtime becomes a Status here. The error is also cleared, so that it does
// not turn up in the caller's next check.
Status status_of(cudaError_t error, const char* doing);

}  // namespace heddle::cuda
