// Simulated annealing over swaps of two columns, every value looked up in a table of all groups
// that the columns could form: a proposal costs two look-ups. Everything that decides is integer
// arithmetic, so machines agree.

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "host/permute_strategies.hpp"
#include "host/permute_subsets.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

constexpr std::int64_t kMostTabulated = 1 << 21;                // values
constexpr std::int64_t kMostTableWork = std::int64_t{1} << 34;  // magnitudes
constexpr std::int64_t kSetsAtOnce = 1 << 16;
constexpr std::int64_t kCheck = 512;  // proposals between looks at the clock

// An exponential variate with mean 1 in 1/65536, from 64 random bits: the leading zeros count the
// halvings, the bits below the first one interpolate between them.
std::int64_t exponential(std::uint64_t bits) {
  const int zeros = std::countl_zero(bits | 1);
  const auto fraction = static_cast<std::int64_t>(bits << zeros << 1 >> 48);
  return ((zeros + 1) * std::int64_t{65536} - fraction) * 45426 >> 16;  // ln 2
}

class Annealer {
 public:
  Annealer(PermuteState& state, const std::vector<std::int32_t>& groups)
      : state_(state), groups_(groups) {
    for (const std::int32_t group : groups)
      column_.insert(column_.end(), state.members(group), state.members(group) + state.size(group));
    choose_ = Binomials(n());
    for (int i = 0; i < n(); ++i) {
      at_.push_back(i);
      term_.push_back({choose_(i, 2), choose_(i, 3), choose_(i, 4)});
    }
    for (const std::int32_t group : groups) {
      first_.push_back(first_.empty() ? 0 : first_.back() + size_.back());
      size_.push_back(state.size(group));
      for (int i = 0; i < size_.back(); ++i)
        group_of_.push_back(static_cast<std::int32_t>(first_.size()) - 1);
    }
  }

  Status tabulate() {
    HEDDLE_TRY(fill(state_.pattern.group, full_));
    if (size_.back() != state_.pattern.group) HEDDLE_TRY(fill(size_.back(), partial_));
    for (std::size_t g = 0; g < size_.size(); ++g) value_.push_back(value_of(g));
    return {};
  }

  // The mean change of a swap, its sign aside.
  std::int64_t typical_change() {
    constexpr int kSamples = 256;
    std::int64_t sum = 0;
    for (int i = 0; i < kSamples; ++i) {
      Swap swap;
      if (!propose(swap)) continue;
      sum += std::abs(swap.change);
      undo(swap);
    }
    return sum / kSamples;
  }

  void run(std::int64_t proposals, std::int64_t start_temperature, bool hot) {
    const double since = state_.budget.seconds();
    const std::int64_t since_steps = state_.budget.steps();
    best_ = at_;
    std::int64_t temperature = 0;
    for (std::int64_t i = 0; i < proposals; ++i) {
      if (i % kCheck == 0) {
        state_.budget.add_steps(i == 0 ? 0 : kCheck);
        if (state_.spent()) break;
        double used = static_cast<double>(i) / static_cast<double>(proposals);
        if (hot) used = std::max(used, state_.budget.used(since, since_steps));
        const auto left = static_cast<std::int64_t>((1 - used) * 4096);
        temperature = start_temperature * (left * left >> 12) >> 12;
      }
      Swap swap;
      if (!propose(swap)) continue;
      if (swap.change < 0 && -swap.change > temperature * exponential(state_.random.next()) >> 16) {
        undo(swap);
        continue;
      }
      value_[swap.a] = swap.value_a;
      value_[swap.b] = swap.value_b;
      change_ += swap.change;
      if (change_ > best_change_) {
        best_change_ = change_;
        best_ = at_;
      }
    }
  }

  // Leaves the best in the state.
  Status finish() {
    std::int64_t i = 0;
    for (const std::int32_t group : groups_)
      for (int m = 0; m < state_.size(group); ++m)
        state_.members(group)[m] = column_[static_cast<std::size_t>(best_[index(i++)])];
    HEDDLE_TRY(state_.evaluate(groups_));
    state_.note_best();
    return {};
  }

 private:
  struct Swap {
    std::size_t i, j, a, b;  // places, groups
    std::int64_t value_a, value_b, change;
  };

