// Optimal groupings: all of them for a few columns, and matchings.

#include <algorithm>
#include <bit>
#include <numeric>

#include "host/permute_assignment.hpp"
#include "host/permute_matching.hpp"
#include "host/permute_strategies.hpp"
#include "host/permute_subsets.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

constexpr std::int64_t kMany = std::int64_t{1} << 62;
constexpr std::int64_t kMostExhaustiveCols = 24;

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

// Values of all subsets of `size` of the first n columns, by the bits of their columns.
class SubsetValues {
 public:
  SubsetValues(int n, int size) : choose_(n), size_(size), value_(index(choose_(n, size))) {}
  Status evaluate(PermuteState& state) {
    std::vector<std::int32_t> subset(index(size_)), sets;
    std::iota(subset.begin(), subset.end(), 0);
    for (std::size_t i = 0; i < value_.size(); ++i) {
      sets.insert(sets.end(), subset.begin(), subset.end());
      if (i + 1 < value_.size()) next_subset(subset.data(), size_);
    }
    return state.evaluator.values(sets.data(), std::ssize(value_), size_, state.keep(),
                                  value_.data());
  }
  std::int64_t of(std::uint32_t bits) const {
    std::int64_t number = 0;
    for (int i = 1; bits != 0; bits &= bits - 1, ++i) number += choose_(std::countr_zero(bits), i);
    return value_[index(number)];
  }

 private:
  Binomials choose_;
  int size_;
  std::vector<std::int64_t> value_;
};

// Best ways to fill groups with the columns of a set, over all sets that whole groups can make up:
// the lowest column outside joins the next group with every choice of others.
class Fillings {
 public:
  Fillings(int n, const Pattern& pattern, const SubsetValues& full, const SubsetValues* partial)
      : n_(n),
        group_(pattern.group),
        rest_(n % pattern.group),
        full_(full),
        partial_(partial),
        best_(std::size_t{1} << n, -1),
        last_(best_.size()) {
    best_[0] = 0;
    const std::uint32_t all = everything();
    for (std::uint32_t set = 0; set < all; ++set) {
      if (best_[set] < 0) continue;
      const std::uint32_t lowest = ~set & (set + 1);
      const int inside = std::popcount(set);
      const bool has_partial = rest_ != 0 && inside % group_ == rest_;
      if (inside + group_ <= n_ - (has_partial ? 0 : rest_)) extend(set, lowest, group_, full_);
      if (partial_ && !has_partial) extend(set, lowest, rest_, *partial_);
    }
  }

  // Groups after each other, the partial one last.
  std::vector<std::int32_t> order() const {
    std::vector<std::int32_t> order, partial;
    for (std::uint32_t set = everything(); set != 0; set ^= last_[set]) {
      auto& to = std::popcount(last_[set]) == group_ ? order : partial;
      for (std::uint32_t bits = last_[set]; bits != 0; bits &= bits - 1)
        to.push_back(std::countr_zero(bits));
    }
    order.insert(order.end(), partial.begin(), partial.end());
    return order;
  }

 private:
  std::uint32_t everything() const { return (std::uint32_t{1} << n_) - 1; }

  void extend(std::uint32_t set, std::uint32_t lowest, int size, const SubsetValues& values) {
    const std::uint32_t free = everything() & ~(set | lowest);
    // All subsets of `free` with size - 1 members, as the deposits of a running combination.
    std::vector<int> place;
    for (std::uint32_t bits = free; bits != 0; bits &= bits - 1)
      place.push_back(std::countr_zero(bits));
    const int others = size - 1;
    if (others > std::ssize(place)) return;
    std::vector<std::int32_t> at(index(others));
    std::iota(at.begin(), at.end(), 0);
    for (;;) {
      std::uint32_t group = lowest;
      for (const std::int32_t i : at) group |= std::uint32_t{1} << place[index(i)];
      const std::int64_t sum = best_[set] + values.of(group);
      if (sum > best_[set | group]) {
        best_[set | group] = sum;
        last_[set | group] = group;
      }
      if (others == 0) return;
      next_subset(at.data(), others);
      if (at.back() >= std::ssize(place)) return;
    }
  }

  int n_, group_, rest_;
  const SubsetValues& full_;
  const SubsetValues* partial_;
  std::vector<std::int64_t> best_;
  std::vector<std::uint32_t> last_;  // the group that completed a set
};

}  // namespace

