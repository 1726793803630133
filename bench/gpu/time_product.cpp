#include "bench/gpu/time_product.hpp"

#include <cmath>
#include <cstdio>
#include <stdexcept>

#include "bench/gpu/baseline.hpp"
#include "bench/gpu/ceilings.hpp"
#include "bench/gpu/product.hpp"
#include "bench/gpu/variants.hpp"

namespace heddle::bench::gpu {
namespace {

std::vector<ProductRow> rows, variant_rows;
std::vector<Case> row_cases;

// ---- correctness --------------------------------------------------------------------------------

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

// ---- time ---------------------------------------------------------------------------------------

// One way of computing the product: ready to be timed, or the reason why not.
struct Entry {
  std::unique_ptr<Side> side;
  std::unique_ptr<Recording> recording;
  std::string text, name;
  std::vector<double> seconds;  // of one product, a round each
};

template <class Make>
Entry make_entry(const SideArgs& args, bool vendor, const Make& make) {
  Entry entry;
  entry.side = make();
  entry.recording = checked_recording(*entry.side, args.problem, args.weight, vendor, args.stream);
  entry.text = entry.side->config();
  return entry;
}

// A vendor's library may be missing, may refuse the case, and may be wrong: it says so.
template <class Make>
Entry make_optional(const SideArgs& args, const char* name, const Make& make) {
  try {
    return make_entry(args, true, make);
  } catch (const std::exception& error) {
    Entry none;
    none.text = std::string("no ") + name + ": " + error.what();
    return none;
  }
}

// Times every entry in each round, starting with another one each time; work that is not timed
// keeps the device busy while the rest is enqueued.
void time_entries(benchmark::State& state, std::vector<Entry*> entries, const Stream& stream) {
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

// Speed of `ours` over `other`, round by round.
Summary compared(const Entry& ours, const Entry& other) {
  std::vector<Round> rounds;
  for (std::size_t i = 0; i < ours.seconds.size(); ++i)
    rounds.push_back({ours.seconds[i], other.seconds[i]});
  return summarize(rounds);
}

void set_speed(benchmark::State& state, const std::string& name, const Entry& ours,
               const Entry& other, double& over) {
  if (!other.side) return;
  const Summary summary = compared(ours, other);
  over = summary.ratio;
  state.counters[name + "_us"] = summary.baseline * 1e6;
  state.counters["x_" + name] = summary.ratio;
  state.counters["x_" + name + "_q1"] = summary.ratio_quarter;
  state.counters["x_" + name + "_q3"] = summary.ratio_three_quarters;
}

// What one of Heddle's entries did, held against the roof of its instruction.
struct Measured {
  ProductRow row;
  Roof limit;
};
Measured measured(const Case& problem, const ProductWork& work, const Entry& ours,
                  const Stream& stream) {
  const MathCeiling math = math_ceiling(problem.type, ours.side->warpgroups(), stream);
  const Roof limit =
      roof(work.sparse_bytes, copy_rate(stream), work.dense_flops, math.flops_per_s, math.bound);
  const double seconds = quantile(ours.seconds, 0.5);
  ProductRow row;
  row.problem = to_string(problem);
  row.layer = problem.layer;
  row.config = ours.text;
  row.us = seconds * 1e6;
  row.dense_tflops = work.dense_flops / seconds * 1e-12;
  row.stored_tflops = work.stored_flops / seconds * 1e-12;
  row.gbytes_per_s = work.sparse_bytes / seconds * 1e-9;
  row.roof_share = limit.seconds / seconds;
  row.bound = limit.bound;
  return {row, limit};
}

void report_product(benchmark::State& state, const Case& problem, const Weight& weight,
                    const Stream& stream, const Entry& ours, const Entry& dense,
                    const Entry& sparse, const Entry& tuned) {
  const ProductWork work = product_work(problem, weight.packed_bytes);
  auto [row, limit] = measured(problem, work, ours, stream);
  auto& counters = state.counters;
  counters["us"] = row.us;
  counters["us_q1"] = quantile(ours.seconds, 0.25) * 1e6;
  counters["us_q3"] = quantile(ours.seconds, 0.75) * 1e6;
  counters["TFLOP/s"] = row.dense_tflops;
  counters["stored_TFLOP/s"] = row.stored_tflops;
  counters["GB/s"] = row.gbytes_per_s;
  counters["bytes"] = work.sparse_bytes;
  counters["dense_bytes"] = work.dense_bytes;
  counters["flops"] = work.dense_flops;
  counters["roof_us"] = limit.seconds * 1e6;
  counters["roof_share"] = row.roof_share;
  counters["direct_us"] = quick_seconds(stream, *ours.side, ours.side->sets().calls()) * 1e6;
  counters["sets"] = static_cast<double>(ours.side->sets().sets());
  set_speed(state, "cublaslt", ours, dense, row.over_dense);
  set_speed(state, "cusparselt", ours, sparse, row.over_sparse);
  double over_tuned = 0;
  set_speed(state, "tuned", ours, tuned, over_tuned);
  state.SetLabel((problem.layer.empty() ? "-" : problem.layer) + " | " + row.bound + " | " +
                 ours.text + " | " + dense.text + " | " + sparse.text +
                 (tuned.side ? " | " + tuned.text : ""));
  rows.push_back(std::move(row));
  row_cases.push_back(problem);
}

// The configuration that the options ask for, if they do.
std::optional<MatmulConfig> wanted(const Case& problem, const ProductOptions& options) {
  if (options.config) return options.config;
  if (options.kernel) return best_of(problem, *options.kernel, this_device());
  return std::nullopt;
}

// Every variant, or why it has none: a wrong one fails the benchmark, after the others are timed.
std::vector<Entry> make_variants(const SideArgs& args, std::string& wrong) {
  std::vector<Entry> made;
  for (const MatmulConfig& config : variants(args.problem, this_device())) {
    const std::string name = variant_name(config);
    try {
      made.push_back(make_entry(args, false, [&] { return heddle_side(args, config); }));
      made.back().name = name;
    } catch (const std::exception& error) {
      wrong += (wrong.empty() ? "" : "; ") + name + ": " + error.what();
    }
  }
  return made;
}

}  // namespace

void time_variants(benchmark::State& state, const Case& problem) {
  if (time_is_up()) return leave_out(state, kNotRun);
  const Stream stream;
  const Weight& weight = weight_of(problem, stream);
  const SideArgs args = {problem, weight, stream, properties().l2_bytes};
  (void)copy_rate(stream);
  Entry chosen = make_entry(args, false, [&] { return heddle_side(args, std::nullopt); });
  std::string wrong;
  std::vector<Entry> made = make_variants(args, wrong);
  Entry dense = make_optional(args, "cuBLASLt", [&] { return cublaslt_side(args); });
  Entry sparse = make_optional(args, "cuSPARSELt", [&] { return cusparselt_side(args); });
  std::vector<Entry*> timed = {&chosen};
  for (Entry& entry : made) timed.push_back(&entry);
  for (Entry* entry : {&dense, &sparse})
    if (entry->side) timed.push_back(entry);
  time_entries(state, timed, stream);
  set_health(state);

  const ProductWork work = product_work(problem, weight.packed_bytes);
  for (const Entry& entry : made) {
    ProductRow row = measured(problem, work, entry, stream).row;
    row.over_chosen = compared(entry, chosen).ratio;
    if (dense.side) row.over_dense = compared(entry, dense).ratio;
    if (sparse.side) row.over_sparse = compared(entry, sparse).ratio;
    state.counters["us " + entry.name] = row.us;
    state.counters["x_chosen " + entry.name] = row.over_chosen;
    state.counters["roof_share " + entry.name] = row.roof_share;
    if (dense.side) state.counters["x_cublaslt " + entry.name] = row.over_dense;
    if (sparse.side) state.counters["x_cusparselt " + entry.name] = row.over_sparse;
    variant_rows.push_back(std::move(row));
  }
  state.counters["us"] = quantile(chosen.seconds, 0.5) * 1e6;
  state.SetLabel(chosen.text + " | " + dense.text + " | " + sparse.text);
  if (!wrong.empty()) fail(state, wrong);
}

void time_product(benchmark::State& state, const Case& problem, const ProductOptions& options) {
  if (time_is_up()) return leave_out(state, kNotRun);
  const Stream stream;
  const Weight& weight = weight_of(problem, stream);
  const SideArgs args = {problem, weight, stream, properties().l2_bytes};
  (void)copy_rate(stream);
  Entry ours = make_entry(args, false, [&] { return heddle_side(args, wanted(problem, options)); });
  Entry dense = make_optional(args, "cuBLASLt", [&] { return cublaslt_side(args); });
  Entry sparse = make_optional(args, "cuSPARSELt", [&] { return cusparselt_side(args); });
  Entry tuned;
  if (options.tune) tuned = make_entry(args, false, [&] { return tuned_heddle_side(args); });

  std::vector<Entry*> timed;
  for (Entry* entry : {&ours, &dense, &sparse, &tuned})
    if (entry->side) timed.push_back(entry);
  time_entries(state, timed, stream);
  set_health(state);  // at once: clocks fall when the device has nothing to do
  report_product(state, problem, weight, stream, ours, dense, sparse, tuned);
  require_right(*ours.side, ours.side->sets().sets() - 1, problem, weight, false, stream);
}

std::string products_table() {
  std::string text = rows.empty() ? "" : product_table(rows, row_cases);
  if (!variant_rows.empty()) text += (text.empty() ? "" : "\n") + variant_table(variant_rows);
  return text;
}

}  // namespace heddle::bench::gpu
