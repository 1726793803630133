#include "bench/gpu/entries.hpp"

#include <cstdio>
#include <stdexcept>

#include "bench/gpu/baseline.hpp"
#include "bench/gpu/ceilings.hpp"

namespace heddle::bench::gpu {
namespace {

double unit_of(DataType out) {  // of rounding to it
  switch (out) {
    case DataType::bf16: return 0x1p-8;
    case DataType::f16: return 0x1p-11;
    case DataType::f32: return 0x1p-24;
    default: return 0;
  }
}

// What an instruction adds to a sum is cut off at 23 bits or so, once per 16 stored entries; native
// instructions of 8-bit floats keep 13. A vendor may also add partial sums in the type of D.
double unit_of_sum(const Case& problem, bool vendor, bool native_f8) {
  if (problem.type == DataType::i8) return 0;
  const bool f8 = problem.type == DataType::f8e4m3 || problem.type == DataType::f8e5m2;
  const double steps = static_cast<double>(problem.cols) / 32 + 16;
  const double partial = vendor ? unit_of(product_type(problem.type)) / 8 : 0;
  return (f8 && (vendor || native_f8) ? 0x1p-12 : steps * 0x1p-23) + partial;
}

}  // namespace

void require_right(const Side& side, std::size_t set, const Case& problem, const Weight& weight,
                   bool vendor, const Stream& stream) {
  const SampleSteps steps = sample_steps(problem.rows, problem.n, problem.cols);
  const DataType out = product_type(problem.type);
  const bool native_f8 = side.warpgroups() || peak_rate(Peak::sparse_f8, stream) > 0;
  const double unit_sum = unit_of_sum(problem, vendor, native_f8);
  const ProductCheck check = {weight.dense.data(), side.sets().b(set),
                              side.sets().d(set),  problem.rows,
                              problem.n,           problem.cols,
                              steps.row,           steps.col,
                              problem.type,        out,
                              unit_of(out),        unit_sum};
  const ProductFinding found = check_product(check, stream);
  if (found.wrong > 0) {
    char text[256];
    std::snprintf(text, sizeof text,
                  "%lld of %lld elements of D are wrong, D(%lld, %lld) = %g: must be %g +- %g",
                  static_cast<long long>(found.wrong), static_cast<long long>(found.checked),
                  static_cast<long long>(found.row), static_cast<long long>(found.col), found.got,
                  found.want, found.bound);
    throw std::runtime_error(text);
  }
  if (!(found.magnitude > 0)) throw std::runtime_error("D is zero: nothing was shown");
}

namespace {

// A plain call, then a captured batch launched twice, are right.
std::unique_ptr<Recording> checked_recording(const Side& side, const Case& problem,
                                             const Weight& weight, bool vendor,
                                             const Stream& stream) {
  const auto right = [&](std::size_t set) {
    require_right(side, set, problem, weight, vendor, stream);
  };
  side.sets().poison();
  side.call(0);
  stream.wait();
  right(0);
  auto recording = std::make_unique<Recording>(stream, [&side] {
    for (std::size_t i = 0; i < side.sets().calls(); ++i) side.call(i % side.sets().sets());
  });
  side.sets().poison();
  for (int launch = 0; launch < 2; ++launch) recording->launch(stream);
  stream.wait();
  right(0);
  right(side.sets().sets() - 1);
  return recording;
}

}  // namespace

Entry make_entry(const SideArgs& args, bool vendor, const MakeSide& make) {
  Entry entry;
  entry.side = make();
  entry.recording = checked_recording(*entry.side, args.problem, args.weight, vendor, args.stream);
  entry.text = entry.side->config();
  return entry;
}

Entry make_optional(const SideArgs& args, const char* name, const MakeSide& make) {
  try {
    return make_entry(args, true, make);
  } catch (const std::exception& error) {
    Entry none;
    none.text = std::string("no ") + name + ": " + error.what();
    return none;
  }
}

void time_entries(benchmark::State& state, const std::vector<Entry*>& entries,
                  const Stream& stream) {
  std::size_t first = 0;
  for (auto _ : state) {
    std::vector<Mark> begin(entries.size()), end(entries.size());
    entries[(first + entries.size() - 1) % entries.size()]->recording->launch(stream);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const std::size_t at = (first + i) % entries.size();
      launch_marked(*entries[at]->recording, stream, begin[at], end[at]);
    }
    stream.wait();
    for (std::size_t i = 0; i < entries.size(); ++i)
      entries[i]->seconds.push_back(end[i].seconds_since(begin[i]) /
                                    static_cast<double>(entries[i]->side->sets().calls()));
    state.SetIterationTime(entries[0]->seconds.back());
    ++first;
  }
}

Summary compared(const Entry& ours, const Entry& other) {
  std::vector<Round> rounds;
  for (std::size_t i = 0; i < ours.seconds.size(); ++i)
    rounds.push_back({ours.seconds[i], other.seconds[i]});
  return summarize(rounds);
}

void set_model(benchmark::State& state, const std::string& prefix, const Selection& opinion) {
  const std::pair<const char*, double> terms[] = {
      {"us", opinion.predicted_us},
      {"memory_us", opinion.balance * opinion.memory_us},
      {"l2_us", opinion.balance * opinion.l2_us},
      {"shared_us", opinion.shared_us},
      {"math_us", opinion.math_us},
      {"wait_us", opinion.wait_us},
      {"fill_us", opinion.fill_us},
      {"fixup_us", opinion.fixup_us}};
  for (const auto& [name, value] : terms) state.counters[prefix + name] = value;
}

}  // namespace heddle::bench::gpu
