#pragma once
// What both benchmark programs do around their cases: flags, registration, verdict.

#include <benchmark/benchmark.h>

#include <optional>
#include <string>
#include <vector>

#include "bench/experiment.hpp"
#include "bench/operations.hpp"
#include "bench/rounds.hpp"

namespace heddle::bench {

struct Options {
  std::vector<Case> cases;
  int rounds = 0;
  bool tune = false;
  bool rates = false;
  bool variants = false;
  std::vector<Experiment> experiments;
  std::string kernel, config;  // of products; "": the library's choice
};

/// Reads --shapes=FILE (or "none"), --rounds=N, --seconds=N, after which benchmarks fail without
/// running, --tune=1, --rates=1, --variants=1, --kernel=mma|wgmma, --config=LINE and
/// --experiments=FILE; the rest is for Google Benchmark. Where the arguments are wrong it prints
/// why.
std::optional<Options> read_options(int argc, char** argv, const std::string& shapes);

/// Ends a benchmark with an error; the program will fail.
void fail(benchmark::State& state, const std::string& why);

/// Whether the time of --seconds is up, and what is said of a benchmark that did not run for it.
bool time_is_up();
inline constexpr char kNotRun[] = "not run: the time of --seconds is up";
/// Ends a benchmark as one that was left out; the program does not fail for it.
void leave_out(benchmark::State& state, const std::string& why);

/// Registers a benchmark of `rounds` iterations that sets its own times.
template <class Function>
void add(const std::string& name, int rounds, const Function& function) {
  benchmark::RegisterBenchmark(name.c_str(), function)
      ->UseManualTime()
      ->Iterations(rounds)
      ->Unit(benchmark::kMillisecond);
}

/// Runs what is registered; the exit status: 0, or 1 if a benchmark failed or none ran.
int run_all();

/// The buffers of the case that runs now, kept for the next benchmark of the same case. nullptr
/// after a failure, or when the time is up.
const Buffers* buffers_of(const Case& problem, benchmark::State& state);

/// Calls measure(baseline_first) -> Round for every iteration. The order alternates: neither side
/// always inherits the other's caches.
template <class Measure>
Summary time_rounds(benchmark::State& state, const Measure& measure) {
  std::vector<Round> rounds;
  for (auto _ : state) {
    rounds.push_back(measure(rounds.size() % 2 == 0));
    state.SetIterationTime(rounds.back().operation);
  }
  return summarize(rounds);
}

/// Counters "GB/s", "<baseline>_GB/s", "ratio" and its quartiles, for `bytes` on either side.
void set_counters(benchmark::State& state, const Summary& summary, std::size_t bytes,
                  const std::string& baseline);

}  // namespace heddle::bench
