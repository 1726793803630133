#include "host/cpu/tile_fast.hpp"

#include <algorithm>
#include <bit>

#include "kernels/tile/tile_fast.hpp"

namespace heddle::cpu {
namespace {

constexpr std::int32_t kUnit = 1 << tile::kFastBits;

class Fast {
 public:
  Fast(const TileWeights& weight, Pattern pattern, TileRows& rows)
      : group_(pattern.group), keep_(pattern.keep), rows_(rows) {
    std::uint32_t largest = 0;
    for (int r = 0; r < group_; ++r)
      for (int c = 0; c < group_; ++c)
        if (weight[r][c] < tile::kInfinity) largest = std::max(largest, weight[r][c]);
    const int low = tile::top_of(largest) - tile::kFastBits;
    for (int r = 0; r < group_; ++r)
      for (int c = 0; c < group_; ++c) q_[r][c] = tile::fast_weight(weight[r][c], low);
  }

  void solve(TileRule rule) {
    if (keep_ == group_) {
      std::fill(rows_, rows_ + group_, ~0u >> (32 - group_));
      return;
    }
    set_prices();
    for (int r = 0; r < group_; ++r) take_best(r);
    balance();
    sweep(tile::kFastSweeps, [&](int a, int b) { return exchange(a, b); });
    if (rule != TileRule::at_most) return;
    sweep(tile::kFastLooseSweeps, [&](int a, int b) {
      const bool first = loosen(a, b), second = loosen(b, a);
      return exchange(a, b) || first || second;
    });
    fill();
  }

 private:
  // A number that keep_ of the group_ values exceed, nearly.
  template <class F>
  std::int32_t price(const F& value) const {
    std::int32_t values[kMaxSide];
    for (int i = 0; i < group_; ++i) values[i] = value(i);
    std::int32_t low = -kUnit, high = kUnit;
    for (int step = 0; step < tile::kFastSteps; ++step) {
      const std::int32_t middle = (low + high) >> 1;
      int above = 0;
      for (int i = 0; i < group_; ++i) above += values[i] > middle;
      if (above >= keep_) low = middle;
      if (above <= keep_) high = middle;
    }
    return (low + high) >> 1;
  }

  void set_prices() {
    const auto p = [&](int r, int c) { return std::min(q_[r][c], kUnit); };
    std::int32_t row_price[kMaxSide] = {};
    for (int round = 0; round < tile::kFastRounds; ++round) {
      for (int c = 0; c < group_; ++c)
        column_price_[c] = price([&](int r) { return p(r, c) - row_price[r]; });
      for (int r = 0; r < group_; ++r)
        row_price[r] = price([&](int c) { return p(r, c) - column_price_[c]; });
    }
  }

  void take_best(int r) {
    rows_[r] = 0;
    for (int c = 0; c < group_; ++c) {
      const std::int32_t mine = q_[r][c] - column_price_[c];
      int ahead = 0;
      for (int other = 0; other < group_; ++other) {
        const std::int32_t value = q_[r][other] - column_price_[other];
        ahead += value > mine || (value == mine && other < c);
      }
      if (ahead >= keep_) continue;
      rows_[r] |= 1u << c;
      ++column_count_[c];
    }
  }

  void balance() {
    for (int c = 0; c < group_; ++c)
      while (column_count_[c] > keep_) hand_over(c);
  }

  void hand_over(int c) {
    bool found = false;
    std::int32_t best = 0;
    int to = 0, row = 0;
    for (int j = 0; j < group_; ++j) {
      if (column_count_[j] >= keep_) continue;
      for (int r = 0; r < group_; ++r) {
        if ((rows_[r] >> c & 1u) == 0 || (rows_[r] >> j & 1u) != 0) continue;
        const std::int32_t gain = q_[r][j] - q_[r][c];
        if (found && gain <= best) continue;
        found = true;
        best = gain;
        to = j;
        row = r;
      }
    }
    rows_[row] ^= 1u << c | 1u << to;
    --column_count_[c];
    ++column_count_[to];
  }

  template <class F>
  void sweep(int times, const F& meet) const {
    bool changed = true;
    for (int i = 0; i < times && changed; ++i) {
      changed = false;
      for (int round = 0; round < tile::fast_rounds(group_); ++round)
        for (int pair = 0; pair < tile::fast_pairs(group_); ++pair) {
          const tile::RowPair rows = tile::fast_pair(group_, round, pair);
          if (rows.b < group_ && meet(rows.a, rows.b)) changed = true;
        }
    }
  }

  // The column of `set` with the largest value, the first of equal ones; -1 for none.
  template <class F>
  static int largest_of(std::uint32_t set, const F& value) {
    int best = -1;
    for (; set != 0; set &= set - 1) {
      const int c = std::countr_zero(set);
      if (best < 0 || value(c) > value(best)) best = c;
    }
    return best;
  }

  bool exchange(int a, int b) {
    bool changed = false;
    for (;; changed = true) {
      const auto d = [&](int c) { return q_[a][c] - q_[b][c]; };
      const int j = largest_of(rows_[b] & ~rows_[a], d);
      const int c = largest_of(rows_[a] & ~rows_[b], [&](int i) { return -d(i); });
      if (j < 0 || c < 0 || d(j) <= d(c)) return changed;
      rows_[a] ^= 1u << j | 1u << c;
      rows_[b] ^= 1u << j | 1u << c;
    }
  }

  bool loosen(int x, int y) {
    const auto gain = [&](int c) { return q_[x][c] - q_[y][c]; };
    const int j = largest_of(rows_[y] & ~rows_[x], gain);
    if (j < 0) return false;
    if (std::popcount(rows_[x]) < keep_) {
      if (gain(j) <= 0) return false;
    } else {
      const int c = largest_of(rows_[x] & rows_[y], [&](int i) { return -q_[x][i]; });
      if (c < 0 || gain(j) <= q_[x][c]) return false;
      rows_[x] ^= 1u << c;
      --column_count_[c];
    }
    rows_[x] |= 1u << j;
    rows_[y] &= ~(1u << j);
    return true;
  }

  void fill() {
    for (int r = 0; r < group_; ++r)
      for (int c = 0; c < group_; ++c)
        if ((rows_[r] >> c & 1u) == 0 && std::popcount(rows_[r]) < keep_ &&
            column_count_[c] < keep_) {
          rows_[r] |= 1u << c;
          ++column_count_[c];
        }
  }

  int group_, keep_;
  TileRows& rows_;
  std::int32_t q_[kMaxSide][kMaxSide];
  std::int32_t column_price_[kMaxSide] = {};
  int column_count_[kMaxSide] = {};
};

}  // namespace

void best_tile_fast(const TileWeights& weight, Pattern pattern, TileRule rule, TileRows& rows) {
  Fast(weight, pattern, rows).solve(rule);
}

}  // namespace heddle::cpu
