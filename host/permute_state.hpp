#pragma once
// What the strategies of a search share: the groups as they stand, the best seen, the limits.

#include <chrono>
#include <cstdint>
#include <vector>

#include "heddle/permute.hpp"
#include "host/permute_evaluator.hpp"
#include "host/permute_random.hpp"

namespace heddle {

// The limits of a search, and its reports.
class PermuteBudget {
 public:
  PermuteBudget(const PermutationOptions& options, double total, double kept_identity);

  void add_steps(std::int64_t steps) { steps_ += steps; }
  std::int64_t steps() const { return steps_; }
  double seconds() const;
  // Whether a limit is reached or the caller said stop; reports if it is time to. `kept`: best so
  // far.
  bool spent(double kept);
  void report(double kept);
  // How much of the limits of seconds and steps is used, 0 to 1, counted from (since, steps).
  double used(double since_seconds, std::int64_t since_steps) const;

 private:
  using Clock = std::chrono::steady_clock;
  const PermutationOptions& options_;
  Clock::time_point start_ = Clock::now();
  double next_report_ = 0.1;
  std::int64_t steps_ = 0;
  double total_, kept_identity_;
  bool cancelled_ = false;
};

class PermuteState {
 public:
  PermuteState(PermuteEvaluator& evaluator_in, const PermutationOptions& options, double total,
               double kept_identity);

  std::int64_t cols() const { return evaluator.cols(); }
  int keep() const { return pattern.keep; }
  std::int32_t groups() const { return static_cast<std::int32_t>(value.size()); }
  int size(std::int32_t group) const {
    return group + 1 < groups() || rest == 0 ? pattern.group : rest;
  }
  std::int32_t* members(std::int32_t group) { return order.data() + group * pattern.group; }

  // Brings value[group] up to date for these groups, and kept.
  Status evaluate(const std::vector<std::int32_t>& which);
  Status evaluate_all();

  void note_best();
  bool spent() { return budget.spent(static_cast<double>(best_kept) * evaluator.quantum()); }

  PermuteEvaluator& evaluator;
  const Pattern pattern;
  const int rest;  // columns of a last, partial group; 0 if there is none
  PermuteBudget budget;
  PermuteRandom random;
  std::vector<std::int32_t> order;  // [cols], group after group
  std::vector<std::int64_t> value;  // of each group, in quanta
  std::int64_t kept = 0;            // their sum
  std::vector<std::int32_t> best_order;
  std::int64_t best_kept = -1;
};

}  // namespace heddle
