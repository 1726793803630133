#pragma once
// The sparse matrix product of a warp, D = A * B + C, 16 x 8 x K: A is 2:4 along K (1:2 for tf32)
// and compressed to K/2 columns, B is dense. PTX ISA, "Multiply-and-Accumulate Instruction: mma.sp"
// and "Sparse matrix storage"; the ordered form, whose metadata pairs ascend, is the native one.
//
// Selector: which lanes' metadata counts (docs/arch.md). An illegal nibble is undefined on
// hardware; the model reports it.

#include "kernels/arch/fragment.cuh"

#if defined(HEDDLE_SIMT)
#include "test/simt/models/collective.hpp"
#endif

namespace heddle::arch {

#if defined(HEDDLE_SIMT)
using simt::models::Element;
#endif

// f16, K = 16.
template <int Selector>
__device__ __forceinline__ FragmentC<float> mma_sp_f16_k16(FragmentA<2> a, FragmentB<2> b,
                                                           FragmentC<float> c,
                                                           std::uint32_t metadata) {
  static_assert(Selector >= 0 && Selector < 4, "four selectors: one lane of a quad each");
  FragmentC<float> d;
#if defined(HEDDLE_SIMT)
  simt::models::sparse_mma({Element::f16, Element::f16, 16, Selector}, a.r, b.r, c.r, metadata,
                           d.r);
#else
  asm volatile(
      "mma.sp::ordered_metadata.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
      "{%0, %1, %2, %3}, {%4, %5}, {%6, %7}, {%8, %9, %10, %11}, %12, %13;"
      : "=f"(d.r[0]), "=f"(d.r[1]), "=f"(d.r[2]), "=f"(d.r[3])
      : "r"(a.r[0]), "r"(a.r[1]), "r"(b.r[0]), "r"(b.r[1]), "f"(c.r[0]), "f"(c.r[1]), "f"(c.r[2]),
        "f"(c.r[3]), "r"(metadata), "n"(Selector));
#endif
  return d;
}

// f16, K = 32.
template <int Selector>
__device__ __forceinline__ FragmentC<float> mma_sp_f16_k32(FragmentA<4> a, FragmentB<4> b,
                                                           FragmentC<float> c,
                                                           std::uint32_t metadata) {
  static_assert(Selector >= 0 && Selector < 2, "two selectors: lanes 0, 1 or 2, 3 of a quad");
  FragmentC<float> d;
#if defined(HEDDLE_SIMT)
  simt::models::sparse_mma({Element::f16, Element::f16, 32, Selector}, a.r, b.r, c.r, metadata,
                           d.r);
#else
  asm volatile(
      "mma.sp::ordered_metadata.sync.aligned.m16n8k32.row.col.f32.f16.f16.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9, %10, %11}, {%12, %13, %14, %15}, %16, %17;"
      : "=f"(d.r[0]), "=f"(d.r[1]), "=f"(d.r[2]), "=f"(d.r[3])
      : "r"(a.r[0]), "r"(a.r[1]), "r"(a.r[2]), "r"(a.r[3]), "r"(b.r[0]), "r"(b.r[1]), "r"(b.r[2]),
        "r"(b.r[3]), "f"(c.r[0]), "f"(c.r[1]), "f"(c.r[2]), "f"(c.r[3]), "r"(metadata),
        "n"(Selector));
#endif
  return d;
}

// bf16, K = 16.
template <int Selector>
__device__ __forceinline__ FragmentC<float> mma_sp_bf16_k16(FragmentA<2> a, FragmentB<2> b,
                                                            FragmentC<float> c,
                                                            std::uint32_t metadata) {
  static_assert(Selector >= 0 && Selector < 4, "four selectors: one lane of a quad each");
  FragmentC<float> d;
#if defined(HEDDLE_SIMT)
  simt::models::sparse_mma({Element::bf16, Element::bf16, 16, Selector}, a.r, b.r, c.r, metadata,
                           d.r);
#else
  asm volatile(
      "mma.sp::ordered_metadata.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
      "{%0, %1, %2, %3}, {%4, %5}, {%6, %7}, {%8, %9, %10, %11}, %12, %13;"
      : "=f"(d.r[0]), "=f"(d.r[1]), "=f"(d.r[2]), "=f"(d.r[3])
      : "r"(a.r[0]), "r"(a.r[1]), "r"(b.r[0]), "r"(b.r[1]), "f"(c.r[0]), "f"(c.r[1]), "f"(c.r[2]),
        "f"(c.r[3]), "r"(metadata), "n"(Selector));
#endif
  return d;
}

// bf16, K = 32.
template <int Selector>
__device__ __forceinline__ FragmentC<float> mma_sp_bf16_k32(FragmentA<4> a, FragmentB<4> b,
                                                            FragmentC<float> c,
                                                            std::uint32_t metadata) {
  static_assert(Selector >= 0 && Selector < 2, "two selectors: lanes 0, 1 or 2, 3 of a quad");
  FragmentC<float> d;
#if defined(HEDDLE_SIMT)
  simt::models::sparse_mma({Element::bf16, Element::bf16, 32, Selector}, a.r, b.r, c.r, metadata,
                           d.r);
#else
  asm volatile(
      "mma.sp::ordered_metadata.sync.aligned.m16n8k32.row.col.f32.bf16.bf16.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9, %10, %11}, {%12, %13, %14, %15}, %16, %17;"
      : "=f"(d.r[0]), "=f"(d.r[1]), "=f"(d.r[2]), "=f"(d.r[3])
      : "r"(a.r[0]), "r"(a.r[1]), "r"(a.r[2]), "r"(a.r[3]), "r"(b.r[0]), "r"(b.r[1]), "r"(b.r[2]),
        "r"(b.r[3]), "f"(c.r[0]), "f"(c.r[1]), "f"(c.r[2]), "f"(c.r[3]), "r"(metadata),
        "n"(Selector));
#endif
  return d;
}

// tf32 (the low 13 bits of an f32 are not looked at), K = 8.
template <int Selector>
__device__ __forceinline__ FragmentC<float> mma_sp_tf32_k8(FragmentA<2> a, FragmentB<2> b,
                                                           FragmentC<float> c,
                                                           std::uint32_t metadata) {
  static_assert(Selector >= 0 && Selector < 4, "four selectors: one lane of a quad each");
  FragmentC<float> d;
#if defined(HEDDLE_SIMT)
  simt::models::sparse_mma({Element::tf32, Element::tf32, 8, Selector}, a.r, b.r, c.r, metadata,
                           d.r);
#else
  asm volatile(
      "mma.sp::ordered_metadata.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
      "{%0, %1, %2, %3}, {%4, %5}, {%6, %7}, {%8, %9, %10, %11}, %12, %13;"
      : "=f"(d.r[0]), "=f"(d.r[1]), "=f"(d.r[2]), "=f"(d.r[3])
      : "r"(a.r[0]), "r"(a.r[1]), "r"(b.r[0]), "r"(b.r[1]), "f"(c.r[0]), "f"(c.r[1]), "f"(c.r[2]),
        "f"(c.r[3]), "r"(metadata), "n"(Selector));
#endif
  return d;
}

// tf32, K = 16.
template <int Selector>
__device__ __forceinline__ FragmentC<float> mma_sp_tf32_k16(FragmentA<4> a, FragmentB<4> b,
                                                            FragmentC<float> c,
                                                            std::uint32_t metadata) {
  static_assert(Selector >= 0 && Selector < 2, "two selectors: lanes 0, 1 or 2, 3 of a quad");
  FragmentC<float> d;
#if defined(HEDDLE_SIMT)
  simt::models::sparse_mma({Element::tf32, Element::tf32, 16, Selector}, a.r, b.r, c.r, metadata,
                           d.r);
#else
  asm volatile(
      "mma.sp::ordered_metadata.sync.aligned.m16n8k16.row.col.f32.tf32.tf32.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9, %10, %11}, {%12, %13, %14, %15}, %16, %17;"
      : "=f"(d.r[0]), "=f"(d.r[1]), "=f"(d.r[2]), "=f"(d.r[3])
      : "r"(a.r[0]), "r"(a.r[1]), "r"(a.r[2]), "r"(a.r[3]), "r"(b.r[0]), "r"(b.r[1]), "r"(b.r[2]),
        "r"(b.r[3]), "f"(c.r[0]), "f"(c.r[1]), "f"(c.r[2]), "f"(c.r[3]), "r"(metadata),
        "n"(Selector));
#endif
  return d;
}

}  // namespace heddle::arch
