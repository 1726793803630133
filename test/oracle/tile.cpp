#include "test/oracle/tile.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>

#include "test/oracle/codes.hpp"

namespace heddle::oracle {
namespace {

std::size_t square(int group) {
  return static_cast<std::size_t>(group) * static_cast<std::size_t>(group);
}

struct Counts {
  std::vector<int> row, col;
};

Counts counts_of(const TileMask& mask, int group) {
  Counts n{std::vector<int>(static_cast<std::size_t>(group)),
           std::vector<int>(static_cast<std::size_t>(group))};
  for (std::size_t i = 0; i < mask.size(); ++i) {
    if (!mask[i]) continue;
    ++n.row[i / static_cast<std::size_t>(group)];
    ++n.col[i % static_cast<std::size_t>(group)];
  }
  return n;
}

// Entry by entry, kept first; gives up where a row or column has too many, or, for the exact rule,
// a finished row too few.
void extend(Pattern pattern, TileRule rule, TileMask& mask, std::size_t next, Counts& n,
            std::vector<TileMask>& all) {
  const auto group = static_cast<std::size_t>(pattern.group);
  if (next == mask.size()) {
    if (obeys(mask, pattern, rule)) all.push_back(mask);
    return;
  }
  const std::size_t r = next / group, c = next % group;
  if (c == 0 && r > 0 && rule == TileRule::exact && n.row[r - 1] < pattern.keep) return;
  if (n.row[r] < pattern.keep && n.col[c] < pattern.keep) {
    mask[next] = true;
    ++n.row[r], ++n.col[c];
    extend(pattern, rule, mask, next + 1, n, all);
    mask[next] = false;
    --n.row[r], --n.col[c];
  }
  extend(pattern, rule, mask, next + 1, n, all);
}

std::vector<KeptWeight> exact_weights(const TileWeights& weights) {
  return {weights.begin(), weights.end()};
}

KeptWeight sum_of(const std::vector<KeptWeight>& weights, const TileMask& mask) {
  KeptWeight sum;
  for (std::size_t i = 0; i < mask.size(); ++i)
    if (mask[i]) sum += weights[i];
  return sum;
}

}  // namespace

ExactSum::ExactSum(double value) {
  int exponent;
  double left = std::frexp(value, &exponent);  // value = left * 2^exponent
  // Digit by digit from the top of the 352 bits: what a double holds of each is exact.
  for (int i = 10; i >= 0 && left > 0; --i) {
    const double scaled = std::ldexp(left, exponent + 149 - 32 * i);
    const double whole = std::floor(scaled);
    digit_[i] = static_cast<std::uint32_t>(whole);
    left = std::ldexp(scaled - whole, 32 * i - 149 - exponent);
  }
}

ExactSum& ExactSum::operator+=(const ExactSum& other) {
  std::uint64_t carry = 0;
  for (int i = 0; i < 11; ++i) {
    carry += std::uint64_t{digit_[i]} + other.digit_[i];
    digit_[i] = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
  return *this;
}

bool operator<(const ExactSum& a, const ExactSum& b) {
  for (int i = 10; i >= 0; --i)
    if (a.digit_[i] != b.digit_[i]) return a.digit_[i] < b.digit_[i];
  return false;
}

KeptWeight::KeptWeight(double weight) {
  if (std::isnan(weight))
    nan = 1;
  else if (std::isinf(weight))
    infinite = 1;
  else
    finite = ExactSum(weight);
}

KeptWeight& KeptWeight::operator+=(const KeptWeight& other) {
  nan += other.nan;
  infinite += other.infinite;
  finite += other.finite;
  return *this;
}

bool operator<(const KeptWeight& a, const KeptWeight& b) {
  return std::tie(a.nan, a.infinite, a.finite) < std::tie(b.nan, b.infinite, b.finite);
}

double tile_weight(DataType type, Ranking ranking, std::uint32_t bits) {
  const double x = decode(type, bits);
  if (std::isnan(x)) return x;
  if (ranking == Ranking::magnitude) return std::fabs(x);
  return x > 0 ? x : 0;
}

TileWeights tile_weights(const Matrix& m, std::int64_t row, std::int64_t col, int group,
                         Ranking ranking) {
  TileWeights weights;
  for (std::int64_t r = row; r < row + group; ++r)
    for (std::int64_t c = col; c < col + group; ++c)
      weights.push_back(r < m.rows() && c < m.cols() ? tile_weight(m.type(), ranking, m.bits(r, c))
                                                     : 0);
  return weights;
}

KeptWeight kept_weight(const TileWeights& weights, const TileMask& mask) {
  return sum_of(exact_weights(weights), mask);
}

bool obeys(const TileMask& mask, Pattern pattern, TileRule rule) {
  const Counts n = counts_of(mask, pattern.group);
  const auto full = [&](int count) { return count == pattern.keep; };
  if (rule == TileRule::exact)
    return std::all_of(n.row.begin(), n.row.end(), full) &&
           std::all_of(n.col.begin(), n.col.end(), full);
  const auto over = [&](int count) { return count > pattern.keep; };
  if (std::any_of(n.row.begin(), n.row.end(), over)) return false;
  if (std::any_of(n.col.begin(), n.col.end(), over)) return false;
  const auto group = static_cast<std::size_t>(pattern.group);
  for (std::size_t i = 0; i < mask.size(); ++i)
    if (!mask[i] && !full(n.row[i / group]) && !full(n.col[i % group])) return false;  // addable
  return true;
}

const std::vector<TileMask>& all_tile_masks(Pattern pattern, TileRule rule) {
  static std::map<std::tuple<int, int, TileRule>, std::vector<TileMask>> cache;
  std::vector<TileMask>& all = cache[{pattern.keep, pattern.group, rule}];
  if (all.empty()) {
    TileMask mask(square(pattern.group));
    const auto side = static_cast<std::size_t>(pattern.group);
    Counts none{std::vector<int>(side), std::vector<int>(side)};
    extend(pattern, rule, mask, 0, none, all);
  }
  return all;
}

TileMask best_tile(const TileWeights& weights, Pattern pattern, TileRule rule) {
  if (rule == TileRule::greedy) return greedy_tile(weights, pattern);
  const std::vector<KeptWeight> exact = exact_weights(weights);
  const TileMask* best = nullptr;
  KeptWeight most;
  for (const TileMask& mask : all_tile_masks(pattern, rule)) {
    const KeptWeight kept = sum_of(exact, mask);
    if (best != nullptr && !(most < kept)) continue;
    best = &mask;
    most = kept;
  }
  return *best;
}

TileMask greedy_tile(const TileWeights& weights, Pattern pattern) {
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const std::vector<KeptWeight> exact = exact_weights(weights);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return exact[b] < exact[a]; });
  const auto group = static_cast<std::size_t>(pattern.group);
  TileMask mask(weights.size());
  std::vector<int> row(group), col(group);
  for (const std::size_t i : order) {
    if (row[i / group] == pattern.keep || col[i % group] == pattern.keep) continue;
    mask[i] = true;
    ++row[i / group], ++col[i % group];
  }
  return mask;
}

Mask best_tile_mask_of(const Matrix& m, const TilePattern& pattern, Ranking ranking) {
  Mask mask(m.rows(), m.cols());
  const int group = pattern.pattern.group;
  for (std::int64_t row = 0; row < m.rows(); row += group)
    for (std::int64_t col = 0; col < m.cols(); col += group) {
      const TileMask tile =
          best_tile(tile_weights(m, row, col, group, ranking), pattern.pattern, pattern.rule);
      for (std::int64_t r = row; r < std::min(row + group, m.rows()); ++r)
        for (std::int64_t c = col; c < std::min(col + group, m.cols()); ++c)
          mask.set(r, c, tile[static_cast<std::size_t>((r - row) * group + c - col)]);
    }
  return mask;
}

TileMask tile_of(const Mask& mask, std::int64_t row, std::int64_t col, int group) {
  TileMask tile(square(group));
  for (std::int64_t r = row; r < std::min(row + group, mask.rows()); ++r)
    for (std::int64_t c = col; c < std::min(col + group, mask.cols()); ++c)
      tile[static_cast<std::size_t>((r - row) * group + c - col)] = mask.kept(r, c);
  return tile;
}

}  // namespace heddle::oracle
