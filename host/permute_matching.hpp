#pragma once
// Maximum-weight perfect matching of a complete graph, exactly.

#include <cstdint>
#include <functional>
#include <vector>

namespace heddle {

// weight: [n, n], symmetric (the diagonal is not read), n even. result[u] = the partner of u, so
// that the sum of weights is maximal. Empty if `stop`, asked before each of the n / 2 stages, said
// so. O(n^3) time and 20 n^2 bytes.
std::vector<std::int32_t> best_matching(const std::vector<std::int64_t>& weight, std::int32_t n,
                                        const std::function<bool()>& stop);

}  // namespace heddle
