// heddle_gpu_bench: compares every operation on the GPU with the CPU path, byte for byte, then
// times it against a copy of as many bytes; and products against the vendor's libraries.
//   heddle_gpu_bench --shapes=FILE|none [--rounds=N] [--seconds=N] [--rates=1]
//                    [--tune=1] [--kernel=mma|wgmma] [--config=LINE] [--variants=1]
//                    [--experiments=FILE]
//                    [Google Benchmark's own flags]
// Exit status: 0, 1 if anything was wrong, 2 for wrong arguments, 77 where there is no device.
// docs/benchmarking.md explains the method; bench/report.py makes the table.

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "bench/gpu/baseline.hpp"
#include "bench/gpu/ceilings.hpp"
#include "bench/gpu/product.hpp"
#include "bench/gpu/time_experiment.hpp"
#include "bench/gpu/time_operation.hpp"
#include "bench/gpu/time_product.hpp"
#include "bench/gpu/variants.hpp"
#include "bench/machine.hpp"
#include "bench/program.hpp"

namespace heddle::bench::gpu {
namespace {

constexpr int kEmptyLaunches = 256;

// An exception becomes the benchmark's error; the next ones still run.
template <class Body>
void guarded(benchmark::State& state, const Body& body) {
  try {
    body();
  } catch (const std::exception& error) {
    fail(state, error.what());
  }
}

void time_operation(benchmark::State& state, const Operation& operation, const Case& problem) {
  const Buffers* reference = buffers_of(problem, state);
  if (reference != nullptr)
    guarded(state, [&] { (void)time_checked(state, operation, *reference); });
}

// What a launch costs: an empty kernel, in a graph and by itself.
void time_launch(benchmark::State& state) {
  guarded(state, [&] {
    const Stream stream;
    const auto enqueue = [&] {
      for (int i = 0; i < kEmptyLaunches; ++i) launch_empty(stream);
    };
    launch_empty(stream);  // loads the kernel, which a capture may not
    stream.wait();
    const Recording graph(stream, enqueue);
    Mark begin, end;
    std::vector<double> direct, recorded;
    for (auto _ : state) {
      begin.set(stream);
      enqueue();
      end.set(stream);
      stream.wait();
      direct.push_back(end.seconds_since(begin) / kEmptyLaunches);
      graph.launch(stream);
      launch_marked(graph, stream, begin, end);
      stream.wait();
      recorded.push_back(end.seconds_since(begin) / kEmptyLaunches);
      state.SetIterationTime(recorded.back());
    }
    state.counters["us"] = quantile(recorded, 0.5) * 1e6;
    state.counters["direct_us"] = quantile(direct, 0.5) * 1e6;
  });
}

// The two copies at a size that fills the device, for the header of the report.
void time_copies(benchmark::State& state) {
  guarded(state, [&] {
    const Stream stream;
    const std::size_t l2_bytes = properties().l2_bytes;
    Buffers data;
    data.dense = Memory(std::size_t{1} << 20);
    fill_normal(data.dense.data(), 1 << 18, DataType::f32);
    const std::size_t bytes = 32 * l2_bytes;  // read + written
    std::vector<double> runtime, kernel;
    const Baseline baseline(stream, data, bytes, l2_bytes);
    for (auto _ : state) {
      const Baseline::Seconds seconds = baseline.measure(stream);
      runtime.push_back(seconds.runtime);
      kernel.push_back(seconds.kernel);
      state.SetIterationTime(seconds.runtime);
    }
    const auto speed = [&](const std::vector<double>& seconds) {
      return static_cast<double>(bytes) / quantile(seconds, 0.5) * 1e-9;
    };
    state.counters["bytes"] = static_cast<double>(bytes);
    state.counters["cudaMemcpyAsync_GB/s"] = speed(runtime);
    state.counters["kernel_GB/s"] = speed(kernel);
  });
}

ProductOptions product_options(const Options& options) {
  ProductOptions products;
  products.tune = options.tune;
  if (!options.kernel.empty())
    products.kernel = options.kernel == "mma" ? MatmulKernel::mma : MatmulKernel::wgmma;
  if (!options.config.empty()) products.config = parse_matmul_config(options.config).value();
  return products;
}

void add_product(const Case& problem, const Options& options) {
  const std::string name = to_string(problem) + "/gpu";
  if (options.variants) {
    add("variants/" + name, options.rounds,
        [=](benchmark::State& state) { guarded(state, [&] { time_variants(state, problem); }); });
    return;
  }
  add("matmul/" + name, options.rounds,
      [=, products = product_options(options)](benchmark::State& state) {
        guarded(state, [&] { time_product(state, problem, products); });
      });
}

void add_case(const Case& problem, const Options& options) {
  if (problem.n > 0) return add_product(problem, options);
  const int rounds = options.rounds;
  for (const Operation& operation : operations()) {
    if (!applies(operation, problem)) continue;
    add(operation.name + ("/" + to_string(problem)) + "/gpu", rounds,
        [=, &operation](benchmark::State& state) { time_operation(state, operation, problem); });
  }
}

// A benchmark of each of its problems; of the machine alone, one.
void add_experiment(const Experiment& experiment, const Options& options) {
  const auto add_one = [&](const std::string& name, std::optional<Case> problem) {
    add("experiment/" + experiment.name + "/" + name + "/gpu", options.rounds,
        [&experiment, problem](benchmark::State& state) {
          guarded(state, [&] { time_experiment(state, experiment, problem); });
        });
  };
  for (const Case& problem : experiment.problems) add_one(to_string(problem), problem);
  if (experiment.problems.empty()) add_one("-", std::nullopt);
}

// What the model takes the device to be: bench/fit.py and the error of its predictions need it.
void describe_model() {
  const DeviceDescription device = this_device();
  const std::pair<const char*, double> facts[] = {
      {"model_capability", device.compute_capability},
      {"model_multiprocessors", device.multiprocessors},
      {"model_clock_ghz", device.clock_ghz},
      {"model_memory_gbytes_per_s", device.memory_gbytes_per_s},
      {"model_l2_gbytes_per_s", device.l2_gbytes_per_s},
      {"model_launch_us", device.launch_us}};
  for (const auto& [name, value] : facts) benchmark::AddCustomContext(name, std::to_string(value));
}

int run(int argc, char** argv) {
  if (const std::string why = missing_device(); !why.empty()) {
    std::printf("%s\n", why.c_str());
    return 77;
  }
  const auto options = read_options(argc, argv, "bench/shapes/gpu.txt");
  if (!options) return 2;
  describe_machine();
  describe_device();
  describe_model();
  add("device/launch/gpu", options->rounds, time_launch);
  add("device/copy/gpu", options->rounds, time_copies);
  const bool products = std::any_of(options->cases.begin(), options->cases.end(),
                                    [](const Case& problem) { return problem.n > 0; });
  for (int i = 0; (products || options->rates) && i < kPeaks; ++i) {
    const auto peak = static_cast<Peak>(i);
    add("device/peak_" + std::string(to_string(peak)) + "/gpu", 1,
        [=](benchmark::State& state) { guarded(state, [&] { time_peak(state, peak); }); });
  }
  for (const Rate& rate : options->rates ? rates() : std::vector<Rate>())
    add("device/rate_" + to_string(rate) + "/gpu", 1, [=](benchmark::State& state) {
      guarded(state, [&] {
        if (time_is_up()) return leave_out(state, kNotRun);
        time_rate(state, rate);
      });
    });
  for (const Case& problem : options->cases) add_case(problem, *options);
  for (const Experiment& experiment : options->experiments) add_experiment(experiment, *options);
  const int status = run_all();
  forget_weight();
  if (const std::string table = products_table(); !table.empty())
    std::printf("\n%s", table.c_str());
  if (const std::string table = experiments_table(options->experiments); !table.empty())
    std::printf("\nexperiments\n%s", table.c_str());
  return status;
}

}  // namespace
}  // namespace heddle::bench::gpu

int main(int argc, char** argv) {
  try {
    return heddle::bench::gpu::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "heddle_gpu_bench: %s\n", error.what());
    return 1;
  }
}
