#pragma once
// One product of a wgmma rate by type and form.

#include "bench/gpu/wgmma_rate.hpp"
#include "kernels/arch/wgmma.cuh"
#include "kernels/arch/wgmma_dense.cuh"
#include "kernels/arch/wgmma_sparse.cuh"
#include "kernels/arch/wgmma_sparse_8bit.cuh"
#include "kernels/arch/wgmma_sparse_shared.cuh"

namespace heddle::bench::gpu {

template <WgmmaType kType>
struct WgmmaSum {
  using Type = float;
};
template <>
struct WgmmaSum<WgmmaType::s8> {
  using Type = std::int32_t;
};

// d += a * b.
template <WgmmaType kType, int kTokens, int kStep, class Sum>
__device__ __forceinline__ void multiply_registers(Sum (&d)[kTokens / 2],
                                                   const arch::FragmentA<4>& a, std::uint64_t b,
                                                   const std::uint32_t& metadata) {
  using enum WgmmaType;
  constexpr int kSelector = kStep % 2;
  if constexpr (kType == f16) arch::wgmma_sp_f16<kTokens, kSelector>(d, a, b, metadata, true);
  if constexpr (kType == bf16) arch::wgmma_sp_bf16<kTokens, kSelector>(d, a, b, metadata, true);
  if constexpr (kType == tf32) arch::wgmma_sp_tf32<kTokens, kSelector>(d, a, b, metadata, true);
  if constexpr (kType == s8) arch::wgmma_sp_s8<kTokens>(d, a, b, metadata, true);
  if constexpr (kType == e4m3) arch::wgmma_sp_e4m3_e4m3<kTokens>(d, a, b, metadata, true);
}

template <WgmmaType kType, int kTokens, int kStep, class Sum>
__device__ __forceinline__ void multiply_shared(Sum (&d)[kTokens / 2], std::uint64_t a,
                                                std::uint64_t b, const std::uint32_t& metadata) {
  using enum WgmmaType;
  constexpr int kSelector = kStep % 2;
  if constexpr (kType == f16)
    arch::wgmma_sp_f16_shared<kTokens, kSelector>(d, a, b, metadata, true);
  if constexpr (kType == bf16)
    arch::wgmma_sp_bf16_shared<kTokens, kSelector>(d, a, b, metadata, true);
  if constexpr (kType == tf32)
    arch::wgmma_sp_tf32_shared<kTokens, kSelector>(d, a, b, metadata, true);
  if constexpr (kType == s8) arch::wgmma_sp_s8_shared<kTokens>(d, a, b, metadata, true);
  if constexpr (kType == e4m3) arch::wgmma_sp_e4m3_e4m3_shared<kTokens>(d, a, b, metadata, true);
}

template <WgmmaType kType, int kTokens, class Sum>
__device__ __forceinline__ void multiply_dense(Sum (&d)[kTokens / 2], std::uint64_t a,
                                               std::uint64_t b) {
  using enum WgmmaType;
  if constexpr (kType == f16) arch::wgmma_f16<kTokens>(d, a, b, true);
  if constexpr (kType == bf16) arch::wgmma_bf16<kTokens>(d, a, b, true);
  if constexpr (kType == tf32) arch::wgmma_tf32<kTokens>(d, a, b, true);
  if constexpr (kType == s8) arch::wgmma_s8<kTokens>(d, a, b, true);
  if constexpr (kType == e4m3) arch::wgmma_e4m3_e4m3<kTokens>(d, a, b, true);
}

}  // namespace heddle::bench::gpu
