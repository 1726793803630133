#include "host/cpu/tile_greedy.hpp"

#include <algorithm>

namespace heddle::cpu {

void greedy_tile(const TileWeights& weight, Pattern pattern, TileRows& rows) {
  std::uint64_t order[kMaxSide * kMaxSide];  // weight, then the lower position, descending
  const int group = pattern.group, count = group * group;
  constexpr std::uint64_t kLast = kMaxSide * kMaxSide - 1;
  for (int i = 0; i < count; ++i)
    order[i] = static_cast<std::uint64_t>(weight[i / group][i % group]) << 10 |
               (kLast - static_cast<std::uint64_t>(i));
  std::sort(order, order + count, [](std::uint64_t a, std::uint64_t b) { return a > b; });
  int in_row[kMaxSide] = {}, in_column[kMaxSide] = {};
  std::fill(rows, rows + kMaxSide, 0);
  for (int i = 0; i < count; ++i) {
    const int position = static_cast<int>(kLast - (order[i] & kLast));
    const int r = position / group, c = position % group;
    if (in_row[r] == pattern.keep || in_column[c] == pattern.keep) continue;
    rows[r] |= 1u << c;
    ++in_row[r];
    ++in_column[c];
  }
}

}  // namespace heddle::cpu
