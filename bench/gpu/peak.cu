// The rate of the tensor cores: warps that do nothing but multiply registers, many independent
// accumulators each. Data is random, in [1, 2) with either sign: zeros draw less power.

#include <mma.h>

#include <type_traits>

#include "bench/gpu/check_product.hpp"
#include "kernels/arch/sparse_mma.cuh"
#include "kernels/arch/sparse_mma_8bit.cuh"

namespace heddle::bench::gpu {
namespace {

constexpr int kThreads = 256;     // 8 warps; two blocks on a multiprocessor
constexpr int kAccumulators = 8;  // independent ones of a warp
constexpr int kRounds = 4096;     // about a millisecond

__device__ std::uint32_t hashed(std::uint32_t x) {
  x = (x ^ (x >> 16)) * 0x7feb352du;
  x = (x ^ (x >> 15)) * 0x846ca68bu;
  return x ^ (x >> 16);
}

// A word of elements: exponent and sign by `fixed`, mantissa bits `random`.
__device__ std::uint32_t word(std::uint32_t seed, std::uint32_t fixed, std::uint32_t random) {
  return fixed | (hashed(seed) & random);
}

// Legal metadata of 2:4, and of tf32, whose nibbles are 4 and 14.
constexpr std::uint32_t kMetadata = 0x4E8D9C4Eu, kMetadataTf32 = 0x4EE44E4Eu;

struct SparseBf16 {
  using Sum = float;
  static constexpr double kOperations = 2.0 * 16 * 8 * 32;
  static __device__ std::uint32_t operand(std::uint32_t seed) {
    return word(seed, 0x3f803f80u, 0x807f807fu);
  }
  static constexpr bool kNative = true;
  static __device__ auto multiply(arch::FragmentA<4> a, arch::FragmentB<4> b,
                                  arch::FragmentC<float> c) {
    return arch::mma_sp_bf16_k32<0>(a, b, c, kMetadata);
  }
};
struct SparseF16 : SparseBf16 {
  static __device__ std::uint32_t operand(std::uint32_t seed) {
    return word(seed, 0x3c003c00u, 0x83ff83ffu);
  }
  static __device__ auto multiply(arch::FragmentA<4> a, arch::FragmentB<4> b,
                                  arch::FragmentC<float> c) {
    return arch::mma_sp_f16_k32<0>(a, b, c, kMetadata);
  }
};
struct SparseTf32 : SparseBf16 {
  static constexpr double kOperations = 2.0 * 16 * 8 * 16;
  static __device__ std::uint32_t operand(std::uint32_t seed) {
    return word(seed, 0x3f800000u, 0x807fe000u);
  }
  static __device__ auto multiply(arch::FragmentA<4> a, arch::FragmentB<4> b,
                                  arch::FragmentC<float> c) {
    return arch::mma_sp_tf32_k16<0>(a, b, c, kMetadataTf32);
  }
};
struct SparseI8 {
  using Sum = std::int32_t;
  static constexpr double kOperations = 2.0 * 16 * 8 * 64;
  static __device__ std::uint32_t operand(std::uint32_t seed) { return word(seed, 0, ~0u); }
  static constexpr bool kNative = true;
  static __device__ auto multiply(arch::FragmentA<4> a, arch::FragmentB<4> b,
                                  arch::FragmentC<std::int32_t> c) {
    return arch::mma_sp_s8_k64<0>(a, b, c, kMetadata);
  }
};
template <int Target>
struct SparseF8Of : SparseBf16 {
  static constexpr double kOperations = 2.0 * 16 * 8 * 64;
  static __device__ std::uint32_t operand(std::uint32_t seed) {
    return word(seed, 0x38383838u, 0x87878787u);
  }
  static constexpr bool kNative = arch::kNativeFp8SparseMma<Target>;
  static __device__ auto multiply(arch::FragmentA<4> a, arch::FragmentB<4> b,
                                  arch::FragmentC<float> c) {
    return arch::mma_sp_e4m3_e4m3_k64<0, Target>(a, b, c, kMetadata);
  }
};
using SparseF8 = SparseF8Of<arch::kTarget>;

template <class Instruction>
__global__ void __launch_bounds__(kThreads) sparse_peak_kernel(float* out, float never) {
  if constexpr (Instruction::kNative) {
    arch::FragmentA<4> a;
    arch::FragmentB<4> b;
    for (int i = 0; i < 4; ++i) {
      a.r[i] = Instruction::operand(8 * threadIdx.x + i);
      b.r[i] = Instruction::operand(8 * threadIdx.x + i + 4);
    }
    arch::FragmentC<typename Instruction::Sum> sums[kAccumulators] = {};
    for (int round = 0; round < kRounds; ++round) {
#pragma unroll
      for (auto& sum : sums) sum = Instruction::multiply(a, b, sum);
    }
    float all = 0;
    for (const auto& sum : sums)
      for (const auto part : sum.r) all += static_cast<float>(part);
    if (all == never) out[threadIdx.x] = all;  // so that the sums are wanted
  }
}

// Dense, through the compiler's own interface. Fragments are filled by element: their layout is
// not documented, and does not matter here.
template <class Element, class Sum, int K>
__global__ void __launch_bounds__(kThreads) dense_peak_kernel(float* out, float never) {
  namespace wmma = nvcuda::wmma;
  wmma::fragment<wmma::matrix_a, 16, 16, K, Element, wmma::row_major> a;
  wmma::fragment<wmma::matrix_b, 16, 16, K, Element, wmma::col_major> b;
  wmma::fragment<wmma::accumulator, 16, 16, K, Sum> sums[kAccumulators];
  using Stored = std::remove_reference_t<decltype(a.x[0])>;
  const auto value = [](std::uint32_t seed) {
    const auto number = static_cast<int>(hashed(seed) % 255) - 127;
    if constexpr (std::is_same_v<Sum, int>) {
      return static_cast<Stored>(number);
    } else {
      return static_cast<Stored>(static_cast<float>(number) / 128.0f);
    }
  };
  for (int i = 0; i < a.num_elements; ++i) a.x[i] = value(64 * threadIdx.x + i);
  for (int i = 0; i < b.num_elements; ++i) b.x[i] = value(64 * threadIdx.x + i + 32);
  for (auto& sum : sums) wmma::fill_fragment(sum, Sum{0});
  for (int round = 0; round < kRounds; ++round) {
#pragma unroll
    for (auto& sum : sums) wmma::mma_sync(sum, a, b, sum);
  }
  float all = 0;
  for (const auto& sum : sums)
    for (int i = 0; i < sum.num_elements; ++i) all += static_cast<float>(sum.x[i]);
  if (all == never) out[threadIdx.x] = all;
}

template <class Instruction>
double launch_sparse(int blocks, cudaStream_t stream) {
  sparse_peak_kernel<Instruction><<<blocks, kThreads, 0, stream>>>(nullptr, -0.123f);
  return Instruction::kOperations * kAccumulators * kRounds * (kThreads / 32.0) * blocks;
}

template <class Element, class Sum, int K>
double launch_dense(int blocks, cudaStream_t stream) {
  dense_peak_kernel<Element, Sum, K><<<blocks, kThreads, 0, stream>>>(nullptr, -0.123f);
  return 2.0 * 16 * 16 * K * kAccumulators * kRounds * (kThreads / 32.0) * blocks;
}

bool native_f8() {
  int device = 0, major = 0, minor = 0;
  if (cudaGetDevice(&device) != cudaSuccess) return false;
  (void)cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
  (void)cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device);
  return 10 * major + minor == 89 || major == 12;
}

}  // namespace

double launch_peak(Peak peak, int blocks, cudaStream_t stream, cudaError_t& error) {
  double operations = 0;
  switch (peak) {
    case Peak::sparse_bf16: operations = launch_sparse<SparseBf16>(blocks, stream); break;
    case Peak::sparse_f16: operations = launch_sparse<SparseF16>(blocks, stream); break;
    case Peak::sparse_i8: operations = launch_sparse<SparseI8>(blocks, stream); break;
    case Peak::sparse_f8:
      if (native_f8()) operations = launch_sparse<SparseF8>(blocks, stream);
      break;
    case Peak::sparse_tf32: operations = launch_sparse<SparseTf32>(blocks, stream); break;
    case Peak::dense_bf16:
      operations = launch_dense<__nv_bfloat16, float, 16>(blocks, stream);
      break;
    case Peak::dense_f16: operations = launch_dense<__half, float, 16>(blocks, stream); break;
    case Peak::dense_i8: operations = launch_dense<signed char, int, 16>(blocks, stream); break;
    case Peak::dense_tf32:
      operations = launch_dense<nvcuda::wmma::precision::tf32, float, 8>(blocks, stream);
      break;
  }
  error = cudaGetLastError();
  return operations;
}

}  // namespace heddle::bench::gpu
