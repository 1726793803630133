#pragma once
// Highway without its library: its headers compile a file once per instruction set, and the file
// picks among the copies with HEDDLE_RETURN_BEST. Nothing of Highway is linked.
//
// Include this before hwy/foreach_target.h. On x86 the copies are the baseline, AVX2 and AVX-512.

#include <hwy/detect_targets.h>

#if defined(HWY_AVX3_ZEN4) && defined(HWY_AVX3_SPR)  // names that newer Highway versions add
#define HEDDLE_NEWER_AVX3 (HWY_AVX3_ZEN4 | HWY_AVX3_SPR)
#else
#define HEDDLE_NEWER_AVX3 0
#endif
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS                                                                   \
  (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HEDDLE_NEWER_AVX3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | \
   HWY_SVE2_128)

#include "host/cpu/simd.hpp"

// Body of a function that returns the best allowed copy of the table `ops`; use under HWY_ONCE.
#if HWY_TARGETS & HWY_AVX3
#define HEDDLE_RETURN_AVX512(ops) \
  if (simd_allowed(SimdLevel::avx512)) return N_AVX3::ops
#else
#define HEDDLE_RETURN_AVX512(ops)
#endif
#if HWY_TARGETS & HWY_AVX2
#define HEDDLE_RETURN_AVX2(ops) \
  if (simd_allowed(SimdLevel::avx2)) return N_AVX2::ops
#else
#define HEDDLE_RETURN_AVX2(ops)
#endif
#define HEDDLE_RETURN_BEST(ops) \
  HEDDLE_RETURN_AVX512(ops);    \
  HEDDLE_RETURN_AVX2(ops);      \
  return HWY_STATIC_DISPATCH(ops)
