#include "host/permute_state.hpp"

#include <algorithm>
#include <numeric>

#include "host/packed_header.hpp"
#include "host/validate.hpp"

namespace heddle {

PermuteBudget::PermuteBudget(const PermutationOptions& options, double total, double kept_identity)
    : options_(options), total_(total), kept_identity_(kept_identity) {}

double PermuteBudget::seconds() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

bool PermuteBudget::spent(double kept) {
  if (cancelled_ || (options_.max_steps > 0 && steps_ >= options_.max_steps)) return true;
  if (options_.max_seconds <= 0 && !options_.progress) return false;
  const double now = seconds();
  if (options_.progress && now >= next_report_) {
    next_report_ = now + 0.1;
    report(kept);
  }
  return cancelled_ || (options_.max_seconds > 0 && now >= options_.max_seconds);
}

void PermuteBudget::report(double kept) {
  if (!options_.progress) return;
  if (!options_.progress({seconds(), steps_, kept, kept_identity_, total_})) cancelled_ = true;
}

double PermuteBudget::used(double since_seconds, std::int64_t since_steps) const {
  double used = 0;
  if (options_.max_steps > 0)
    used = static_cast<double>(steps_ - since_steps) /
           static_cast<double>(std::max<std::int64_t>(options_.max_steps - since_steps, 1));
  if (options_.max_seconds > 0)
    used = std::max(
        used, (seconds() - since_seconds) / std::max(options_.max_seconds - since_seconds, 1e-9));
  return std::min(used, 1.0);
}

PermuteState::PermuteState(PermuteEvaluator& evaluator_in, const PermutationOptions& options,
                           double total, double kept_identity)
    : evaluator(evaluator_in),
      pattern(options.pattern),
      rest(static_cast<int>(evaluator_in.cols() % options.pattern.group)),
      budget(options, total, kept_identity),
      random(options.seed),
      order(static_cast<std::size_t>(evaluator_in.cols())),
      value(static_cast<std::size_t>(group_count(evaluator_in.cols(), options.pattern))) {
  std::iota(order.begin(), order.end(), 0);
}

Status PermuteState::evaluate(const std::vector<std::int32_t>& which) {
  std::vector<std::int32_t> full, sets;
  for (const std::int32_t group : which) {
    if (size(group) != pattern.group) {
      HEDDLE_TRY(evaluator.values(members(group), 1, rest, keep(),
                                  &value[static_cast<std::size_t>(group)]));
      continue;
    }
    full.push_back(group);
    sets.insert(sets.end(), members(group), members(group) + pattern.group);
  }
  std::vector<std::int64_t> values(full.size());
  HEDDLE_TRY(evaluator.values(sets.data(), static_cast<std::int64_t>(full.size()), pattern.group,
                              keep(), values.data()));
  for (std::size_t i = 0; i < full.size(); ++i)
    value[static_cast<std::size_t>(full[i])] = values[i];
  kept = std::accumulate(value.begin(), value.end(), std::int64_t{0});
  return {};
}

Status PermuteState::evaluate_all() {
  std::vector<std::int32_t> all(value.size());
  std::iota(all.begin(), all.end(), 0);
  HEDDLE_TRY(evaluate(all));
  note_best();
  return {};
}

void PermuteState::note_best() {
  if (kept <= best_kept) return;
  best_kept = kept;
  best_order = order;
}

}  // namespace heddle
