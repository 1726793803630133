#include "bench/rounds.hpp"

#include <algorithm>
#include <cmath>

namespace heddle::bench {

double quantile(std::vector<double> values, double fraction) {
  if (values.empty()) return NAN;
  std::sort(values.begin(), values.end());
  const double at = fraction * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  const double weight = at - static_cast<double>(below);
  return values[below] * (1 - weight) + values[above] * weight;
}

Summary summarize(const std::vector<Round>& rounds) {
  std::vector<double> operation, baseline, ratio;
  for (const Round& round : rounds) {
    operation.push_back(round.operation);
    baseline.push_back(round.baseline);
    ratio.push_back(round.ratio());
  }
  return {quantile(operation, 0.5), quantile(baseline, 0.5), quantile(ratio, 0.5),
          quantile(ratio, 0.25), quantile(ratio, 0.75)};
}

}  // namespace heddle::bench
