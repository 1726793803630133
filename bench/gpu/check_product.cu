// D against a plain product: a warp adds up one element in f64, from the dense matrix.

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>

#include "bench/gpu/check_product.hpp"

namespace heddle::bench::gpu {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;

__device__ double element(const std::byte* data, std::int64_t at, DataType type) {
  switch (type) {
    case DataType::f32: return reinterpret_cast<const float*>(data)[at];
    case DataType::f16: return __half2float(reinterpret_cast<const __half*>(data)[at]);
    case DataType::bf16: return __bfloat162float(reinterpret_cast<const __nv_bfloat16*>(data)[at]);
    case DataType::f8e4m3:
      return static_cast<float>(reinterpret_cast<const __nv_fp8_e4m3*>(data)[at]);
    case DataType::f8e5m2:
      return static_cast<float>(reinterpret_cast<const __nv_fp8_e5m2*>(data)[at]);
    case DataType::i8: return reinterpret_cast<const std::int8_t*>(data)[at];
    case DataType::i32: return reinterpret_cast<const std::int32_t*>(data)[at];
  }
  return 0;
}

__device__ double sum_of_warp(double value) {
  for (int step = 16; step > 0; step /= 2) value += __shfl_xor_sync(0xffffffffu, value, step);
  return value;
}

struct Element {
  double want, bound, got;
};

// One element, by the lanes of a warp together.
__device__ Element compare(const ProductCheck& c, std::int64_t row, std::int64_t col) {
  double sum = 0, magnitude = 0;
  for (std::int64_t i = threadIdx.x % 32; i < c.k; i += 32) {
    const double product =
        element(c.a, row * c.k + i, c.type) * element(c.b, col * c.k + i, c.type);
    sum += product;
    magnitude += fabs(product);
  }
  sum = sum_of_warp(sum);
  magnitude = sum_of_warp(magnitude);
  return {sum, c.unit_out * fabs(sum) + c.unit_sum * magnitude,
          element(c.d, col * c.m + row, c.out)};
}

__global__ void __launch_bounds__(kThreads) check_kernel(ProductCheck c, CheckCounts* counts) {
  // 32 bits: divisions of 64 are calls. A product of 2^32 elements would not be checked one by one.
  const auto rows = static_cast<unsigned>((c.m + c.row_step - 1) / c.row_step);
  const auto cols = static_cast<unsigned>((c.n + c.col_step - 1) / c.col_step);
  const unsigned warps = gridDim.x * kWarps;
  double magnitude = 0;
  for (unsigned at = blockIdx.x * kWarps + threadIdx.x / 32; at < rows * cols; at += warps) {
    const Element e = compare(c, c.m - 1 - std::int64_t{at % rows} * c.row_step,
                              c.n - 1 - std::int64_t{at / rows} * c.col_step);
    magnitude += fabs(e.want);
    if (threadIdx.x % 32 == 0 && !(fabs(e.got - e.want) <= e.bound)) {  // NaN is wrong too
      atomicAdd(&counts->wrong, 1ull);
      atomicMax(&counts->place, ~0ull - static_cast<unsigned long long>(at));
    }
  }
  if (threadIdx.x % 32 == 0) atomicAdd(&counts->magnitude, magnitude);
}

__global__ void check_one_kernel(ProductCheck c, std::int64_t row, std::int64_t col,
                                 double* three) {
  const Element e = compare(c, row, col);
  if (threadIdx.x != 0) return;
  three[0] = e.want;
  three[1] = e.bound;
  three[2] = e.got;
}

}  // namespace

cudaError_t launch_check(const ProductCheck& check, CheckCounts* counts, cudaStream_t stream) {
  check_kernel<<<4096, kThreads, 0, stream>>>(check, counts);
  return cudaGetLastError();
}

cudaError_t launch_check_one(const ProductCheck& check, std::int64_t row, std::int64_t col,
                             double* three, cudaStream_t stream) {
  check_one_kernel<<<1, 32, 0, stream>>>(check, row, col, three);
  return cudaGetLastError();
}

}  // namespace heddle::bench::gpu
