#pragma once
// The best one-to-one assignment, exactly.

#include <cstdint>
#include <vector>

namespace heddle {

// weight: [n, n]. result[i] = the column of row i, so that the sum of weights is maximal. O(n^3).
std::vector<std::int32_t> best_assignment(const std::vector<std::int64_t>& weight, std::int32_t n);

}  // namespace heddle
