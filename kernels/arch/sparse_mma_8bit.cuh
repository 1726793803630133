#pragma once
// The sparse matrix product of 8-bit types, as sparse_mma.cuh otherwise. Integers wrap, or stop at
// the ends of 32 bits with Saturate (.satfinite). The 8-bit floats exist where they are native.

#include "kernels/arch/fragment.cuh"
#include "kernels/arch/target.cuh"

#if defined(HEDDLE_SIMT)
#include "test/simt/models/collective.hpp"
#endif

namespace heddle::arch {

#if defined(HEDDLE_SIMT)
using simt::models::Element;
#endif

// s8, K = 32.
template <int Selector, bool Saturate = false>
__device__ __forceinline__ FragmentC<std::int32_t> mma_sp_s8_k32(FragmentA<2> a, FragmentB<2> b,
                                                                 FragmentC<std::int32_t> c,
                                                                 std::uint32_t metadata) {
  static_assert(Selector >= 0 && Selector < 2, "two selectors: lanes 0, 1 or 2, 3 of a quad");
  FragmentC<std::int32_t> d;
#if defined(HEDDLE_SIMT)
  simt::models::sparse_mma({Element::s8, Element::s8, 32, Selector, Saturate}, a.r, b.r, c.r,
                           metadata, d.r);
#else
  if constexpr (Saturate) {
    asm volatile(
        "mma.sp::ordered_metadata.sync.aligned.m16n8k32.row.col.satfinite.s32.s8.s8.s32 "
        "{%0, %1, %2, %3}, {%4, %5}, {%6, %7}, {%8, %9, %10, %11}, %12, %13;"
        : "=r"(d.r[0]), "=r"(d.r[1]), "=r"(d.r[2]), "=r"(d.r[3])
        : "r"(a.r[0]), "r"(a.r[1]), "r"(b.r[0]), "r"(b.r[1]), "r"(c.r[0]), "r"(c.r[1]), "r"(c.r[2]),
          "r"(c.r[3]), "r"(metadata), "n"(Selector));
  } else {
    asm volatile(
        "mma.sp::ordered_metadata.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 "
        "{%0, %1, %2, %3}, {%4, %5}, {%6, %7}, {%8, %9, %10, %11}, %12, %13;"
        : "=r"(d.r[0]), "=r"(d.r[1]), "=r"(d.r[2]), "=r"(d.r[3])
        : "r"(a.r[0]), "r"(a.r[1]), "r"(b.r[0]), "r"(b.r[1]), "r"(c.r[0]), "r"(c.r[1]), "r"(c.r[2]),
          "r"(c.r[3]), "r"(metadata), "n"(Selector));
  }
#endif
  return d;
}

// s8, K = 64.
template <int Selector, bool Saturate = false>
__device__ __forceinline__ FragmentC<std::int32_t> mma_sp_s8_k64(FragmentA<4> a, FragmentB<4> b,
                                                                 FragmentC<std::int32_t> c,
                                                                 std::uint32_t metadata) {
  static_assert(Selector == 0, "one selector, 0: all lanes supply metadata");
  FragmentC<std::int32_t> d;
#if defined(HEDDLE_SIMT)
  simt::models::sparse_mma({Element::s8, Element::s8, 64, Selector, Saturate}, a.r, b.r, c.r,
                           metadata, d.r);
#else
  if constexpr (Saturate) {
    asm volatile(
        "mma.sp::ordered_metadata.sync.aligned.m16n8k64.row.col.satfinite.s32.s8.s8.s32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9, %10, %11}, {%12, %13, %14, %15}, %16, %17;"
        : "=r"(d.r[0]), "=r"(d.r[1]), "=r"(d.r[2]), "=r"(d.r[3])
        : "r"(a.r[0]), "r"(a.r[1]), "r"(a.r[2]), "r"(a.r[3]), "r"(b.r[0]), "r"(b.r[1]), "r"(b.r[2]),
          "r"(b.r[3]), "r"(c.r[0]), "r"(c.r[1]), "r"(c.r[2]), "r"(c.r[3]), "r"(metadata),
          "n"(Selector));
  } else {
    asm volatile(
        "mma.sp::ordered_metadata.sync.aligned.m16n8k64.row.col.s32.s8.s8.s32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9, %10, %11}, {%12, %13, %14, %15}, %16, %17;"
        : "=r"(d.r[0]), "=r"(d.r[1]), "=r"(d.r[2]), "=r"(d.r[3])
        : "r"(a.r[0]), "r"(a.r[1]), "r"(a.r[2]), "r"(a.r[3]), "r"(b.r[0]), "r"(b.r[1]), "r"(b.r[2]),
          "r"(b.r[3]), "r"(c.r[0]), "r"(c.r[1]), "r"(c.r[2]), "r"(c.r[3]), "r"(metadata),
          "n"(Selector));
  }
#endif
  return d;
}

// A is e4m3, B e4m3, K = 64.
template <int Selector, int Target = kTarget>
__device__ __forceinline__ FragmentC<float> mma_sp_e4m3_e4m3_k64(FragmentA<4> a, FragmentB<4> b,
                                                                 FragmentC<float> c,
                                                                 std::uint32_t metadata) {
  static_assert(Selector == 0, "one selector, 0: all lanes supply metadata");
  static_assert(kNativeFp8SparseMma<Target>,
                "the sparse mma of 8-bit floats is native to sm_89 and sm_120 alone");
  FragmentC<float> d;
#if defined(HEDDLE_SIMT)
  simt::models::sparse_mma({Element::e4m3, Element::e4m3, 64, Selector}, a.r, b.r, c.r, metadata,
                           d.r);
#else
  asm volatile(
      "mma.sp::ordered_metadata.sync.aligned.m16n8k64.row.col.f32.e4m3.e4m3.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9, %10, %11}, {%12, %13, %14, %15}, %16, %17;"
      : "=f"(d.r[0]), "=f"(d.r[1]), "=f"(d.r[2]), "=f"(d.r[3])
      : "r"(a.r[0]), "r"(a.r[1]), "r"(a.r[2]), "r"(a.r[3]), "r"(b.r[0]), "r"(b.r[1]), "r"(b.r[2]),
        "r"(b.r[3]), "f"(c.r[0]), "f"(c.r[1]), "f"(c.r[2]), "f"(c.r[3]), "r"(metadata),
        "n"(Selector));
#endif
  return d;
}

// A is e4m3, B e5m2, K = 64.
template <int Selector, int Target = kTarget>
__device__ __forceinline__ FragmentC<float> mma_sp_e4m3_e5m2_k64(FragmentA<4> a, FragmentB<4> b,
                                                                 FragmentC<float> c,
                                                                 std::uint32_t metadata) {
  static_assert(Selector == 0, "one selector, 0: all lanes supply metadata");
  static_assert(kNativeFp8SparseMma<Target>,
                "the sparse mma of 8-bit floats is native to sm_89 and sm_120 alone");
  FragmentC<float> d;
#if defined(HEDDLE_SIMT)
  simt::models::sparse_mma({Element::e4m3, Element::e5m2, 64, Selector}, a.r, b.r, c.r, metadata,
                           d.r);
#else
  asm volatile(
      "mma.sp::ordered_metadata.sync.aligned.m16n8k64.row.col.f32.e4m3.e5m2.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9, %10, %11}, {%12, %13, %14, %15}, %16, %17;"
      : "=f"(d.r[0]), "=f"(d.r[1]), "=f"(d.r[2]), "=f"(d.r[3])
      : "r"(a.r[0]), "r"(a.r[1]), "r"(a.r[2]), "r"(a.r[3]), "r"(b.r[0]), "r"(b.r[1]), "r"(b.r[2]),
        "r"(b.r[3]), "f"(c.r[0]), "f"(c.r[1]), "f"(c.r[2]), "f"(c.r[3]), "r"(metadata),
        "n"(Selector));
#endif
  return d;
}

// A is e5m2, B e4m3, K = 64.
template <int Selector, int Target = kTarget>
__device__ __forceinline__ FragmentC<float> mma_sp_e5m2_e4m3_k64(FragmentA<4> a, FragmentB<4> b,
                                                                 FragmentC<float> c,
                                                                 std::uint32_t metadata) {
  static_assert(Selector == 0, "one selector, 0: all lanes supply metadata");
  static_assert(kNativeFp8SparseMma<Target>,
                "the sparse mma of 8-bit floats is native to sm_89 and sm_120 alone");
  FragmentC<float> d;
#if defined(HEDDLE_SIMT)
  simt::models::sparse_mma({Element::e5m2, Element::e4m3, 64, Selector}, a.r, b.r, c.r, metadata,
                           d.r);
#else
  asm volatile(
      "mma.sp::ordered_metadata.sync.aligned.m16n8k64.row.col.f32.e5m2.e4m3.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9, %10, %11}, {%12, %13, %14, %15}, %16, %17;"
      : "=f"(d.r[0]), "=f"(d.r[1]), "=f"(d.r[2]), "=f"(d.r[3])
      : "r"(a.r[0]), "r"(a.r[1]), "r"(a.r[2]), "r"(a.r[3]), "r"(b.r[0]), "r"(b.r[1]), "r"(b.r[2]),
        "r"(b.r[3]), "f"(c.r[0]), "f"(c.r[1]), "f"(c.r[2]), "f"(c.r[3]), "r"(metadata),
        "n"(Selector));
#endif
  return d;
}

// A is e5m2, B e5m2, K = 64.
template <int Selector, int Target = kTarget>
__device__ __forceinline__ FragmentC<float> mma_sp_e5m2_e5m2_k64(FragmentA<4> a, FragmentB<4> b,
                                                                 FragmentC<float> c,
                                                                 std::uint32_t metadata) {
  static_assert(Selector == 0, "one selector, 0: all lanes supply metadata");
  static_assert(kNativeFp8SparseMma<Target>,
                "the sparse mma of 8-bit floats is native to sm_89 and sm_120 alone");
  FragmentC<float> d;
#if defined(HEDDLE_SIMT)
  simt::models::sparse_mma({Element::e5m2, Element::e5m2, 64, Selector}, a.r, b.r, c.r, metadata,
                           d.r);
#else
  asm volatile(
      "mma.sp::ordered_metadata.sync.aligned.m16n8k64.row.col.f32.e5m2.e5m2.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9, %10, %11}, {%12, %13, %14, %15}, %16, %17;"
      : "=f"(d.r[0]), "=f"(d.r[1]), "=f"(d.r[2]), "=f"(d.r[3])
      : "r"(a.r[0]), "r"(a.r[1]), "r"(a.r[2]), "r"(a.r[3]), "r"(b.r[0]), "r"(b.r[1]), "r"(b.r[2]),
        "r"(b.r[3]), "f"(c.r[0]), "f"(c.r[1]), "f"(c.r[2]), "f"(c.r[3]), "r"(metadata),
        "n"(Selector));
#endif
  return d;
}

}  // namespace heddle::arch
