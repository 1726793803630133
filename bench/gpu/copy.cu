#include "bench/gpu/copy.hpp"

namespace heddle::bench::gpu {
namespace {

constexpr int kThreads = 256;
constexpr int kVectors = 4;  // in flight per thread

// A block copies kThreads * kVectors adjacent vectors.
__global__ void __launch_bounds__(kThreads)
    copy_kernel(uint4* __restrict__ to, const uint4* __restrict__ from, std::size_t vectors) {
  const std::size_t first = std::size_t{blockIdx.x} * (kThreads * kVectors) + threadIdx.x;
  if (first + (kVectors - 1) * kThreads < vectors) {
    uint4 value[kVectors];
#pragma unroll
    for (int i = 0; i < kVectors; ++i) value[i] = from[first + i * kThreads];
#pragma unroll
    for (int i = 0; i < kVectors; ++i) to[first + i * kThreads] = value[i];
    return;
  }
  for (std::size_t at = first; at < vectors; at += kThreads) to[at] = from[at];
}

__global__ void nothing_kernel() {}

}  // namespace

cudaError_t launch_copy(void* to, const void* from, std::size_t bytes, cudaStream_t stream) {
  const std::size_t vectors = bytes / sizeof(uint4);
  const std::size_t blocks = (vectors + kThreads * kVectors - 1) / (kThreads * kVectors);
  if (blocks == 0) return cudaSuccess;
  copy_kernel<<<static_cast<unsigned>(blocks), kThreads, 0, stream>>>(
      static_cast<uint4*>(to), static_cast<const uint4*>(from), vectors);
  return cudaGetLastError();
}

cudaError_t launch_nothing(cudaStream_t stream) {
  nothing_kernel<<<1, 32, 0, stream>>>();
  return cudaGetLastError();
}

}  // namespace heddle::bench::gpu
