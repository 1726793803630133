#include "host/permute_assignment.hpp"

#include <limits>

namespace heddle {

// Successive shortest paths on reduced costs, one row at a time. Row and column n are artificial:
// column n holds the row that is being placed.
std::vector<std::int32_t> best_assignment(const std::vector<std::int64_t>& weight, std::int32_t n) {
  constexpr std::int64_t kFar = std::numeric_limits<std::int64_t>::max();
  const auto at = [](std::int32_t i) { return static_cast<std::size_t>(i); };
  const std::size_t size = at(n) + 1;
  std::vector<std::int64_t> row_price(size), col_price(size), slack(size);
  std::vector<std::int32_t> row_of(size, n), before(size);
  std::vector<char> reached(size);
  for (std::int32_t row = 0; row < n; ++row) {
    row_of[at(n)] = row;
    slack.assign(size, kFar);
    reached.assign(size, 0);
    std::int32_t col = n;
    do {
      reached[at(col)] = 1;
      const std::int32_t from = row_of[at(col)];
      const std::int64_t* w = weight.data() + std::int64_t{from} * n;
      std::int64_t least = kFar;
      std::int32_t next = n;
      for (std::int32_t j = 0; j < n; ++j) {
        if (reached[at(j)]) continue;
        const std::int64_t reduced = -w[j] - row_price[at(from)] - col_price[at(j)];
        if (reduced < slack[at(j)]) slack[at(j)] = reduced, before[at(j)] = col;
        if (slack[at(j)] < least) least = slack[at(j)], next = j;
      }
      for (std::int32_t j = 0; j <= n; ++j) {
        if (reached[at(j)]) {
          row_price[at(row_of[at(j)])] += least;
          col_price[at(j)] -= least;
        } else if (j < n) {
          slack[at(j)] -= least;
        }
      }
      col = next;
    } while (row_of[at(col)] != n);
    for (; col != n; col = before[at(col)]) row_of[at(col)] = row_of[at(before[at(col)])];
  }
  std::vector<std::int32_t> result(at(n));
  for (std::int32_t j = 0; j < n; ++j) result[at(row_of[at(j)])] = j;
  return result;
}

}  // namespace heddle
