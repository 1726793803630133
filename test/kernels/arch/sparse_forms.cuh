#pragma once
// Every form of the sparse product with every legal selector, as values, and the wrapper of each.
// For the testbed and for the GPU.

#include <utility>

#include "kernels/arch/sparse_mma.cuh"
#include "kernels/arch/sparse_mma_8bit.cuh"
#include "test/simt/models/sparse_mma.hpp"

namespace heddle::arch_test {

using simt::models::Element;
using simt::models::SparseForm;
using simt::models::SparseLane;

inline constexpr SparseForm kSparseForms[] = {
    {Element::f16, Element::f16, 16, 0},     {Element::f16, Element::f16, 16, 1},
    {Element::f16, Element::f16, 16, 2},     {Element::f16, Element::f16, 16, 3},
    {Element::f16, Element::f16, 32, 0},     {Element::f16, Element::f16, 32, 1},
    {Element::bf16, Element::bf16, 16, 0},   {Element::bf16, Element::bf16, 16, 1},
    {Element::bf16, Element::bf16, 16, 2},   {Element::bf16, Element::bf16, 16, 3},
    {Element::bf16, Element::bf16, 32, 0},   {Element::bf16, Element::bf16, 32, 1},
    {Element::tf32, Element::tf32, 8, 0},    {Element::tf32, Element::tf32, 8, 1},
    {Element::tf32, Element::tf32, 8, 2},    {Element::tf32, Element::tf32, 8, 3},
    {Element::tf32, Element::tf32, 16, 0},   {Element::tf32, Element::tf32, 16, 1},
    {Element::s8, Element::s8, 32, 0},       {Element::s8, Element::s8, 32, 1},
    {Element::s8, Element::s8, 32, 0, true}, {Element::s8, Element::s8, 32, 1, true},
    {Element::s8, Element::s8, 64, 0},       {Element::s8, Element::s8, 64, 0, true},
    {Element::e4m3, Element::e4m3, 64, 0},   {Element::e4m3, Element::e5m2, 64, 0},
    {Element::e5m2, Element::e4m3, 64, 0},   {Element::e5m2, Element::e5m2, 64, 0},
};

template <SparseForm F>
inline constexpr int kRegisters = simt::models::registers(F);

template <SparseForm F, typename A, typename B, typename C>
__device__ C multiply(const A& a, const B& b, const C& c, std::uint32_t e) {
  constexpr int f = F.selector;
  if constexpr (F.a == Element::f16) {
    if constexpr (F.k == 16) return arch::mma_sp_f16_k16<f>(a, b, c, e);
    if constexpr (F.k == 32) return arch::mma_sp_f16_k32<f>(a, b, c, e);
  } else if constexpr (F.a == Element::bf16) {
    if constexpr (F.k == 16) return arch::mma_sp_bf16_k16<f>(a, b, c, e);
    if constexpr (F.k == 32) return arch::mma_sp_bf16_k32<f>(a, b, c, e);
  } else if constexpr (F.a == Element::tf32) {
    if constexpr (F.k == 8) return arch::mma_sp_tf32_k8<f>(a, b, c, e);
    if constexpr (F.k == 16) return arch::mma_sp_tf32_k16<f>(a, b, c, e);
  } else if constexpr (F.a == Element::s8) {
    if constexpr (F.k == 32) return arch::mma_sp_s8_k32<f, F.saturate>(a, b, c, e);
    if constexpr (F.k == 64) return arch::mma_sp_s8_k64<f, F.saturate>(a, b, c, e);
  } else if constexpr (!arch::kHasNativeFp8SparseMma) {
    return c;
  } else if constexpr (F.a == Element::e4m3) {
    if constexpr (F.b == Element::e4m3) return arch::mma_sp_e4m3_e4m3_k64<f>(a, b, c, e);
    if constexpr (F.b == Element::e5m2) return arch::mma_sp_e4m3_e5m2_k64<f>(a, b, c, e);
  } else {
    if constexpr (F.b == Element::e4m3) return arch::mma_sp_e5m2_e4m3_k64<f>(a, b, c, e);
    if constexpr (F.b == Element::e5m2) return arch::mma_sp_e5m2_e5m2_k64<f>(a, b, c, e);
  }
}

// A warp a block: d of the 32 lanes beginning at lanes[32 * block]. Its argument is an index for
// the sake of nvcc 13.0, whose launch stubs cannot name one of class type.
template <std::size_t I>
__global__ void sparse_kernel(SparseLane* lanes) {
  constexpr SparseForm F = kSparseForms[I];
  using T = std::conditional_t<F.a == Element::s8, std::int32_t, float>;
  SparseLane& lane = lanes[blockIdx.x * 32 + threadIdx.x];
  arch::FragmentA<kRegisters<F>> a;
  arch::FragmentB<kRegisters<F>> b;
  arch::FragmentC<T> c;
  for (int r = 0; r < kRegisters<F>; ++r) {
    a.r[r] = lane.a[r];
    b.r[r] = lane.b[r];
  }
  __builtin_memcpy(&c, lane.c, sizeof c);
  const arch::FragmentC<T> d = multiply<F>(a, b, c, lane.metadata);
  __builtin_memcpy(lane.d, &d, sizeof d);
}

struct SparseKernel {
  SparseForm form;
  void (*kernel)(SparseLane*);
};
template <std::size_t... I>
auto sparse_kernels(std::index_sequence<I...>) {
  return std::array<SparseKernel, sizeof...(I)>{SparseKernel{kSparseForms[I], sparse_kernel<I>}...};
}
inline auto sparse_kernels() {
  return sparse_kernels(std::make_index_sequence<std::size(kSparseForms)>());
}

}  // namespace heddle::arch_test