  static std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }
  int n() const { return static_cast<int>(column_.size()); }

  Status fill(int size, std::vector<std::int64_t>& table) {
    const std::int64_t count = choose_(n(), size);
    table.resize(index(count));
    std::vector<std::int32_t> subset(index(size)), sets;
    for (int i = 0; i < size; ++i) subset[index(i)] = i;
    sets.resize(index(std::min(kSetsAtOnce, count) * size));
    for (std::int64_t first = 0; first < count; first += kSetsAtOnce) {
      if (state_.spent()) return {};
      const std::int64_t some = std::min(kSetsAtOnce, count - first);
      std::int32_t* to = sets.data();
      for (std::int64_t s = 0; s < some; ++s) {
        for (int i = 0; i < size; ++i) *to++ = column_[index(subset[index(i)])];
        if (first + s + 1 < count) next_subset(subset.data(), size);
      }
      HEDDLE_TRY(
          state_.evaluator.values(sets.data(), some, size, state_.keep(), &table[index(first)]));
    }
    return {};
  }

  std::int64_t value_of(std::size_t group) const {
    const std::int32_t* at = at_.data() + first_[group];
    if (size_[group] == 4 && state_.pattern.group == 4) {
      const std::int32_t a = std::min(at[0], at[1]), b = std::max(at[0], at[1]);
      const std::int32_t c = std::min(at[2], at[3]), d = std::max(at[2], at[3]);
      const std::int32_t low = std::max(a, c), high = std::min(b, d);
      return full_[index(std::min(a, c) + term_[index(std::min(low, high))][0] +
                         term_[index(std::max(low, high))][1] + term_[index(std::max(b, d))][2])];
    }
    std::int32_t sorted[32];
    const int size = size_[group];
    std::copy(at, at + size, sorted);
    std::sort(sorted, sorted + size);
    std::int64_t number = 0;
    for (int i = 0; i < size; ++i) number += choose_(sorted[i], i + 1);
    return (size == state_.pattern.group ? full_ : partial_)[index(number)];
  }

  // Swaps two random places of different groups.
  bool propose(Swap& swap) {
    const std::uint64_t bits = state_.random.next();
    const auto count = static_cast<std::uint64_t>(n());
    swap.i = (bits & 0xFFFFFFFF) * count >> 32;
    swap.j = (bits >> 32) * count >> 32;
    swap.a = index(group_of_[swap.i]);
    swap.b = index(group_of_[swap.j]);
    if (swap.a == swap.b) return false;
    std::swap(at_[swap.i], at_[swap.j]);
    swap.value_a = value_of(swap.a);
    swap.value_b = value_of(swap.b);
    swap.change = swap.value_a + swap.value_b - value_[swap.a] - value_[swap.b];
    return true;
  }
  void undo(const Swap& swap) { std::swap(at_[swap.i], at_[swap.j]); }

  PermuteState& state_;
  const std::vector<std::int32_t>& groups_;
  Binomials choose_{0};
  std::vector<std::array<std::int64_t, 3>> term_;  // of a column in the number of a group of four
  std::vector<std::int32_t> column_;               // of the matrix
  std::vector<std::int32_t> at_, best_;            // indices of column_, group after group
  std::vector<std::int32_t> first_, group_of_;     // place of a group, group of a place
  std::vector<int> size_;
  std::vector<std::int64_t> full_, partial_;  // by number of the subset
  std::vector<std::int64_t> value_;
  std::int64_t change_ = 0, best_change_ = 0;  // since the start
};

}  // namespace

bool can_tabulate(const PermuteState& state, std::int64_t columns) {
  if (columns > 4096) return false;
  const Binomials choose(static_cast<int>(columns));
  const std::int64_t count = choose(static_cast<int>(columns), state.pattern.group) +
                             choose(static_cast<int>(columns), state.rest);
  return count <= kMostTabulated &&
         count * state.pattern.group <=
             kMostTableWork / std::max<std::int64_t>(state.evaluator.rows(), 1);
}

Status anneal(PermuteState& state, const std::vector<std::int32_t>& groups, std::int64_t proposals,
              bool hot) {
  if (groups.size() < 2) return {};
  Annealer annealer(state, groups);
  HEDDLE_TRY(annealer.tabulate());
  if (state.spent()) return {};  // perhaps before the table was full
  // Found by trying 2 to 32.
  annealer.run(proposals, annealer.typical_change() / (hot ? 4 : 32), hot);
  return annealer.finish();
}

}  // namespace heddle
