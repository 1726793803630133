#pragma once
// Which entries of a group are best, straight from the definition: NaN above inf above finite,
// finite by size, -0 equal to 0, ties to the lower position.

#include <cstdint>
#include <vector>

#include "heddle/types.hpp"

namespace heddle::oracle {

// Compared first by `kind`, then by `size`.
struct RankKey {
  int kind = 0;
  double size = 0;
  friend bool operator==(const RankKey&, const RankKey&) = default;
};
bool ranks_above(const RankKey& a, const RankKey& b);

RankKey magnitude_key(DataType type, std::uint32_t bits);  // NaN > inf > finite, by |x|
RankKey value_key(DataType type, std::uint32_t bits);      // NaN > everything, then by x

// The best of all C(n, keep) choices, each compared by its keys in descending order; of equal
// choices the one with the lowest positions. keep is clipped to the group's size.
std::vector<bool> best_by_brute_force(const std::vector<RankKey>& group, int keep);

// The same by counting, for groups too wide to enumerate.
std::vector<bool> best_by_rank(const std::vector<RankKey>& group, int keep);

}  // namespace heddle::oracle
