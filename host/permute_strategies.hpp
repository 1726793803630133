#pragma once
// The ways to search. Each starts from the state as it is, stops when the budget is spent, and
// leaves the best it has seen noted.

#include "host/permute_state.hpp"

namespace heddle {

// ---- whole problems

// Steps that `exhaustive` takes; 2^62 at most.
std::int64_t exhaustive_steps(std::int64_t cols, Pattern pattern);
inline constexpr std::int64_t kMostExhaustiveSteps = 200'000'000;
Status search_exhaustive(PermuteState& state);

// The group is a power of two.
Status search_matching(PermuteState& state);

Status search_automatic(PermuteState& state, std::int64_t escapes);

// ---- descent with escapes

// Swaps of two columns between two groups.
Status search_swaps(PermuteState& state, std::int64_t escapes);
// Regroupings of `count` groups at a time.
Status search_windows(PermuteState& state, int count, std::int64_t escapes);

// ---- parts

// Takes a random column out of every group and puts them back in the best way; until every place
// of the groups has had its turn in vain, or `rounds` times.
Status search_assignments(PermuteState& state, std::int64_t rounds);

// Whether the values of every group that n columns could form may be tabulated.
bool can_tabulate(const PermuteState& state, std::int64_t columns);
// Simulated annealing among these groups, which can be tabulated. `hot`: from a state that knows
// nothing, under the whole budget; else from one that is good.
Status anneal(PermuteState& state, const std::vector<std::int32_t>& groups, std::int64_t proposals,
              bool hot);

}  // namespace heddle
