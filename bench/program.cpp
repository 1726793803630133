#include "bench/program.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace heddle::bench {
namespace {

using Clock = std::chrono::steady_clock;

bool any_failed = false;
std::optional<Clock::time_point> deadline;

// Takes "--NAME=VALUE" out of the arguments.
std::string take_flag(int& argc, char** argv, const std::string& name,
                      const std::string& fallback) {
  const std::string prefix = "--" + name + "=";
  std::string value = fallback;
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument.compare(0, prefix.size(), prefix) == 0) {
      value = argument.substr(prefix.size());
    } else {
      argv[kept++] = argv[i];
    }
  }
  argc = kept;
  return value;
}

}  // namespace

std::optional<Options> read_options(int argc, char** argv, const std::string& shapes) {
  const std::string file = take_flag(argc, argv, "shapes", shapes);
  Options options;
  options.rounds = std::atoi(take_flag(argc, argv, "rounds", "9").c_str());
  const int seconds = std::atoi(take_flag(argc, argv, "seconds", "0").c_str());
  options.tune = take_flag(argc, argv, "tune", "0") == "1";
  options.rates = take_flag(argc, argv, "rates", "0") == "1";
  options.variants = take_flag(argc, argv, "variants", "0") == "1";
  options.kernel = take_flag(argc, argv, "kernel", "");
  options.config = take_flag(argc, argv, "config", "");
  const std::string experiments = take_flag(argc, argv, "experiments", "");
  if (seconds > 0) deadline = Clock::now() + std::chrono::seconds(seconds);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return std::nullopt;
  if (options.rounds < 1) {
    std::fprintf(stderr, "%s: --rounds must be at least 1\n", argv[0]);
    return std::nullopt;
  }
  if (!options.kernel.empty() && options.kernel != "mma" && options.kernel != "wgmma") {
    std::fprintf(stderr, "%s: --kernel = '%s': must be mma or wgmma\n", argv[0],
                 options.kernel.c_str());
    return std::nullopt;
  }
  if (!options.config.empty()) {
    if (const auto config = parse_matmul_config(options.config); !config.ok()) {
      std::fprintf(stderr, "%s: --config: %s\n", argv[0], config.status().to_string().c_str());
      return std::nullopt;
    }
  }
  auto cases = file == "none" ? Result<std::vector<Case>>(std::vector<Case>()) : read_cases(file);
  if (!cases) {
    std::fprintf(stderr, "%s: %s\n", argv[0], cases.status().to_string().c_str());
    return std::nullopt;
  }
  options.cases = std::move(cases).value();
  if (!experiments.empty()) {
    auto read = read_experiments(experiments);
    if (!read) {
      std::fprintf(stderr, "%s: %s\n", argv[0], read.status().to_string().c_str());
      return std::nullopt;
    }
    options.experiments = std::move(read).value();
  }
  benchmark::AddCustomContext("rounds", std::to_string(options.rounds));
  return options;
}

void fail(benchmark::State& state, const std::string& why) {
  any_failed = true;
  state.SkipWithError(why.c_str());
}

bool time_is_up() { return deadline && Clock::now() >= *deadline; }

void leave_out(benchmark::State& state, const std::string& why) {
  state.SkipWithError(why.c_str());
}

int run_all() {
  const std::size_t ran = benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return any_failed || ran == 0 ? 1 : 0;
}

const Buffers* buffers_of(const Case& problem, benchmark::State& state) {
  static std::optional<Buffers> current;  // benchmarks are registered case by case
  if (time_is_up()) {
    fail(state, kNotRun);
    return nullptr;
  }
  if (current && current->problem == problem) return &*current;
  current.reset();
  auto made = prepare(problem);
  if (!made) {
    fail(state, made.status().to_string());
    return nullptr;
  }
  current = std::move(made).value();
  return &*current;
}

void set_counters(benchmark::State& state, const Summary& summary, std::size_t bytes,
                  const std::string& baseline) {
  const auto amount = static_cast<double>(bytes);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
  state.counters["GB/s"] = amount / summary.operation * 1e-9;
  state.counters[baseline + "_GB/s"] = amount / summary.baseline * 1e-9;
  state.counters["ratio"] = summary.ratio;
  state.counters["ratio_q1"] = summary.ratio_quarter;
  state.counters["ratio_q3"] = summary.ratio_three_quarters;
}

}  // namespace heddle::bench
