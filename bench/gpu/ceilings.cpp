#include "bench/gpu/ceilings.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <stdexcept>

#include "bench/gpu/baseline.hpp"

namespace heddle::bench::gpu {
namespace {

constexpr int kTrials = 5;

// The middle of the rates of a few launches; `enqueue` returns the work of one.
template <class Enqueue>
double median_rate(const Stream& stream, const Enqueue& enqueue) {
  if (enqueue() == 0) return 0;  // loads the code, and warms the clocks up
  std::vector<double> rates;
  for (int i = 0; i < kTrials; ++i) {
    Mark begin, end;
    (void)enqueue();
    begin.set(stream);
    const double work = enqueue();
    end.set(stream);
    stream.wait();
    rates.push_back(work / end.seconds_since(begin));
  }
  return quantile(rates, 0.5);
}

double measure_copy(const Stream& stream) {
  const std::size_t l2_bytes = properties().l2_bytes;
  Buffers data;
  data.dense = Memory(std::size_t{1} << 20);
  fill_normal(data.dense.data(), 1 << 18, DataType::f32);
  const std::size_t bytes = 32 * l2_bytes;  // read + written
  const Baseline baseline(stream, data, bytes, l2_bytes);
  std::vector<double> runtime, kernel;
  for (int i = 0; i < kTrials; ++i) {
    const Baseline::Seconds seconds = baseline.measure(stream);
    runtime.push_back(seconds.runtime);
    kernel.push_back(seconds.kernel);
  }
  return static_cast<double>(bytes) / std::min(quantile(runtime, 0.5), quantile(kernel, 0.5));
}

double measure_rate(const Rate& rate, const Stream& stream) {
  const RateRun run(rate);
  if (!run.exists()) return 0;
  if (const std::string wrong = run.wrong(stream); !wrong.empty())
    throw std::runtime_error(to_string(rate) + ": " + wrong);
  return median_rate(stream, [&] { return run.enqueue(stream); });
}

template <class Key, class Measure>
double once(std::map<Key, double>& known, const Key& key, const Measure& measure) {
  const auto found = known.find(key);
  return found != known.end() ? found->second : known.emplace(key, measure()).first->second;
}

Peak sparse_peak(DataType type, const Stream& stream) {
  switch (type) {
    case DataType::bf16: return Peak::sparse_bf16;
    case DataType::f32: return Peak::sparse_tf32;
    case DataType::i8: return Peak::sparse_i8;
    case DataType::f8e4m3:
    case DataType::f8e5m2:
      return peak_rate(Peak::sparse_f8, stream) > 0 ? Peak::sparse_f8 : Peak::sparse_f16;
    default: return Peak::sparse_f16;
  }
}

}  // namespace

double copy_rate(const Stream& stream) {
  static const double measured = measure_copy(stream);
  return measured;
}

double peak_rate(Peak peak, const Stream& stream) {
  static std::map<Peak, double> known;
  return once(known, peak,
              [&] { return median_rate(stream, [&] { return enqueue_peak(peak, stream); }); });
}

double machine_rate(const Rate& rate, const Stream& stream) {
  static std::map<std::string, double> known;
  return once(known, to_string(rate), [&] { return measure_rate(rate, stream); });
}

MathCeiling math_ceiling(DataType type, bool wgmma, const Stream& stream) {
  if (wgmma) {
    try {
      return {machine_rate(wgmma_bound(type), stream), "wgmma"};
    } catch (const std::exception&) {
      return {0, "wgmma"};  // not known: --rates=1 says why; the product may be right all the same
    }
  }
  return {peak_rate(sparse_peak(type, stream), stream), "math"};
}

void set_health(benchmark::State& state) {
  const Health now = health();
  if (now.sm_mhz == 0) return;
  state.counters["watts"] = now.watts;
  state.counters["sm_mhz"] = now.sm_mhz;
  state.counters["memory_mhz"] = now.memory_mhz;
  state.counters["celsius"] = now.celsius;
}

void time_peak(benchmark::State& state, Peak peak) {
  const Stream stream;
  const double rate = peak_rate(peak, stream);
  for (auto _ : state) state.SetIterationTime(rate > 0 ? 1e12 / rate : 1);
  state.counters["TFLOP/s"] = rate * 1e-12;
  set_health(state);
}

void time_rate(benchmark::State& state, const Rate& rate) {
  const Stream stream;
  const double unit = std::strcmp(unit_of(rate), "GB/s") == 0 ? 1e9 : 1e12;
  const double found = machine_rate(rate, stream) / unit;
  for (auto _ : state) state.SetIterationTime(found > 0 ? 1 / found : 1);
  state.counters[unit_of(rate)] = found;
  set_health(state);  // at once: clocks fall when the device has nothing to do
  const auto at = state.counters.find("sm_mhz");
  if (at == state.counters.end()) return;
  const double clocks = at->second * 1e6 * properties().multiprocessors;
  state.counters["per_clock"] = found * unit / clocks;  // and multiprocessor
}

const char* to_string(Peak peak) {
  switch (peak) {
    case Peak::sparse_bf16: return "sparse_bf16";
    case Peak::sparse_f16: return "sparse_f16";
    case Peak::sparse_i8: return "sparse_i8";
    case Peak::sparse_f8: return "sparse_f8";
    case Peak::sparse_tf32: return "sparse_tf32";
    case Peak::dense_bf16: return "dense_bf16";
    case Peak::dense_f16: return "dense_f16";
    case Peak::dense_i8: return "dense_i8";
    case Peak::dense_tf32: return "dense_tf32";
  }
  return "invalid";
}

}  // namespace heddle::bench::gpu
