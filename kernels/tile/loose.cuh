#pragma once
// A bound for the masks that rule at_most has beyond the exact ones: 7 entries, of which one, at
// (r, c), is alone in its row and in its column.

#include "kernels/tile/fixed_point.cuh"
#include "kernels/tile/two_of_four.cuh"

namespace heddle {

// The largest of what they keep less what they drop, to within a few units. With p the other row of
// r's half, s and x the sum and difference of the other half's rows, and columns c, j, m, n:
//
//     2 (w_rc - w_pc) + sum_p - sum_r + s_j - s_c - 2 w_pj + |x_m - x_n|
__device__ __forceinline__ float best_loose(const float (&u)[16]) {
  float best = -0x1p30f;
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    float s[4], x[4];
#pragma unroll
    for (int c = 0; c < 4; ++c) {
      const float upper = u[8 - 8 * half + c] - kWholeOffset;
      const float lower = u[12 - 8 * half + c] - kWholeOffset;
      s[c] = upper + lower;
      x[c] = upper - lower;
    }
    const PairDifferences other(x);
#pragma unroll
    for (int row = 0; row < 2; ++row) {
      float alone[4], twice[4], ahead = 0.0f;
#pragma unroll
      for (int c = 0; c < 4; ++c) {
        const float w_r = u[8 * half + 4 * row + c], w_p = u[8 * half + 4 - 4 * row + c];
        ahead += w_p - w_r;
        alone[c] = __fmaf_rn(2.0f, w_r - w_p, -s[c]);
        twice[c] = __fmaf_rn(-2.0f, w_p - kWholeOffset, s[c]);
      }
      float most = -0x1p30f;
#pragma unroll
      for (int k = 0; k < 6; ++k) {
        constexpr int kLow[6] = {0, 2, 0, 1, 0, 1}, kHigh[6] = {1, 3, 2, 3, 3, 2};
        const float both =
            larger(alone[kLow[k]] + twice[kHigh[k]], alone[kHigh[k]] + twice[kLow[k]]);
        most = larger(most, both + other.size(k ^ 1));
      }
      best = larger(best, most + ahead);
    }
  }
  return best;
}

}  // namespace heddle
