#pragma once
// Experiments as benchmarks (bench/experiment.hpp): both sides checked, then timed in turn.

#include <optional>
#include <string>
#include <vector>

#include "bench/program.hpp"

namespace heddle::bench::gpu {

/// One problem of an experiment; none: of the machine alone. What this device or build does not have
/// is left out with the reason, and is no failure; a wrong result is one.
void time_experiment(benchmark::State& state, const Experiment& experiment,
                     const std::optional<Case>& problem);

/// A line per experiment of the list, in its order; "" if none was tried.
std::string experiments_table(const std::vector<Experiment>& list);

}  // namespace heddle::bench::gpu