// At most: every set of whole groups without the lowest column outside, times the choices.
std::int64_t exhaustive_steps(std::int64_t cols, Pattern pattern) {
  const int group = pattern.group;
  if (cols <= group || group == 1) return 0;
  if (cols > kMostExhaustiveCols) return kMany;
  const auto n = static_cast<int>(cols);
  const Binomials choose(n);
  const int rest = n % group;
  std::int64_t steps = 0;
  for (int inside = 0; inside < n; ++inside) {
    const bool whole = inside % group == 0, has_partial = rest != 0 && inside % group == rest;
    if (!whole && !has_partial) continue;
    const std::int64_t sets = choose(n, inside);
    const int free = n - inside - 1;
    if (free >= group - 1) steps += sets * choose(free, group - 1);
    if (rest != 0 && whole) steps += sets * choose(free, rest - 1);
  }
  return steps;
}

Status search_exhaustive(PermuteState& state) {
  const auto n = static_cast<int>(state.cols());
  const int group = state.pattern.group;
  if (n <= group || group == 1) return {};
  SubsetValues full(n, group);
  HEDDLE_TRY(full.evaluate(state));
  SubsetValues partial(n, std::max(state.rest, 1));
  if (state.rest != 0) HEDDLE_TRY(partial.evaluate(state));
  state.order = Fillings(n, state.pattern, full, state.rest != 0 ? &partial : nullptr).order();
  state.budget.add_steps(exhaustive_steps(n, state.pattern));
  return state.evaluate_all();
}

// Units of columns are paired, the pairs again, until they are groups; what a pair of units of
// size s is worth is what keep * s / group of each s keep. Columns beyond the last are empty ones:
// units that hold some prefer each other, so that one group has them all.
Status search_matching(PermuteState& state) {
  const std::int64_t cols = state.cols();
  const int group = state.pattern.group;
  std::vector<std::vector<std::int32_t>> units;
  for (std::int32_t c = 0; c < cols; ++c) units.push_back({c});
  units.resize(index((cols + group - 1) / group * group));
  for (int size = 2; size <= group; size *= 2) {
    const int keep = size == group ? state.keep() : std::max(1, state.keep() * size / group);
    const std::int64_t n = std::ssize(units);
    std::vector<std::int64_t> weight(index(n * n));
    std::vector<std::vector<std::int32_t>> sets(index(size + 1));  // by number of columns
    std::vector<std::vector<std::int64_t>> places(index(size + 1));
    std::int64_t most = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = i + 1; j < n; ++j) {
        const auto& a = units[index(i)];
        const auto& b = units[index(j)];
        const std::size_t both = a.size() + b.size();
        sets[both].insert(sets[both].end(), a.begin(), a.end());
        sets[both].insert(sets[both].end(), b.begin(), b.end());
        places[both].push_back(i * n + j);
      }
      if (i + 1 < n && std::ssize(sets.back()) < (1 << 20)) continue;
      if (state.spent()) return {};
      for (int s = 1; s <= size; ++s) {
        std::vector<std::int64_t> values(places[index(s)].size());
        if (values.empty()) continue;
        HEDDLE_TRY(state.evaluator.values(sets[index(s)].data(), std::ssize(values), s, keep,
                                          values.data()));
        for (std::size_t p = 0; p < values.size(); ++p) {
          const std::int64_t at = places[index(s)][p];
          weight[index(at)] = weight[index(at % n * n + at / n)] = values[p];
          most = std::max(most, values[p]);
        }
        state.budget.add_steps(std::ssize(values));
        sets[index(s)].clear();
        places[index(s)].clear();
      }
    }
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < n; ++j)
        if (i != j && std::ssize(units[index(i)]) < size / 2 &&
            std::ssize(units[index(j)]) < size / 2)
          weight[index(i * n + j)] += (most + 1) * n;
    const std::vector<std::int32_t> mate =
        best_matching(weight, static_cast<std::int32_t>(n), [&] { return state.spent(); });
    if (mate.empty()) return {};
    std::vector<std::vector<std::int32_t>> pairs;
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t j = mate[index(i)];
      if (j < i) continue;
      pairs.push_back(units[index(i)]);
      pairs.back().insert(pairs.back().end(), units[index(j)].begin(), units[index(j)].end());
    }
    units = std::move(pairs);
  }
  std::stable_partition(units.begin(), units.end(),
                        [&](const auto& unit) { return std::ssize(unit) == group; });
  std::vector<std::int32_t> order;
  for (const auto& unit : units) order.insert(order.end(), unit.begin(), unit.end());
  state.order = std::move(order);
  return state.evaluate_all();
}

}  // namespace heddle
