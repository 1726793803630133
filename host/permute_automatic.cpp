// The best there is: matching, assignments, windows, annealing, as far as the size allows.

#include <algorithm>
#include <bit>
#include <numeric>

#include "host/permute_assignment.hpp"
#include "host/permute_strategies.hpp"
#include "host/permute_subsets.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

constexpr std::int64_t kWindowEscapes = 300;  // of the first; later ones anneal
constexpr std::int64_t kMostPairedGroups = 4096;
constexpr std::int64_t kMostPairWork = 1 << 27;  // pairs of groups, doubled, times rows
constexpr std::int64_t kProposals = 512;         // of an escape, for each of its columns
constexpr std::int64_t kMatchedCols = 512;       // above, the matching takes longer than it gives
constexpr std::int64_t kWindowSets = 40'000;     // groups of 4: 32 columns

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

// Takes column slot[g] out of every group g and puts the columns back in the best way.
Status assign(PermuteState& state, const std::vector<int>& slot) {
  const std::int32_t n = state.groups();
  std::vector<std::int64_t> weight(index(std::int64_t{n} * n));
  std::vector<std::int32_t> sets;
  std::int64_t first = 0, rows = 0;  // groups in `sets`
  for (std::int32_t g = 0; g < n; ++g) {
    const int size = state.size(g);
    for (std::int32_t c = 0; c < n; ++c)
      for (int i = 0; i < size; ++i)
        sets.push_back(i == slot[index(g)] ? state.members(c)[slot[index(c)]]
                                           : state.members(g)[i]);
    ++rows;
    const bool more = g + 1 < n && state.size(g + 1) == size && std::ssize(sets) < (1 << 20);
    if (more) continue;
    if (state.spent()) return {};
    HEDDLE_TRY(state.evaluator.values(sets.data(), rows * n, size, state.keep(),
                                      weight.data() + first * n));
    state.budget.add_steps(rows * n);
    first += rows;
    rows = 0;
    sets.clear();
  }
  const std::vector<std::int32_t> to = best_assignment(weight, n);
  std::vector<std::int32_t> taken(index(n));
  for (std::int32_t c = 0; c < n; ++c) taken[index(c)] = state.members(c)[slot[index(c)]];
  state.kept = 0;
  for (std::int32_t g = 0; g < n; ++g) {
    state.members(g)[slot[index(g)]] = taken[index(to[index(g)])];
    state.value[index(g)] = weight[index(std::int64_t{g} * n + to[index(g)])];
    state.kept += state.value[index(g)];
  }
  state.note_best();
  return {};
}

// As many groups as annealing may tabulate.
std::int32_t window_groups(const PermuteState& state) {
  const int group = state.pattern.group;
  std::int32_t count = 1;
  while (count < state.groups() && count * group < 512) {
    const int cols = (count + 1) * group;
    if (Binomials(cols)(cols, group) > kWindowSets || !can_tabulate(state, cols)) break;
    ++count;
  }
  return count;
}

Status escape_by_windows(PermuteState& state, std::int32_t count, std::int64_t escapes) {
  std::vector<std::int32_t> all(state.value.size());
  std::iota(all.begin(), all.end(), 0);
  for (std::int64_t i = 0; i < escapes && !state.spent(); ++i) {
    for (std::int32_t k = 0; k < count; ++k)
      std::swap(all[index(k)], all[index(k + state.random.below(std::ssize(all) - k))]);
    std::vector<std::int32_t> groups(all.begin(), all.begin() + count);
    std::sort(groups.begin(), groups.end());  // a partial group is the last
    HEDDLE_TRY(anneal(state, groups, kProposals * count * state.pattern.group, false));
  }
  return {};
}

}  // namespace

Status search_assignments(PermuteState& state, std::int64_t rounds) {
  const std::int32_t n = state.groups();
  if (n < 2) return {};
  std::vector<int> offset(index(n));
  std::int64_t vain = 0;
  for (std::int64_t round = 0; round < rounds && vain < state.pattern.group; ++round) {
    if (state.spent()) return {};
    if (round % state.pattern.group == 0)
      for (int& o : offset) o = static_cast<int>(state.random.below(state.pattern.group));
    std::vector<int> slot(index(n));
    for (std::int32_t g = 0; g < n; ++g)
      slot[index(g)] = static_cast<int>((offset[index(g)] + round) % state.size(g));
    const std::int64_t before = state.kept;
    HEDDLE_TRY(assign(state, slot));
    vain = state.kept > before ? 0 : vain + 1;
  }
  return {};
}

Status search_automatic(PermuteState& state, std::int64_t escapes) {
  const int group = state.pattern.group;
  if (group == 1 || state.keep() == group || state.groups() < 2) return {};
  if (group == 2) return search_matching(state);
  if (exhaustive_steps(state.cols(), state.pattern) <= 1'000'000) return search_exhaustive(state);
  const bool whole = can_tabulate(state, state.cols());
  if (std::has_single_bit(static_cast<unsigned>(group)) && state.cols() <= kMatchedCols)
    HEDDLE_TRY(search_matching(state));
  if (whole) {
    // Windows find most at once; with time to spend, annealing finds more. It forgets where it
    // starts, and the best is kept.
    const std::int64_t first = std::min(escapes, kWindowEscapes);
    HEDDLE_TRY(group <= 4 ? search_windows(state, 2, first) : search_swaps(state, first));
    if (escapes <= first) return {};
    std::vector<std::int32_t> all(state.value.size());
    std::iota(all.begin(), all.end(), 0);
    return anneal(state, all, kProposals * (escapes - first) * state.cols(), true);
  }
  HEDDLE_TRY(search_assignments(state, std::int64_t{8} * group));
  std::int64_t left = escapes;
  const std::int64_t groups = state.groups();
  if (groups <= kMostPairedGroups && groups * groups * state.evaluator.rows() <= kMostPairWork) {
    const std::int64_t first = std::min(escapes, kWindowEscapes);
    HEDDLE_TRY(group <= 4 ? search_windows(state, 2, first) : search_swaps(state, first));
    left -= first;
  }
  const std::int32_t count = window_groups(state);
  if (count >= 2) return escape_by_windows(state, count, left);
  return search_swaps(state, left);
}

}  // namespace heddle
