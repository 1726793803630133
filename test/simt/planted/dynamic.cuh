#pragma once
// A kernel with dynamic shared memory that several sources instantiate.

#include "test/simt/cuda.hpp"

namespace heddle::simt::planted {

extern __shared__ float reversed_row[];

template <int Step>
__global__ void dynamic_kernel(float* out) {
  const unsigned i = threadIdx.x;
  reversed_row[i] = static_cast<float>(i) + Step;
  __syncthreads();
  out[i] = reversed_row[blockDim.x - 1 - i];
}

}  // namespace heddle::simt::planted
