#pragma once
// Subsets of n columns by number: {c0 < c1 < ...} has number C(c0, 1) + C(c1, 2) + ...

#include <cstdint>
#include <vector>

namespace heddle {

// Binomial coefficients C(n, k), k <= 32; those beyond 2^61 are 2^61, so that two can be added.
class Binomials {
 public:
  explicit Binomials(int n) : table_(static_cast<std::size_t>(n + 1) * kRow) {
    constexpr std::int64_t kMost = std::int64_t{1} << 61;
    for (int i = 0; i <= n; ++i)
      for (int k = 0; k < kRow; ++k) {
        std::int64_t& c = table_[static_cast<std::size_t>(i * kRow + k)];
        c = k == 0 ? 1 : i == 0 ? 0 : (*this)(i - 1, k - 1) + (*this)(i - 1, k);
        if (c > kMost) c = kMost;
      }
  }
  std::int64_t operator()(int n, int k) const {
    return table_[static_cast<std::size_t>(n * kRow + k)];
  }

 private:
  static constexpr int kRow = 33;
  std::vector<std::int64_t> table_;
};

// The subset after `subset` (ascending) in the order of numbers.
inline void next_subset(std::int32_t* subset, int size) {
  int i = 0;
  while (i + 1 < size && subset[i] + 1 == subset[i + 1]) {
    subset[i] = i;
    ++i;
  }
  ++subset[i];
}

}  // namespace heddle
