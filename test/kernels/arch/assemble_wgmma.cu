// Every product of a warpgroup in every width, with every selector and order, for the assembler
// alone: nothing runs this. One kernel per type and width.
#include "kernels/arch/wgmma.cuh"
#include "kernels/arch/wgmma_dense.cuh"
#include "kernels/arch/wgmma_sparse.cuh"
#include "kernels/arch/wgmma_sparse_8bit.cuh"
#include "kernels/arch/wgmma_sparse_shared.cuh"

namespace heddle::arch {
namespace {

struct Lane {  // what a thread brings
  FragmentA<4> a;
  std::uint32_t metadata;
  bool accumulate;
};

extern __shared__ unsigned char operands[];

// The products on the same accumulators, a group each.
template <int N, typename T, typename... Products>
__device__ void apply(const Lane* lanes, T* out, Products... products) {
  const Lane lane = lanes[threadIdx.x];
  const std::uint64_t a = matrix_descriptor(operands, 16, 1024, TensorSwizzle::b128);
  const std::uint64_t b = matrix_descriptor(operands + 32768, 16, 1024, TensorSwizzle::b128);
  T d[N / 2];
  for (int i = 0; i < N / 2; ++i) d[i] = out[i * 128 + threadIdx.x];
  wgmma_fence();
  ((products(d, lane, a, b), wgmma_commit_group()), ...);
  wgmma_wait_group<1>();
  wgmma_wait_group<0>();
  wgmma_keep(d);
  for (int i = 0; i < N / 2; ++i) out[i * 128 + threadIdx.x] = d[i];
}

}  // namespace

// A wrapper as a value: a product with its template arguments bound.
#define REGISTERS(...)                                         \
  [](auto& d, const Lane& lane, auto, auto b) {                \
    __VA_ARGS__(d, lane.a, b, lane.metadata, lane.accumulate); \
  }
#define SHARED(...)                                       \
  [](auto& d, const Lane& lane, auto a, auto b) {         \
    __VA_ARGS__(d, a, b, lane.metadata, lane.accumulate); \
  }
#define DENSE(...) \
  [](auto& d, const Lane& lane, auto a, auto b) { __VA_ARGS__(d, a, b, lane.accumulate); }

// Templates, so that what a target lacks is not instantiated for it.
template <int N, bool Exists = kHasWgmma>
__global__ void assemble_f16(const Lane* lanes, float* out) {
  if constexpr (Exists) {
    apply<N>(lanes, out, REGISTERS(wgmma_sp_f16<N, 0>), REGISTERS(wgmma_sp_f16<N, 1>),
             REGISTERS(wgmma_sp_f16<N, 0, true>), REGISTERS(wgmma_sp_f16<N, 1, true>),
             SHARED(wgmma_sp_f16_shared<N, 0>), SHARED(wgmma_sp_f16_shared<N, 1>),
             SHARED(wgmma_sp_f16_shared<N, 0, true>), SHARED(wgmma_sp_f16_shared<N, 1, true, true>),
             DENSE(wgmma_f16<N>), DENSE(wgmma_f16<N, true>), DENSE(wgmma_f16<N, true, true>));
  }
}
template <int N, bool Exists = kHasWgmma>
__global__ void assemble_bf16(const Lane* lanes, float* out) {
  if constexpr (Exists) {
    apply<N>(lanes, out, REGISTERS(wgmma_sp_bf16<N, 0>), REGISTERS(wgmma_sp_bf16<N, 1>),
             REGISTERS(wgmma_sp_bf16<N, 0, true>), REGISTERS(wgmma_sp_bf16<N, 1, true>),
             SHARED(wgmma_sp_bf16_shared<N, 0>), SHARED(wgmma_sp_bf16_shared<N, 1>),
             SHARED(wgmma_sp_bf16_shared<N, 0, true>),
             SHARED(wgmma_sp_bf16_shared<N, 1, true, true>), DENSE(wgmma_bf16<N>),
             DENSE(wgmma_bf16<N, true>), DENSE(wgmma_bf16<N, true, true>));
  }
}
template <int N, bool Exists = kHasWgmma>
__global__ void assemble_tf32(const Lane* lanes, float* out) {
  if constexpr (Exists) {
    apply<N>(lanes, out, REGISTERS(wgmma_sp_tf32<N, 0>), REGISTERS(wgmma_sp_tf32<N, 1>),
             SHARED(wgmma_sp_tf32_shared<N, 0>), SHARED(wgmma_sp_tf32_shared<N, 1>),
             DENSE(wgmma_tf32<N>));
  }
}
template <int N, bool Exists = kHasWgmma>
__global__ void assemble_s8(const Lane* lanes, std::int32_t* out) {
  if constexpr (Exists) {
    apply<N>(lanes, out, REGISTERS(wgmma_sp_s8<N>), SHARED(wgmma_sp_s8_shared<N>),
             DENSE(wgmma_s8<N>));
  }
}
template <int N, bool Exists = kHasWgmma>
__global__ void assemble_fp8(const Lane* lanes, float* out) {
  if constexpr (Exists) {
    apply<N>(lanes, out, REGISTERS(wgmma_sp_e4m3_e4m3<N>), REGISTERS(wgmma_sp_e4m3_e5m2<N>),
             REGISTERS(wgmma_sp_e5m2_e4m3<N>), REGISTERS(wgmma_sp_e5m2_e5m2<N>),
             SHARED(wgmma_sp_e4m3_e4m3_shared<N>), SHARED(wgmma_sp_e4m3_e5m2_shared<N>),
             SHARED(wgmma_sp_e5m2_e4m3_shared<N>), SHARED(wgmma_sp_e5m2_e5m2_shared<N>),
             DENSE(wgmma_e4m3_e4m3<N>));
  }
}

#define WIDTH(N)                                                       \
  template __global__ void assemble_f16<N>(const Lane*, float*);       \
  template __global__ void assemble_bf16<N>(const Lane*, float*);      \
  template __global__ void assemble_tf32<N>(const Lane*, float*);      \
  template __global__ void assemble_s8<N>(const Lane*, std::int32_t*); \
  template __global__ void assemble_fp8<N>(const Lane*, float*);
WIDTH(8)
WIDTH(16)
WIDTH(32)
WIDTH(64)
WIDTH(96)
WIDTH(128)
WIDTH(160)
WIDTH(192)
WIDTH(224)
WIDTH(256)

}  // namespace heddle::arch
