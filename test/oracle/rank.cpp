#include "test/oracle/rank.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "test/oracle/codes.hpp"

namespace heddle::oracle {
namespace {

using Positions = std::vector<int>;

void extend(int n, int keep, Positions& chosen, std::vector<Positions>& all) {
  if (static_cast<int>(chosen.size()) == keep) {
    all.push_back(chosen);
    return;
  }
  for (int p = chosen.empty() ? 0 : chosen.back() + 1; p < n; ++p) {
    chosen.push_back(p);
    extend(n, keep, chosen, all);
    chosen.pop_back();
  }
}

// Every choice of `keep` of n positions, in lexicographic order.
const std::vector<Positions>& all_choices(int n, int keep) {
  static std::map<std::pair<int, int>, std::vector<Positions>> cache;
  std::vector<Positions>& all = cache[{n, keep}];
  if (all.empty()) {
    Positions chosen;
    extend(n, keep, chosen, all);
  }
  return all;
}

std::vector<RankKey> descending(const std::vector<RankKey>& group, const Positions& positions) {
  std::vector<RankKey> keys;
  for (int p : positions) keys.push_back(group[static_cast<std::size_t>(p)]);
  std::sort(keys.begin(), keys.end(), ranks_above);
  return keys;
}

}  // namespace

bool ranks_above(const RankKey& a, const RankKey& b) {
  return a.kind != b.kind ? a.kind > b.kind : a.size > b.size;
}

RankKey magnitude_key(DataType type, std::uint32_t bits) {
  const double value = decode(type, bits);
  if (std::isnan(value)) return {2, 0};
  if (std::isinf(value)) return {1, 0};
  return {0, std::fabs(value)};
}

RankKey value_key(DataType type, std::uint32_t bits) {
  const double value = decode(type, bits);
  if (std::isnan(value)) return {1, 0};
  return {0, value == 0 ? 0.0 : value};
}

std::vector<bool> best_by_brute_force(const std::vector<RankKey>& group, int keep) {
  const int n = static_cast<int>(group.size());
  const std::vector<Positions>& choices = all_choices(n, std::min(n, keep));
  const Positions* best = &choices.front();
  std::vector<RankKey> best_keys = descending(group, *best);
  for (const Positions& choice : choices) {
    std::vector<RankKey> keys = descending(group, choice);
    if (!std::lexicographical_compare(
            best_keys.begin(), best_keys.end(), keys.begin(), keys.end(),
            [](const RankKey& a, const RankKey& b) { return ranks_above(b, a); }))
      continue;
    best = &choice;
    best_keys = std::move(keys);
  }
  std::vector<bool> kept(group.size(), false);
  for (int p : *best) kept[static_cast<std::size_t>(p)] = true;
  return kept;
}

std::vector<bool> best_by_rank(const std::vector<RankKey>& group, int keep) {
  std::vector<bool> kept(group.size());
  for (std::size_t i = 0; i < group.size(); ++i) {
    int better = 0;
    for (std::size_t j = 0; j < group.size(); ++j)
      if (ranks_above(group[j], group[i]) || (j < i && group[j] == group[i])) ++better;
    kept[i] = better < keep;
  }
  return kept;
}

}  // namespace heddle::oracle
