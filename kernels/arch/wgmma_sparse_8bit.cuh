#pragma once
// The sparse product of a warpgroup for 8-bit types, as wgmma_sparse.cuh otherwise: K = 64, all
// lanes supply metadata, B lies with its K contiguous. Integers wrap.

#include "kernels/arch/fragment.cuh"
#include "kernels/arch/target.cuh"
#include "kernels/arch/wgmma_operands.cuh"

#if defined(HEDDLE_SIMT)
#include "test/simt/models/warpgroup.hpp"
#endif

namespace heddle::arch {

#if defined(HEDDLE_SIMT)
using simt::models::Element;
#endif

#define HEDDLE_WGMMA_SPARSE_FLOAT(width, count, o0, o1, o2, o3, o4, o5, o6, o7, o8, o9, types)     \
  asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %" o6                                             \
               ", 0;\n"                                                                            \
               "wgmma.mma_async.sp.sync.aligned.m64n" #width types " {" HEDDLE_WGMMA_NAMES_##count \
               "}, {%" o0 ", %" o1 ", %" o2 ", %" o3 "}, %" o4 ", %" o5 ", 0, p, 1, 1;\n}"         \
               : HEDDLE_WGMMA_REGISTERS_##count("+f")                                              \
               : "r"(a.r[0]), "r"(a.r[1]), "r"(a.r[2]), "r"(a.r[3]), "l"(b), "r"(metadata),        \
                 "r"(int{accumulate}));
#define HEDDLE_WGMMA_SPARSE_INTEGER(width, count, o0, o1, o2, o3, o4, o5, o6, o7, o8, o9, types)   \
  asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %" o6                                             \
               ", 0;\n"                                                                            \
               "wgmma.mma_async.sp.sync.aligned.m64n" #width types " {" HEDDLE_WGMMA_NAMES_##count \
               "}, {%" o0 ", %" o1 ", %" o2 ", %" o3 "}, %" o4 ", %" o5 ", 0, p;\n}"               \
               : HEDDLE_WGMMA_REGISTERS_##count("+r")                                              \
               : "r"(a.r[0]), "r"(a.r[1]), "r"(a.r[2]), "r"(a.r[3]), "l"(b), "r"(metadata),        \
                 "r"(int{accumulate}));

// s8.
template <int N, int Target = kTarget>
__device__ __forceinline__ void wgmma_sp_s8(std::int32_t (&d)[N / 2], const FragmentA<4>& a,
                                            std::uint64_t b, const std::uint32_t& metadata,
                                            bool accumulate) {
  static_assert(kWgmmaWidth<N>, "N is 8, 16, 32, 64, 96, 128, 160, 192, 224 or 256");
  static_assert(kWgmma<Target>, "wgmma exists on sm_90a alone");
#if defined(HEDDLE_SIMT)
  simt::models::wgmma({.a = Element::s8, .b = Element::s8, .n = N, .k = 64}, d, a.r, b, &metadata,
                      accumulate);
#else
  HEDDLE_WGMMA_WIDTHS(HEDDLE_WGMMA_SPARSE_INTEGER, "k64.s32.s8.s8")
#endif
}

// A is e4m3, B e4m3.
template <int N, int Target = kTarget>
__device__ __forceinline__ void wgmma_sp_e4m3_e4m3(float (&d)[N / 2], const FragmentA<4>& a,
                                                   std::uint64_t b, const std::uint32_t& metadata,
                                                   bool accumulate) {
  static_assert(kWgmmaWidth<N>, "N is 8, 16, 32, 64, 96, 128, 160, 192, 224 or 256");
  static_assert(kWgmma<Target>, "wgmma exists on sm_90a alone");
#if defined(HEDDLE_SIMT)
  simt::models::wgmma({.a = Element::e4m3, .b = Element::e4m3, .n = N, .k = 64}, d, a.r, b,
                      &metadata, accumulate);
#else
  HEDDLE_WGMMA_WIDTHS(HEDDLE_WGMMA_SPARSE_FLOAT, "k64.f32.e4m3.e4m3")
#endif
}

// A is e4m3, B e5m2.
template <int N, int Target = kTarget>
__device__ __forceinline__ void wgmma_sp_e4m3_e5m2(float (&d)[N / 2], const FragmentA<4>& a,
                                                   std::uint64_t b, const std::uint32_t& metadata,
                                                   bool accumulate) {
  static_assert(kWgmmaWidth<N>, "N is 8, 16, 32, 64, 96, 128, 160, 192, 224 or 256");
  static_assert(kWgmma<Target>, "wgmma exists on sm_90a alone");
#if defined(HEDDLE_SIMT)
  simt::models::wgmma({.a = Element::e4m3, .b = Element::e5m2, .n = N, .k = 64}, d, a.r, b,
                      &metadata, accumulate);
#else
  HEDDLE_WGMMA_WIDTHS(HEDDLE_WGMMA_SPARSE_FLOAT, "k64.f32.e4m3.e5m2")
#endif
}

// A is e5m2, B e4m3.
template <int N, int Target = kTarget>
__device__ __forceinline__ void wgmma_sp_e5m2_e4m3(float (&d)[N / 2], const FragmentA<4>& a,
                                                   std::uint64_t b, const std::uint32_t& metadata,
                                                   bool accumulate) {
  static_assert(kWgmmaWidth<N>, "N is 8, 16, 32, 64, 96, 128, 160, 192, 224 or 256");
  static_assert(kWgmma<Target>, "wgmma exists on sm_90a alone");
#if defined(HEDDLE_SIMT)
  simt::models::wgmma({.a = Element::e5m2, .b = Element::e4m3, .n = N, .k = 64}, d, a.r, b,
                      &metadata, accumulate);
#else
  HEDDLE_WGMMA_WIDTHS(HEDDLE_WGMMA_SPARSE_FLOAT, "k64.f32.e5m2.e4m3")
#endif
}

// A is e5m2, B e5m2.
template <int N, int Target = kTarget>
__device__ __forceinline__ void wgmma_sp_e5m2_e5m2(float (&d)[N / 2], const FragmentA<4>& a,
                                                   std::uint64_t b, const std::uint32_t& metadata,
                                                   bool accumulate) {
  static_assert(kWgmmaWidth<N>, "N is 8, 16, 32, 64, 96, 128, 160, 192, 224 or 256");
  static_assert(kWgmma<Target>, "wgmma exists on sm_90a alone");
#if defined(HEDDLE_SIMT)
  simt::models::wgmma({.a = Element::e5m2, .b = Element::e5m2, .n = N, .k = 64}, d, a.r, b,
                      &metadata, accumulate);
#else
  HEDDLE_WGMMA_WIDTHS(HEDDLE_WGMMA_SPARSE_FLOAT, "k64.f32.e5m2.e5m2")
#endif
}

#undef HEDDLE_WGMMA_SPARSE_FLOAT
#undef HEDDLE_WGMMA_SPARSE_INTEGER

}  // namespace heddle::arch
