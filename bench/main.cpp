// heddle_bench: checks every operation of the library, then times it against memcpy of the same
// bytes.
//   heddle_bench --shapes=FILE [--rounds=N] [Google Benchmark's own flags]
// docs/benchmarking.md explains the method; bench/report.py makes the table.

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "bench/machine.hpp"
#include "bench/matmul.hpp"
#include "bench/operations.hpp"
#include "bench/rounds.hpp"

namespace heddle::bench {
namespace {

bool any_failed = false;

void fail(benchmark::State& state, const std::string& why) {
  any_failed = true;
  state.SkipWithError(why.c_str());
}

template <class Work>
double seconds(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The buffers of the case that runs now: benchmarks are registered case by case.
const Buffers* buffers_of(const Case& problem, benchmark::State& state) {
  static std::optional<Buffers> current;
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

// One checked run; the scratch is poisoned first, so that stale results cannot pass.
std::string checked_run(const Operation& operation, const Exec& exec, const Buffers& buffers) {
  for (const Memory* scratch : {&buffers.matrix_out, &buffers.mask_out, &buffers.blob_out})
    std::memset(scratch->data(), 0xA5, scratch->bytes());
  const Status status = operation.run(exec, buffers);
  return status.ok() ? operation.verify(buffers) : status.to_string();
}

void time_operation(benchmark::State& state, const Operation& operation, const Case& problem,
                    int threads) {
  const Buffers* buffers = buffers_of(problem, state);
  if (buffers == nullptr) return;
  const Exec exec = Exec::cpu(threads);
  if (const std::string wrong = checked_run(operation, exec, *buffers); !wrong.empty())
    return fail(state, wrong);

  std::vector<Round> rounds;
  for (auto _ : state) {
    Round round;
    const auto run = [&] {
      round.operation = seconds([&] { (void)operation.run(exec, *buffers); });
    };
    const auto copy = [&] { round.baseline = seconds([&] { copy_dense(*buffers, threads); }); };
    if (rounds.size() % 2 == 0) {  // neither side always inherits the other's caches
      copy();
      run();
    } else {
      run();
      copy();
    }
    state.SetIterationTime(round.operation);
    rounds.push_back(round);
  }
  const auto bytes = static_cast<double>(problem.bytes());
  const Summary summary = summarize(rounds);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(problem.bytes()));
  state.counters["GB/s"] = bytes / summary.operation * 1e-9;
  state.counters["memcpy_GB/s"] = bytes / summary.baseline * 1e-9;
  state.counters["ratio"] = summary.ratio;
  state.counters["ratio_q1"] = summary.ratio_quarter;
  state.counters["ratio_q3"] = summary.ratio_three_quarters;
}

void time_product(benchmark::State& state, const Case& problem, int threads) {
  auto buffers = prepare(problem);
  if (!buffers) return fail(state, buffers.status().to_string());
  const Product product(std::move(buffers).value());
  const Exec exec = Exec::cpu(threads);
  product.poison();
  if (const Status status = product.run(exec); !status.ok()) return fail(state, status.to_string());
  if (const std::string wrong = product.verify(); !wrong.empty()) return fail(state, wrong);

  std::vector<double> times;
  for (auto _ : state) {
    times.push_back(seconds([&] { (void)product.run(exec); }));
    state.SetIterationTime(times.back());
  }
  state.counters["GFLOPS"] = product.operations() / quantile(times, 0.5) * 1e-9;
}

template <class Function>
void add(const std::string& name, int rounds, const Function& function) {
  const bool one_thread = std::thread::hardware_concurrency() <= 1;
  for (const int threads : {1, 0}) {
    if (threads == 0 && one_thread) continue;
    const std::string full = name + "/threads:" + (threads == 0 ? "all" : "1");
    benchmark::RegisterBenchmark(full.c_str(),
                                 [=](benchmark::State& state) { function(state, threads); })
        ->UseManualTime()
        ->Iterations(rounds)
        ->Unit(benchmark::kMillisecond);
  }
}

void add_case(const Case& problem, int rounds) {
  const std::string name = to_string(problem);
  if (problem.n > 0) {
    add("matmul/" + name, rounds,
        [=](benchmark::State& state, int threads) { time_product(state, problem, threads); });
    return;
  }
  const PackedDesc device = {problem.rows, problem.cols, problem.pattern, problem.type,
                             PackedOrder::device};
  for (const Operation& operation : operations()) {
    if (operation.needs_device && !packed_size(device)) continue;
    add(operation.name + ("/" + name), rounds,
        [=, &operation](benchmark::State& state, int threads) {
          time_operation(state, operation, problem, threads);
        });
  }
}

// Takes "--NAME=VALUE" out of the arguments; the rest is for Google Benchmark.
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

int run(int argc, char** argv) {
  const std::string shapes = take_flag(argc, argv, "shapes", "bench/shapes/moderate.txt");
  const int rounds = std::atoi(take_flag(argc, argv, "rounds", "9").c_str());
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  if (rounds < 1) {
    std::fprintf(stderr, "heddle_bench: --rounds must be at least 1\n");
    return 2;
  }
  const auto cases = read_cases(shapes);
  if (!cases) {
    std::fprintf(stderr, "heddle_bench: %s\n", cases.status().to_string().c_str());
    return 2;
  }
  describe_machine();
  benchmark::AddCustomContext("rounds", std::to_string(rounds));
  for (const Case& problem : *cases) add_case(problem, rounds);
  const std::size_t ran = benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return any_failed || ran == 0 ? 1 : 0;
}

}  // namespace
}  // namespace heddle::bench

int main(int argc, char** argv) { return heddle::bench::run(argc, argv); }
