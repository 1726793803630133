#include "bench/gpu/time_experiment.hpp"

#include <map>
#include <stdexcept>

#include "bench/gpu/ceilings.hpp"
#include "bench/gpu/entries.hpp"
#include "bench/gpu/time_operation.hpp"
#include "bench/gpu/variants.hpp"
#include "bench/roof.hpp"

namespace heddle::bench::gpu {
namespace {

constexpr char kRate[] = "rate ", kPeak[] = "peak ", kOperation[] = "operation ";

// What this machine or this build cannot do; anything else that is thrown is a failure.
struct NotHere : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::map<std::string, ExperimentRow> done;

ExperimentRow& row_of(const Experiment& experiment) {
  ExperimentRow& row = done[experiment.name];
  row.experiment = &experiment;
  return row;
}

bool starts(const std::string& text, const std::string& word) { return text.rfind(word, 0) == 0; }

double predicted_ratio(const Experiment& experiment, const std::optional<Case>& problem) {
  if (experiment.predicted) return *experiment.predicted;
  const auto ratio = model_ratio(experiment, problem.value(), this_device());
  if (!ratio.ok()) throw NotHere(ratio.status().to_string());
  return *ratio;
}

// Rates are medians of launches already: they have no quartiles.
double rate_named(const std::string& side, const Stream& stream) {
  double found = 0;
  if (starts(side, kPeak)) {
    for (int i = 0; i < kPeaks; ++i)
      if (side.substr(sizeof kPeak - 1) == to_string(static_cast<Peak>(i)))
        found = peak_rate(static_cast<Peak>(i), stream);
  } else {
    for (const Rate& rate : rates())
      if (side.substr(sizeof kRate - 1) == to_string(rate)) found = machine_rate(rate, stream);
  }
  if (!(found > 0)) throw NotHere(side + ": not here");
  return found;
}

Measured time_machine(benchmark::State& state, const Experiment& experiment) {
  const Stream stream;
  const double ratio = rate_named(experiment.first, stream) / rate_named(experiment.second, stream);
  for (auto _ : state) state.SetIterationTime(1 / ratio);
  return {ratio, ratio, ratio};
}

Measured time_against_copy(benchmark::State& state, const Experiment& experiment,
                           const Case& problem) {
  const std::string name = experiment.first.substr(sizeof kOperation - 1);
  if (experiment.second != "copy") throw std::runtime_error("operations are compared with copy");
  for (const Operation& operation : operations()) {
    if (operation.name != name || !applies(operation, problem)) continue;
    const Buffers* reference = buffers_of(problem, state);
    if (reference == nullptr) throw std::runtime_error("no reference");
    const Summary summary = time_checked(state, operation, *reference);
    return {summary.ratio, summary.ratio_quarter, summary.ratio_three_quarters};
  }
  throw NotHere("no operation " + name + " for " + to_string(problem));
}

Entry entry_of(const std::string& side, const SideArgs& args) {
  if (is_heddle(side)) {
    const ProductSide asked = product_side(side);
    std::optional<MatmulConfig> config;
    if (asked.text != "chosen") {
      const auto found =
          configuration_with(asked.text, select_problem(args.problem), this_device());
      if (!found.ok()) throw NotHere(found.status().to_string());
      config = *found;
    }
    return make_entry(args, false, [&] { return heddle_side(args, config, asked.overlap); });
  }
  Entry vendor = make_optional(args, side.c_str(), [&] {
    if (side == "cublaslt") return cublaslt_side(args);
    if (side == "cusparselt") return cusparselt_side(args);
    throw std::runtime_error("side = '" + side + "': unknown");
  });
  if (!vendor.side) throw NotHere(vendor.text);
  return vendor;
}

Measured time_pair(benchmark::State& state, const Experiment& experiment, const Case& problem) {
  const Stream stream;
  const Weight& weight = weight_of(problem, stream);
  const SideArgs args = {problem, weight, stream, properties().l2_bytes};
  Entry first = entry_of(experiment.first, args), second = entry_of(experiment.second, args);
  time_entries(state, {&first, &second}, stream);
  set_health(state);
  const Summary summary = compared(first, second);
  state.counters["us"] = summary.operation * 1e6;
  state.counters["second_us"] = summary.baseline * 1e6;
  if (is_heddle(experiment.first)) set_model(state, "model_", first.side->opinion());
  if (is_heddle(experiment.second)) set_model(state, "second_model_", second.side->opinion());
  state.SetLabel(first.text + " | " + second.text);
  for (const auto& [entry, side] :
       {std::pair(&first, &experiment.first), std::pair(&second, &experiment.second)})
    require_right(*entry->side, entry->side->sets().sets() - 1, problem, weight, !is_heddle(*side),
                  stream);
  return {summary.ratio, summary.ratio_quarter, summary.ratio_three_quarters};
}

Measured measure(benchmark::State& state, const Experiment& experiment,
                 const std::optional<Case>& problem) {
  if (!problem) return time_machine(state, experiment);
  if (problem->n == 0) return time_against_copy(state, experiment, *problem);
  return time_pair(state, experiment, *problem);
}

}  // namespace

void time_experiment(benchmark::State& state, const Experiment& experiment,
                     const std::optional<Case>& problem) {
  ExperimentRow& row = row_of(experiment);
  if (time_is_up()) {
    row.why_not = kNotRun;
    return leave_out(state, kNotRun);
  }
  try {
    const double predicted = predicted_ratio(experiment, problem);
    row.measured.push_back(measure(state, experiment, problem));
    row.predicted.push_back(predicted);
    const Measured& measured = row.measured.back();
    state.counters["predicted"] = predicted;
    state.counters["ratio"] = measured.ratio;
    state.counters["ratio_q1"] = measured.q1;
    state.counters["ratio_q3"] = measured.q3;
  } catch (const NotHere& reason) {
    row.why_not = reason.what();
    leave_out(state, std::string("not run: ") + reason.what());
  } catch (const std::exception& error) {
    row.why_not = error.what();
    throw;
  }
}

std::string experiments_table(const std::vector<Experiment>& list) {
  std::vector<ExperimentRow> rows;
  for (const Experiment& experiment : list)
    if (const auto found = done.find(experiment.name); found != done.end())
      rows.push_back(found->second);
  return rows.empty() ? "" : experiment_table(rows);
}

}  // namespace heddle::bench::gpu
