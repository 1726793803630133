#pragma once
// The sparse product of a warpgroup, asynchronous (wgmma.cuh), D = A * B or D + A * B, 64 x N x K:
// A is 2:4 along K (1:2 for tf32), compressed and in registers, B a matrix in shared memory by
// descriptor. PTX ISA, "wgmma.mma_async.sp". Warp w of the four has rows 16w .. 16w + 15 of A, of
// the metadata and of D; in a warp A and metadata lie as for mma.sp (sparse_mma.cuh).

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

#define HEDDLE_WGMMA_SPARSE_16(width, count, o0, o1, o2, o3, o4, o5, o6, o7, o8, o9, types)        \
  asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %" o6                                             \
               ", 0;\n"                                                                            \
               "wgmma.mma_async.sp.sync.aligned.m64n" #width types " {" HEDDLE_WGMMA_NAMES_##count \
               "}, {%" o0 ", %" o1 ", %" o2 ", %" o3 "}, %" o4 ", %" o5 ", %" o7 ", p, 1, 1, %" o8 \
               ";\n}"                                                                              \
               : HEDDLE_WGMMA_REGISTERS_##count("+f")                                              \
               : "r"(a.r[0]), "r"(a.r[1]), "r"(a.r[2]), "r"(a.r[3]), "l"(b), "r"(metadata),        \
                 "r"(int{accumulate}), "n"(Selector), "n"(int{TransposeB}));
#define HEDDLE_WGMMA_SPARSE_32(width, count, o0, o1, o2, o3, o4, o5, o6, o7, o8, o9, types)        \
  asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %" o6                                             \
               ", 0;\n"                                                                            \
               "wgmma.mma_async.sp.sync.aligned.m64n" #width types " {" HEDDLE_WGMMA_NAMES_##count \
               "}, {%" o0 ", %" o1 ", %" o2 ", %" o3 "}, %" o4 ", %" o5 ", %" o7 ", p, 1, 1;\n}"   \
               : HEDDLE_WGMMA_REGISTERS_##count("+f")                                              \
               : "r"(a.r[0]), "r"(a.r[1]), "r"(a.r[2]), "r"(a.r[3]), "l"(b), "r"(metadata),        \
                 "r"(int{accumulate}), "n"(Selector));

// f16, K = 32. TransposeB: B lies with its N contiguous.
template <int N, int Selector, bool TransposeB = false, int Target = kTarget>
__device__ __forceinline__ void wgmma_sp_f16(float (&d)[N / 2], const FragmentA<4>& a,
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
                       .transpose_b = TransposeB},
                      d, a.r, b, &metadata, accumulate);
#else
  HEDDLE_WGMMA_WIDTHS(HEDDLE_WGMMA_SPARSE_16, "k32.f32.f16.f16")
#endif
}

// bf16, K = 32. TransposeB: B lies with its N contiguous.
template <int N, int Selector, bool TransposeB = false, int Target = kTarget>
__device__ __forceinline__ void wgmma_sp_bf16(float (&d)[N / 2], const FragmentA<4>& a,
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
                       .transpose_b = TransposeB},
                      d, a.r, b, &metadata, accumulate);
#else
  HEDDLE_WGMMA_WIDTHS(HEDDLE_WGMMA_SPARSE_16, "k32.f32.bf16.bf16")
#endif
}

// tf32 (the low 13 bits of an f32 are not looked at), K = 16.
template <int N, int Selector, int Target = kTarget>
__device__ __forceinline__ void wgmma_sp_tf32(float (&d)[N / 2], const FragmentA<4>& a,
                                              std::uint64_t b, const std::uint32_t& metadata,
                                              bool accumulate) {
  static_assert(kWgmmaWidth<N>, "N is 8, 16, 32, 64, 96, 128, 160, 192, 224 or 256");
  static_assert(Selector >= 0 && Selector < 2, "two selectors: lanes 0, 1 or 2, 3 of a quad");
  static_assert(kWgmma<Target>, "wgmma exists on sm_90a alone");
#if defined(HEDDLE_SIMT)
  simt::models::wgmma(
      {.a = Element::tf32, .b = Element::tf32, .n = N, .k = 16, .selector = Selector}, d, a.r, b,
      &metadata, accumulate);
#else
  HEDDLE_WGMMA_WIDTHS(HEDDLE_WGMMA_SPARSE_32, "k16.f32.tf32.tf32")
#endif
}

#undef HEDDLE_WGMMA_SPARSE_16
#undef HEDDLE_WGMMA_SPARSE_32

}  // namespace heddle::arch
