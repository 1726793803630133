#pragma once
// The kernels of the product benchmark itself.

#include <cuda_runtime_api.h>

#include "bench/gpu/product_device.hpp"

namespace heddle::bench::gpu {

/// What check_kernel leaves in device memory, to be cleared before.
struct CheckCounts {
  unsigned long long wrong;
  unsigned long long place;  // ~ of the lowest wrong element, counted through the sample
  double magnitude;
};

cudaError_t launch_check(const ProductCheck& check, CheckCounts* counts, cudaStream_t stream);
/// The exact value of one element, its bound and D's: three doubles.
cudaError_t launch_check_one(const ProductCheck& check, std::int64_t row, std::int64_t col,
                             double* three, cudaStream_t stream);

/// Operations of the launch; 0 where the device's code has no such instruction.
double launch_peak(Peak peak, int blocks, cudaStream_t stream, cudaError_t& error);

}  // namespace heddle::bench::gpu
