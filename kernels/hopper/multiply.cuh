#pragma once
// One wgmma.sp by kind.

#include <cstdint>

#include "kernels/arch/wgmma.cuh"
#include "kernels/arch/wgmma_sparse.cuh"
#include "kernels/arch/wgmma_sparse_8bit.cuh"
#include "kernels/matmul/multiply.cuh"

namespace heddle {

// d = a * b, or d += a * b, for 64 rows x kTokens of a warpgroup. kStep: which of a unit's two steps,
// the selector of the types whose steps share a metadata word. b: a descriptor.
template <Multiply kMultiply, int kTokens, int kStep, bool kNMajor>
__device__ __forceinline__ void warpgroup_multiply(Accumulator<kMultiply> (&d)[kTokens / 2],
                                                   const arch::FragmentA<4>& a, std::uint64_t b,
                                                   const std::uint32_t& metadata, bool accumulate) {
  using enum Multiply;
  if constexpr (kMultiply == f16)
    arch::wgmma_sp_f16<kTokens, kStep, kNMajor>(d, a, b, metadata, accumulate);
  if constexpr (kMultiply == bf16)
    arch::wgmma_sp_bf16<kTokens, kStep, kNMajor>(d, a, b, metadata, accumulate);
  if constexpr (kMultiply == tf32)
    arch::wgmma_sp_tf32<kTokens, kStep>(d, a, b, metadata, accumulate);
  if constexpr (kMultiply == s8) arch::wgmma_sp_s8<kTokens>(d, a, b, metadata, accumulate);
  if constexpr (kMultiply == e4m3_e4m3)
    arch::wgmma_sp_e4m3_e4m3<kTokens>(d, a, b, metadata, accumulate);
  if constexpr (kMultiply == e4m3_e5m2)
    arch::wgmma_sp_e4m3_e5m2<kTokens>(d, a, b, metadata, accumulate);
  if constexpr (kMultiply == e5m2_e4m3)
    arch::wgmma_sp_e5m2_e4m3<kTokens>(d, a, b, metadata, accumulate);
  if constexpr (kMultiply == e5m2_e5m2)
    arch::wgmma_sp_e5m2_e5m2<kTokens>(d, a, b, metadata, accumulate);
}

}  // namespace heddle
