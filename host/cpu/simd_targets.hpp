#pragma once
// Highway without its library: its headers compile a file once per instruction set, and the file
// picks among the copies with simd_allowed(). Nothing of Highway is linked.
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
