// heddle_bench: checks every operation of the library, then times it against memcpy of the same
// bytes.
//   heddle_bench --shapes=FILE [--rounds=N] [--seconds=N] [Google Benchmark's own flags]
// docs/benchmarking.md explains the method; bench/report.py makes the table.

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

#include "bench/cpu/matmul.hpp"
#include "bench/machine.hpp"
#include "bench/program.hpp"

namespace heddle::bench {
namespace {

template <class Work>
double seconds(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The baseline: copies the dense matrix to scratch with `threads` threads (0: all).
void copy_dense(const Buffers& buffers, int threads) {
  const std::size_t bytes = buffers.problem.bytes();
  if (threads == 0) threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const std::size_t share = bytes / static_cast<std::size_t>(threads) + 1;
  const auto copy = [&](std::size_t begin) {
    if (begin >= bytes) return;
    std::memcpy(buffers.matrix_out.data() + begin, buffers.dense.data() + begin,
                std::min(share, bytes - begin));
  };
  std::vector<std::thread> helpers;
  for (int t = 1; t < threads; ++t) helpers.emplace_back(copy, share * static_cast<std::size_t>(t));
  copy(0);
  for (std::thread& helper : helpers) helper.join();
}

// One checked run; the outputs are poisoned first, so that stale results cannot pass.
std::string checked_run(const Operation& operation, const Exec& exec, const Buffers& buffers) {
  const Operands operands = buffers.operands();
  for (const Part out : operation.writes)
    std::memset(operands[out].data, kPoison, operands[out].bytes);
  std::vector<std::vector<std::byte>> before;  // of what must be as it was
  for (const Part part : operation.updates)
    before.emplace_back(operands[part].data, operands[part].data + operands[part].bytes);
  const Status status = operation.run(exec, operands);
  if (!status.ok()) return status.to_string();
  for (const Part out : operation.writes)
    if (std::string wrong = difference(out, operands[out].data, buffers); !wrong.empty())
      return wrong;
  for (std::size_t i = 0; i < before.size(); ++i)
    if (std::memcmp(operands[operation.updates[i]].data, before[i].data(), before[i].size()) != 0)
      return "what a step of nothing updates has changed";
  return {};
}

void time_operation(benchmark::State& state, const Operation& operation, const Case& problem,
                    int threads) {
  const Buffers* buffers = buffers_of(problem, state);
  if (buffers == nullptr) return;
  const Exec exec = Exec::cpu(threads);
  if (const std::string wrong = checked_run(operation, exec, *buffers); !wrong.empty())
    return fail(state, wrong);

  const Operands operands = buffers->operands();
  const Summary summary = time_rounds(state, [&](bool baseline_first) {
    Round round;
    if (baseline_first) round.baseline = seconds([&] { copy_dense(*buffers, threads); });
    round.operation = seconds([&] { (void)operation.run(exec, operands); });
    if (!baseline_first) round.baseline = seconds([&] { copy_dense(*buffers, threads); });
    return round;
  });
  set_counters(state, summary, problem.bytes(), "memcpy");
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

// Once with one thread, once with all.
template <class Function>
void add_threads(const std::string& name, int rounds, const Function& function) {
  const bool one_thread = std::thread::hardware_concurrency() <= 1;
  for (const int threads : {1, 0}) {
    if (threads == 0 && one_thread) continue;
    add(name + "/threads:" + (threads == 0 ? "all" : "1"), rounds,
        [=](benchmark::State& state) { function(state, threads); });
  }
}

void add_case(const Case& problem, int rounds) {
  const std::string name = "/" + to_string(problem);
  if (problem.n > 0) {
    add_threads("matmul" + name, rounds, [=](benchmark::State& state, int threads) {
      time_product(state, problem, threads);
    });
    return;
  }
  for (const Operation& operation : operations()) {
    if (!applies(operation, problem)) continue;
    add_threads(operation.name + name, rounds,
                [=, &operation](benchmark::State& state, int threads) {
                  time_operation(state, operation, problem, threads);
                });
  }
}

int run(int argc, char** argv) {
  const auto options = read_options(argc, argv, "bench/shapes/moderate.txt");
  if (!options) return 2;
  describe_machine();
  for (const Case& problem : options->cases) add_case(problem, options->rounds);
  return run_all();
}

}  // namespace
}  // namespace heddle::bench

int main(int argc, char** argv) { return heddle::bench::run(argc, argv); }
