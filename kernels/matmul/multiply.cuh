#pragma once
// One sparse mma by kind: types, accumulators and which metadata word serves which step.

#include <cstdint>

#include "kernels/arch/sparse_mma.cuh"
#include "kernels/arch/sparse_mma_8bit.cuh"
#include "kernels/matmul/matmul.hpp"

namespace heddle {

template <Multiply kMultiply>
inline constexpr int kMultiplyBytes =
    kMultiply == Multiply::tf32                                 ? 4
    : kMultiply == Multiply::f16 || kMultiply == Multiply::bf16 ? 2
                                                                : 1;
template <Multiply kMultiply>
struct AccumulatorOf {
  using Type = float;
};
template <>
struct AccumulatorOf<Multiply::s8> {
  using Type = std::int32_t;
};
template <Multiply kMultiply>
using Accumulator = typename AccumulatorOf<kMultiply>::Type;

// Whether this compilation's target has the instruction. Instances that it lacks are empty; the host
// asks what was built (prepare_matmul) and launches `widened` instead.
template <Multiply kMultiply>
inline constexpr bool kIsThere = arch::kHasNativeFp8SparseMma || kMultiplyBytes<kMultiply> != 1 ||
                                 kMultiply == Multiply::s8 || kMultiply == Multiply::widened;

// d = a * b + c for the 16 x 8 outputs of one instruction. kStep: which of a unit's two steps, the
// selector of the types whose steps share a metadata word.
template <Multiply kMultiply, int kStep>
__device__ __forceinline__ arch::FragmentC<Accumulator<kMultiply>> multiply(
    arch::FragmentA<4> a, arch::FragmentB<4> b, arch::FragmentC<Accumulator<kMultiply>> c,
    std::uint32_t metadata) {
  using enum Multiply;
  if constexpr (kMultiply == f16) return arch::mma_sp_f16_k32<kStep>(a, b, c, metadata);
  if constexpr (kMultiply == bf16) return arch::mma_sp_bf16_k32<kStep>(a, b, c, metadata);
  if constexpr (kMultiply == tf32) return arch::mma_sp_tf32_k16<kStep>(a, b, c, metadata);
  if constexpr (kMultiply == s8) return arch::mma_sp_s8_k64<0>(a, b, c, metadata);
  if constexpr (kMultiply == e4m3_e4m3) return arch::mma_sp_e4m3_e4m3_k64<0>(a, b, c, metadata);
  if constexpr (kMultiply == e4m3_e5m2) return arch::mma_sp_e4m3_e5m2_k64<0>(a, b, c, metadata);
  if constexpr (kMultiply == e5m2_e4m3) return arch::mma_sp_e5m2_e4m3_k64<0>(a, b, c, metadata);
  if constexpr (kMultiply == e5m2_e5m2) return arch::mma_sp_e5m2_e5m2_k64<0>(a, b, c, metadata);
}

}  // namespace heddle
