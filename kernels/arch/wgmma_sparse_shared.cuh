#pragma once
// The sparse product of a warpgroup with compressed A in shared memory too, by descriptor; as
// wgmma_sparse.cuh and wgmma_sparse_8bit.cuh otherwise.

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

#define HEDDLE_WGMMA_SHARED_16(width, count, o0, o1, o2, o3, o4, o5, o6, o7, o8, o9, types)        \
  asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %" o3                                             \
               ", 0;\n"                                                                            \
               "wgmma.mma_async.sp.sync.aligned.m64n" #width types " {" HEDDLE_WGMMA_NAMES_##count \
               "}, %" o0 ", %" o1 ", %" o2 ", %" o4 ", p, 1, 1, %" o5 ", %" o6 ";\n}"              \
               : HEDDLE_WGMMA_REGISTERS_##count("+f")                                              \
               : "l"(a), "l"(b), "r"(metadata), "r"(int{accumulate}), "n"(Selector),               \
                 "n"(int{TransposeA}), "n"(int{TransposeB}));
#define HEDDLE_WGMMA_SHARED_32(width, count, o0, o1, o2, o3, o4, o5, o6, o7, o8, o9, types)        \
  asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %" o3                                             \
               ", 0;\n"                                                                            \
               "wgmma.mma_async.sp.sync.aligned.m64n" #width types " {" HEDDLE_WGMMA_NAMES_##count \
               "}, %" o0 ", %" o1 ", %" o2 ", %" o4 ", p, 1, 1;\n}"                                \
               : HEDDLE_WGMMA_REGISTERS_##count("+f")                                              \
               : "l"(a), "l"(b), "r"(metadata), "r"(int{accumulate}), "n"(Selector));
#define HEDDLE_WGMMA_SHARED_FLOAT(width, count, o0, o1, o2, o3, o4, o5, o6, o7, o8, o9, types)     \
  asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %" o3                                             \
               ", 0;\n"                                                                            \
               "wgmma.mma_async.sp.sync.aligned.m64n" #width types " {" HEDDLE_WGMMA_NAMES_##count \
               "}, %" o0 ", %" o1 ", %" o2 ", 0, p, 1, 1;\n}"                                      \
               : HEDDLE_WGMMA_REGISTERS_##count("+f")                                              \
               : "l"(a), "l"(b), "r"(metadata), "r"(int{accumulate}));
#define HEDDLE_WGMMA_SHARED_INTEGER(width, count, o0, o1, o2, o3, o4, o5, o6, o7, o8, o9, types)   \
  asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %" o3                                             \
               ", 0;\n"                                                                            \
               "wgmma.mma_async.sp.sync.aligned.m64n" #width types " {" HEDDLE_WGMMA_NAMES_##count \
               "}, %" o0 ", %" o1 ", %" o2 ", 0, p;\n}"                                            \
               : HEDDLE_WGMMA_REGISTERS_##count("+r")                                              \
               : "l"(a), "l"(b), "r"(metadata), "r"(int{accumulate}));

// f16, K = 32. TransposeA: A lies with its rows contiguous, TransposeB: B with its N.
template <int N, int Selector, bool TransposeB = false, bool TransposeA = false,
          int Target = kTarget>
__device__ __forceinline__ void wgmma_sp_f16_shared(float (&d)[N / 2], std::uint64_t a,
                                                    std::uint64_t b, const std::uint32_t& metadata,
                                                    bool accumulate) {
  static_assert(kWgmmaWidth<N>, "N is 8, 16, 32, 64, 96, 128, 160, 192, 224 or 256");
  static_assert(Selector >= 0 && Selector < 2, "two selectors: lanes 0, 1 or 2, 3 of a quad");
  static_assert(kWgmma<Target>, "wgmma exists on sm_90a alone");
#if defined(HEDDLE_SIMT)
  simt::models::wgmma({.a = Element::f16,
                       .b = Element::f16,
                       .n = N,
                       .k = 32,
                       .selector = Selector,
                       .transpose_a = TransposeA,
                       .transpose_b = TransposeB},
                      d, a, b, &metadata, accumulate);
#else
  HEDDLE_WGMMA_WIDTHS(HEDDLE_WGMMA_SHARED_16, "k32.f32.f16.f16")
#endif
}

// bf16, K = 32. TransposeA: A lies with its rows contiguous, TransposeB: B with its N.
template <int N, int Selector, bool TransposeB = false, bool TransposeA = false,
          int Target = kTarget>
__device__ __forceinline__ void wgmma_sp_bf16_shared(float (&d)[N / 2], std::uint64_t a,
                                                     std::uint64_t b, const std::uint32_t& metadata,
                                                     bool accumulate) {
  static_assert(kWgmmaWidth<N>, "N is 8, 16, 32, 64, 96, 128, 160, 192, 224 or 256");
  static_assert(Selector >= 0 && Selector < 2, "two selectors: lanes 0, 1 or 2, 3 of a quad");
  static_assert(kWgmma<Target>, "wgmma exists on sm_90a alone");
#if defined(HEDDLE_SIMT)
  simt::models::wgmma({.a = Element::bf16,
                       .b = Element::bf16,
                       .n = N,
                       .k = 32,
                       .selector = Selector,
                       .transpose_a = TransposeA,
                       .transpose_b = TransposeB},
                      d, a, b, &metadata, accumulate);
#else
  HEDDLE_WGMMA_WIDTHS(HEDDLE_WGMMA_SHARED_16, "k32.f32.bf16.bf16")
#endif
}

