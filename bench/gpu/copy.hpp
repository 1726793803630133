#pragma once
// The kernels of the benchmark itself.

#include <cuda_runtime_api.h>

#include <cstddef>

namespace heddle::bench::gpu {

/// Copies bytes / 16 vectors of 16 bytes.
cudaError_t launch_copy(void* to, const void* from, std::size_t bytes, cudaStream_t stream);

cudaError_t launch_nothing(cudaStream_t stream);

}  // namespace heddle::bench::gpu
