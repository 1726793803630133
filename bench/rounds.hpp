#pragma once
// Paired timing. Speed drifts on a shared machine by tens of percent within a second, so each round
// times the baseline and the operation back to back, and a ratio is the median over the rounds.

#include <vector>

namespace heddle::bench {

/// One round: seconds of the operation and of the baseline beside it.
struct Round {
  double operation = 0;
  double baseline = 0;
  double ratio() const { return baseline / operation; }
};

struct Summary {
  double operation = 0;      // median seconds
  double baseline = 0;       // median seconds
  double ratio = 0;          // median of the per-round ratios: the speed relative to the baseline
  double ratio_quarter = 0;  // the first and the third quartile of the ratios
  double ratio_three_quarters = 0;
};

/// The value below which `fraction` of the values lie.
double quantile(std::vector<double> values, double fraction);

Summary summarize(const std::vector<Round>& rounds);

}  // namespace heddle::bench
