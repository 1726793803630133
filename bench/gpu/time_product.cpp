#include "bench/gpu/time_product.hpp"

#include "bench/gpu/ceilings.hpp"
#include "bench/gpu/entries.hpp"
#include "bench/gpu/variants.hpp"

namespace heddle::bench::gpu {
namespace {

std::vector<ProductRow> rows, variant_rows;
std::vector<Case> row_cases;

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
struct Held {
  ProductRow row;
  Roof limit;
};
Held held(const Case& problem, const ProductWork& work, const Entry& ours, const Stream& stream) {
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
  auto [row, limit] = held(problem, work, ours, stream);
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
  set_model(state, "model_", ours.side->opinion());
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
    ProductRow row = held(problem, work, entry, stream).row;
    row.over_chosen = compared(entry, chosen).ratio;
    if (dense.side) row.over_dense = compared(entry, dense).ratio;
    if (sparse.side) row.over_sparse = compared(entry, sparse).ratio;
    state.counters["us " + entry.name] = row.us;
    state.counters["x_chosen " + entry.name] = row.over_chosen;
    state.counters["model_us " + entry.name] = entry.side->opinion().predicted_us;
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
