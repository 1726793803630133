#pragma once
// The 35 ways to cut a window of 8 columns into two groups of four, the same list on both paths.

#include <cstdint>

#include "kernels/layout/host_device.hpp"

namespace heddle {

inline constexpr int kSplits = 35;
inline constexpr int kPairs = 28;  // of 8 columns

// Of a window: the split whose kept magnitude is the largest (the first of them) and by how much
// it beats split 0, the window as it stands. In quanta.
struct SplitChoice {
  std::int64_t gain;
  std::int64_t split;
};

// The number of pair (i, j), i < j < 8, in lexicographic order.
HEDDLE_HD constexpr int pair_index(int i, int j) { return i * (15 - i) / 2 + j - i - 1; }

struct Splits {
  int member[kSplits][8];  // columns of the first group ascending (0 among them), of the second
  int pair[kSplits][4];    // each group as two pairs: 0, 1 make the first group, 2, 3 the second
};

HEDDLE_HD constexpr Splits make_splits() {
  Splits s{};
  int n = 0;
  for (int b = 1; b < 8; ++b)
    for (int c = b + 1; c < 8; ++c)
      for (int d = c + 1; d < 8; ++d, ++n) {
        int* m = s.member[n];
        m[0] = 0, m[1] = b, m[2] = c, m[3] = d;
        int at = 4;
        for (int x = 1; x < 8; ++x)
          if (x != b && x != c && x != d) m[at++] = x;
        for (int p = 0; p < 4; ++p) s.pair[n][p] = pair_index(m[2 * p], m[2 * p + 1]);
      }
  return s;
}

}  // namespace heddle
