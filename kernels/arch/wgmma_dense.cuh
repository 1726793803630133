#pragma once
// The dense product of a warpgroup, both operands in shared memory by descriptor; asynchronous
// (wgmma.cuh). For the benchmarks that compare with the sparse ones. PTX ISA, "wgmma.mma_async".

#include <cstdint>

#include "kernels/arch/target.cuh"
#include "kernels/arch/wgmma_operands.cuh"

#if defined(HEDDLE_SIMT)
#include "test/simt/models/warpgroup.hpp"
#endif

namespace heddle::arch {

#if defined(HEDDLE_SIMT)
using simt::models::Element;
#endif

#define HEDDLE_WGMMA_DENSE_16(width, count, o0, o1, o2, o3, o4, o5, o6, o7, o8, o9, types)      \
  asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %" o2                                          \
               ", 0;\n"                                                                         \
               "wgmma.mma_async.sync.aligned.m64n" #width types " {" HEDDLE_WGMMA_NAMES_##count \
               "}, %" o0 ", %" o1 ", p, 1, 1, %" o3 ", %" o4 ";\n}"                             \
               : HEDDLE_WGMMA_REGISTERS_##count("+f")                                           \
               : "l"(a), "l"(b), "r"(int{accumulate}), "n"(int{TransposeA}),                    \
                 "n"(int{TransposeB}));
#define HEDDLE_WGMMA_DENSE_FLOAT(width, count, o0, o1, o2, o3, o4, o5, o6, o7, o8, o9, types)   \
  asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %" o2                                          \
               ", 0;\n"                                                                         \
               "wgmma.mma_async.sync.aligned.m64n" #width types " {" HEDDLE_WGMMA_NAMES_##count \
               "}, %" o0 ", %" o1 ", p, 1, 1;\n}"                                               \
               : HEDDLE_WGMMA_REGISTERS_##count("+f")                                           \
               : "l"(a), "l"(b), "r"(int{accumulate}));
#define HEDDLE_WGMMA_DENSE_INTEGER(width, count, o0, o1, o2, o3, o4, o5, o6, o7, o8, o9, types) \
  asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %" o2                                          \
               ", 0;\n"                                                                         \
               "wgmma.mma_async.sync.aligned.m64n" #width types " {" HEDDLE_WGMMA_NAMES_##count \
               "}, %" o0 ", %" o1 ", p;\n}"                                                     \
               : HEDDLE_WGMMA_REGISTERS_##count("+r")                                           \
               : "l"(a), "l"(b), "r"(int{accumulate}));

// f16, K = 16. TransposeA: A lies with its rows contiguous, TransposeB: B with its N.
template <int N, bool TransposeB = false, bool TransposeA = false, int Target = kTarget>
__device__ __forceinline__ void wgmma_f16(float (&d)[N / 2], std::uint64_t a, std::uint64_t b,
                                          bool accumulate) {
  static_assert(kWgmmaWidth<N>, "N is 8, 16, 32, 64, 96, 128, 160, 192, 224 or 256");
  static_assert(kWgmma<Target>, "wgmma exists on sm_90a alone");
#if defined(HEDDLE_SIMT)
  simt::models::wgmma({.a = Element::f16,
                       .b = Element::f16,
                       .n = N,
                       .k = 16,
                       .sparse = false,
                       .transpose_a = TransposeA,
                       .transpose_b = TransposeB},
                      d, a, b, nullptr, accumulate);
#else
  HEDDLE_WGMMA_WIDTHS(HEDDLE_WGMMA_DENSE_16, "k16.f32.f16.f16")
#endif
}

// bf16, K = 16. TransposeA: A lies with its rows contiguous, TransposeB: B with its N.
template <int N, bool TransposeB = false, bool TransposeA = false, int Target = kTarget>
__device__ __forceinline__ void wgmma_bf16(float (&d)[N / 2], std::uint64_t a, std::uint64_t b,
                                           bool accumulate) {
  static_assert(kWgmmaWidth<N>, "N is 8, 16, 32, 64, 96, 128, 160, 192, 224 or 256");
  static_assert(kWgmma<Target>, "wgmma exists on sm_90a alone");
#if defined(HEDDLE_SIMT)
  simt::models::wgmma({.a = Element::bf16,
                       .b = Element::bf16,
                       .n = N,
                       .k = 16,
                       .sparse = false,
                       .transpose_a = TransposeA,
                       .transpose_b = TransposeB},
                      d, a, b, nullptr, accumulate);
#else
  HEDDLE_WGMMA_WIDTHS(HEDDLE_WGMMA_DENSE_16, "k16.f32.bf16.bf16")
#endif
}

// tf32, K = 8.
template <int N, int Target = kTarget>
__device__ __forceinline__ void wgmma_tf32(float (&d)[N / 2], std::uint64_t a, std::uint64_t b,
                                           bool accumulate) {
  static_assert(kWgmmaWidth<N>, "N is 8, 16, 32, 64, 96, 128, 160, 192, 224 or 256");
  static_assert(kWgmma<Target>, "wgmma exists on sm_90a alone");
#if defined(HEDDLE_SIMT)
  simt::models::wgmma({.a = Element::tf32, .b = Element::tf32, .n = N, .k = 8, .sparse = false}, d,
                      a, b, nullptr, accumulate);
#else
  HEDDLE_WGMMA_WIDTHS(HEDDLE_WGMMA_DENSE_FLOAT, "k8.f32.tf32.tf32")
#endif
}

// s8, K = 32.
template <int N, int Target = kTarget>
__device__ __forceinline__ void wgmma_s8(std::int32_t (&d)[N / 2], std::uint64_t a, std::uint64_t b,
                                         bool accumulate) {
  static_assert(kWgmmaWidth<N>, "N is 8, 16, 32, 64, 96, 128, 160, 192, 224 or 256");
  static_assert(kWgmma<Target>, "wgmma exists on sm_90a alone");
#if defined(HEDDLE_SIMT)
  simt::models::wgmma({.a = Element::s8, .b = Element::s8, .n = N, .k = 32, .sparse = false}, d, a,
                      b, nullptr, accumulate);
#else
  HEDDLE_WGMMA_WIDTHS(HEDDLE_WGMMA_DENSE_INTEGER, "k32.s32.s8.s8")
#endif
}

// Both e4m3, K = 32.
template <int N, int Target = kTarget>
__device__ __forceinline__ void wgmma_e4m3_e4m3(float (&d)[N / 2], std::uint64_t a, std::uint64_t b,
                                                bool accumulate) {
  static_assert(kWgmmaWidth<N>, "N is 8, 16, 32, 64, 96, 128, 160, 192, 224 or 256");
  static_assert(kWgmma<Target>, "wgmma exists on sm_90a alone");
#if defined(HEDDLE_SIMT)
  simt::models::wgmma({.a = Element::e4m3, .b = Element::e4m3, .n = N, .k = 32, .sparse = false}, d,
                      a, b, nullptr, accumulate);
#else
  HEDDLE_WGMMA_WIDTHS(HEDDLE_WGMMA_DENSE_FLOAT, "k32.f32.e4m3.e4m3")
#endif
}

#undef HEDDLE_WGMMA_DENSE_16
#undef HEDDLE_WGMMA_DENSE_FLOAT
#undef HEDDLE_WGMMA_DENSE_INTEGER

}  // namespace heddle::arch