// tf32, K = 16.
template <int N, int Selector, int Target = kTarget>
__device__ __forceinline__ void wgmma_sp_tf32_shared(float (&d)[N / 2], std::uint64_t a,
                                                     std::uint64_t b, const std::uint32_t& metadata,
                                                     bool accumulate) {
  static_assert(kWgmmaWidth<N>, "N is 8, 16, 32, 64, 96, 128, 160, 192, 224 or 256");
  static_assert(Selector >= 0 && Selector < 2, "two selectors: lanes 0, 1 or 2, 3 of a quad");
  static_assert(kWgmma<Target>, "wgmma exists on sm_90a alone");
#if defined(HEDDLE_SIMT)
  simt::models::wgmma(
      {.a = Element::tf32, .b = Element::tf32, .n = N, .k = 16, .selector = Selector}, d, a, b,
      &metadata, accumulate);
#else
  HEDDLE_WGMMA_WIDTHS(HEDDLE_WGMMA_SHARED_32, "k16.f32.tf32.tf32")
#endif
}

// s8, K = 64.
template <int N, int Target = kTarget>
__device__ __forceinline__ void wgmma_sp_s8_shared(std::int32_t (&d)[N / 2], std::uint64_t a,
                                                   std::uint64_t b, const std::uint32_t& metadata,
                                                   bool accumulate) {
  static_assert(kWgmmaWidth<N>, "N is 8, 16, 32, 64, 96, 128, 160, 192, 224 or 256");
  static_assert(kWgmma<Target>, "wgmma exists on sm_90a alone");
#if defined(HEDDLE_SIMT)
  simt::models::wgmma({.a = Element::s8, .b = Element::s8, .n = N, .k = 64}, d, a, b, &metadata,
                      accumulate);
#else
  HEDDLE_WGMMA_WIDTHS(HEDDLE_WGMMA_SHARED_INTEGER, "k64.s32.s8.s8")
#endif
}

// A is e4m3, B e4m3, K = 64.
template <int N, int Target = kTarget>
__device__ __forceinline__ void wgmma_sp_e4m3_e4m3_shared(float (&d)[N / 2], std::uint64_t a,
                                                          std::uint64_t b,
                                                          const std::uint32_t& metadata,
                                                          bool accumulate) {
  static_assert(kWgmmaWidth<N>, "N is 8, 16, 32, 64, 96, 128, 160, 192, 224 or 256");
  static_assert(kWgmma<Target>, "wgmma exists on sm_90a alone");
#if defined(HEDDLE_SIMT)
  simt::models::wgmma({.a = Element::e4m3, .b = Element::e4m3, .n = N, .k = 64}, d, a, b, &metadata,
                      accumulate);
#else
  HEDDLE_WGMMA_WIDTHS(HEDDLE_WGMMA_SHARED_FLOAT, "k64.f32.e4m3.e4m3")
#endif
}

// A is e4m3, B e5m2, K = 64.
template <int N, int Target = kTarget>
__device__ __forceinline__ void wgmma_sp_e4m3_e5m2_shared(float (&d)[N / 2], std::uint64_t a,
                                                          std::uint64_t b,
                                                          const std::uint32_t& metadata,
                                                          bool accumulate) {
  static_assert(kWgmmaWidth<N>, "N is 8, 16, 32, 64, 96, 128, 160, 192, 224 or 256");
  static_assert(kWgmma<Target>, "wgmma exists on sm_90a alone");
#if defined(HEDDLE_SIMT)
  simt::models::wgmma({.a = Element::e4m3, .b = Element::e5m2, .n = N, .k = 64}, d, a, b, &metadata,
                      accumulate);
#else
  HEDDLE_WGMMA_WIDTHS(HEDDLE_WGMMA_SHARED_FLOAT, "k64.f32.e4m3.e5m2")
#endif
}

// A is e5m2, B e4m3, K = 64.
template <int N, int Target = kTarget>
__device__ __forceinline__ void wgmma_sp_e5m2_e4m3_shared(float (&d)[N / 2], std::uint64_t a,
                                                          std::uint64_t b,
                                                          const std::uint32_t& metadata,
                                                          bool accumulate) {
  static_assert(kWgmmaWidth<N>, "N is 8, 16, 32, 64, 96, 128, 160, 192, 224 or 256");
  static_assert(kWgmma<Target>, "wgmma exists on sm_90a alone");
#if defined(HEDDLE_SIMT)
  simt::models::wgmma({.a = Element::e5m2, .b = Element::e4m3, .n = N, .k = 64}, d, a, b, &metadata,
                      accumulate);
#else
  HEDDLE_WGMMA_WIDTHS(HEDDLE_WGMMA_SHARED_FLOAT, "k64.f32.e5m2.e4m3")
#endif
}

// A is e5m2, B e5m2, K = 64.
template <int N, int Target = kTarget>
__device__ __forceinline__ void wgmma_sp_e5m2_e5m2_shared(float (&d)[N / 2], std::uint64_t a,
                                                          std::uint64_t b,
                                                          const std::uint32_t& metadata,
                                                          bool accumulate) {
  static_assert(kWgmmaWidth<N>, "N is 8, 16, 32, 64, 96, 128, 160, 192, 224 or 256");
  static_assert(kWgmma<Target>, "wgmma exists on sm_90a alone");
#if defined(HEDDLE_SIMT)
  simt::models::wgmma({.a = Element::e5m2, .b = Element::e5m2, .n = N, .k = 64}, d, a, b, &metadata,
                      accumulate);
#else
  HEDDLE_WGMMA_WIDTHS(HEDDLE_WGMMA_SHARED_FLOAT, "k64.f32.e5m2.e5m2")
#endif
}

#undef HEDDLE_WGMMA_SHARED_16
#undef HEDDLE_WGMMA_SHARED_32
#undef HEDDLE_WGMMA_SHARED_FLOAT
#undef HEDDLE_WGMMA_SHARED_INTEGER

}  // namespace heddle::arch
