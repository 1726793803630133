#pragma once
// The 8-bit floats through the f16 instruction, where they have none of their own. f16 holds every
// value of both types, so nothing is rounded.
//
// One step of k64 becomes two f16 steps of k32. The order of k within a step does not matter as long
// as A, B and metadata agree, so that every lane keeps its own entries of A: with chunks of four
// columns, f16 step i takes 8-bit chunk 8s + 2c + i as its chunk 4s + c (s < 2, c < 4).
//
//     A         register r of step i: the i-th pair of entries of 8-bit register r
//     metadata  lane (g, q) serves step q / 2 and half s = q % 2 of k: nibbles i, i + 2, i + 4, i + 6
//               of the words of lanes 4g + 2s (row g) and 4g + 2s + 1 (row g + 8)
//     B         register r, lane q: two of the four columns of 8-bit chunk 4r + 2 (q / 2) + i, which
//               lane 2 (q / 2) + i holds: neighbours swap halves

#include <cstdint>

#include "kernels/arch/convert.cuh"
#include "kernels/arch/fragment.cuh"
#include "kernels/arch/warp.cuh"

namespace heddle {

// An e4m3 by integer and f32 arithmetic. The seven bits of the magnitude as the top
// bits of an f32 are the value times 2^-120, subnormals included.
__device__ __forceinline__ float widen_e4m3(std::uint32_t code) {
  const std::uint32_t magnitude = code & 0x7F;
  const float scaled = __uint_as_float((code & 0x80) << 24 | magnitude << 20) * 0x1p120f;
  return magnitude == 0x7F ? __uint_as_float(0x7FC00000u) : scaled;
}

// Halves 0 and 1 of a result are the low and the high byte of a pair.
__device__ __forceinline__ std::uint32_t widen_e5m2_pair(std::uint32_t low_half) {
  return __byte_perm(low_half, 0, 0x1404);  // e5m2 is the upper half of an f16
}
__device__ __forceinline__ std::uint32_t widen_e4m3_pair(std::uint32_t low_half) {
  if constexpr (arch::kHasFp8Convert)
    return arch::cvt_rn_f16x2_e4m3x2(static_cast<std::uint16_t>(low_half));
  else
    return arch::cvt_rn_f16x2_f32(widen_e4m3(low_half & 0xFF), widen_e4m3(low_half >> 8 & 0xFF));
}

// The pairs of four registers: low halves to the first fragment, high halves to the second. One
// branch for all of them; it is the same in all threads.
template <typename Fragment>
__device__ __forceinline__ void widen_halves(const std::uint32_t (&r)[4], bool e4m3,
                                             Fragment (&to)[2]) {
  if (e4m3) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      to[0].r[i] = widen_e4m3_pair(r[i]);
      to[1].r[i] = widen_e4m3_pair(r[i] >> 16);
    }
  } else {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      to[0].r[i] = widen_e5m2_pair(r[i]);
      to[1].r[i] = __byte_perm(r[i], 0, 0x3424);
    }
  }
}

inline constexpr int kWidenedSteps = 2;  // f16 steps of one 8-bit step

struct WidenedA {
  arch::FragmentA<4> values[kWidenedSteps];
  std::uint32_t metadata;  // of both: selector i serves step i
};

__device__ __forceinline__ WidenedA widen(const arch::FragmentA<4>& a, std::uint32_t metadata,
                                          bool e4m3, int lane) {
  WidenedA wide;
  widen_halves(a.r, e4m3, wide.values);
  const int q = lane % 4, from = (lane & ~3) + 2 * (q % 2);
  std::uint32_t rows[2] = {arch::shfl_idx(metadata, from), arch::shfl_idx(metadata, from + 1)};
#pragma unroll
  for (std::uint32_t& row : rows) {
    row = row >> 4 * (q / 2) & 0x0F0F0F0Fu;
    row = (row | row >> 4) & 0x00FF00FFu;
    row = (row | row >> 8) & 0xFFFFu;
  }
  wide.metadata = rows[0] | rows[1] << 16;
  return wide;
}

struct WidenedB {
  arch::FragmentB<4> values[kWidenedSteps];
};

__device__ __forceinline__ WidenedB widen(const arch::FragmentB<4>& b, bool e4m3, int lane) {
  WidenedB wide;
  const std::uint32_t selector = lane % 2 == 0 ? 0x5410 : 0x3276;  // own and other, low or high
  std::uint32_t both[4];
#pragma unroll
  for (int r = 0; r < 4; ++r) both[r] = __byte_perm(b.r[r], arch::shfl_bfly(b.r[r], 1), selector);
  widen_halves(both, e4m3, wide.values);
  return wide;
}

}  // namespace heddle
