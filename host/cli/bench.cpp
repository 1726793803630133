// heddle bench: one product, checked and then timed, on this machine.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <thread>
#include <utility>

#include "host/cli/bench_case.hpp"
#include "host/cli/bench_device.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/report.hpp"

namespace heddle::cli {
namespace {

constexpr int kMostRounds = 10'000;
constexpr int kCallsPerRound = 20;  // on a device: long beside the resolution of events
constexpr std::size_t kMostCopies = 256;

struct Measured {
  std::vector<double> seconds;  // of one call, a round each
  std::int64_t checked = 0;     // elements of D that were compared
  std::optional<heddle::Selection> selection;
};

std::string number(double value, const char* form) {
  char text[64];
  std::snprintf(text, sizeof text, form, value);
  return text;
}

// Whether an operation can run on the CUDA path: asked of the library itself, with an empty matrix.
bool cuda_works() {
  ConstMatrixView nothing;
  nothing.type = DataType::f16;
  return best_mask(Exec::cuda(), nothing, {2, 4}, MaskView{}).ok();
}

MatmulBuffers buffers_for(const BenchCase& problem, const MatmulDesc& desc, const std::byte* blob,
                          std::size_t blob_bytes, const std::byte* b, std::byte* d) {
  MatmulBuffers buffers;
  buffers.a = {desc.a, blob, blob_bytes};
  buffers.b = {b, problem.k, problem.n, problem.b_ld(), problem.type, problem.order};
  buffers.d = {d, problem.m, problem.n, problem.d_ld(), problem.out, problem.order};
  return buffers;
}

Result<Measured> measure_on_cpu(const BenchCase& problem, const BenchOperands& operands,
                                const Options& options) {
  const MatmulDesc desc = problem.desc(PackedOrder::canonical);
  const Exec exec = Exec::cpu(options.threads);
  const Result<MatmulPlan> plan = make_plan(exec, desc);
  if (!plan.ok()) return plan.status();
  std::vector<std::byte> d(problem.d_bytes(), std::byte{0xa5});
  const MatmulBuffers buffers = buffers_for(problem, desc, operands.blob.data(),
                                            operands.blob.size(), operands.b.data(), d.data());
  if (const Status status = heddle::run(exec, *plan, buffers); !status.ok()) return status;
  const Result<std::int64_t> checked = check_result(problem, operands, d.data());
  if (!checked.ok()) return checked.status();

  Measured measured;
  measured.checked = *checked;
  for (int round = 0; round < options.rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    if (const Status status = heddle::run(exec, *plan, buffers); !status.ok()) return status;
    measured.seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return measured;
}

// Copies of A that together are three times the L2 cache: calls take turns, so that none finds its
// weights there.
Result<std::vector<DeviceBuffer>> copies_of(const std::vector<std::byte>& blob) {
  const Result<std::size_t> cache = l2_bytes();
  if (!cache.ok()) return cache.status();
  const std::size_t count =
      std::clamp<std::size_t>((3 * *cache + blob.size() - 1) / blob.size(), 1, kMostCopies);
  std::vector<DeviceBuffer> copies;
  for (std::size_t i = 0; i < count; ++i) {
    Result<DeviceBuffer> copy = DeviceBuffer::copy_of(blob.data(), blob.size());
    if (!copy.ok()) return copy.status();
    copies.push_back(std::move(copy).value());
  }
  return copies;
}

Result<Measured> measure_on_cuda(const BenchCase& problem, const BenchOperands& operands,
                                 const Options& options) {
  const MatmulDesc desc = problem.desc(PackedOrder::device);
  const Exec exec = Exec::cuda();
  const Result<MatmulPlan> plan = make_plan(exec, desc);
  if (!plan.ok()) return plan.status();
  const Result<heddle::Selection> selection = plan->selection(problem.n);
  if (!selection.ok()) return selection.status();
  const Result<std::vector<DeviceBuffer>> blobs = copies_of(operands.blob);
  if (!blobs.ok()) return blobs.status();
  const Result<DeviceBuffer> b = DeviceBuffer::copy_of(operands.b.data(), operands.b.size());
  if (!b.ok()) return b.status();
  std::vector<std::byte> host_d(problem.d_bytes(), std::byte{0xa5});
  const Result<DeviceBuffer> d = DeviceBuffer::copy_of(host_d.data(), host_d.size());
  if (!d.ok()) return d.status();
  const Result<DeviceBuffer> scratch = DeviceBuffer::make(plan->workspace_size());
  if (!scratch.ok()) return scratch.status();
  const Workspace workspace = {scratch->data(), plan->workspace_size()};
  if (const Status status = clear_workspace(exec, workspace); !status.ok()) return status;

  std::size_t turn = 0;
  const auto call = [&] {
    const DeviceBuffer& blob = (*blobs)[turn++ % blobs->size()];
    return heddle::run(
        exec, *plan,
        buffers_for(problem, desc, blob.data(), operands.blob.size(), b->data(), d->data()),
        workspace);
  };
  if (const Status status = call(); !status.ok()) return status;
  if (const Status status = d->download(host_d.data(), host_d.size()); !status.ok()) return status;
  const Result<std::int64_t> checked = check_result(problem, operands, host_d.data());
  if (!checked.ok()) return checked.status();

  Measured measured;
  measured.checked = *checked;
  measured.selection = *selection;
  for (int round = 0; round < options.rounds; ++round) {
    const Result<double> seconds = device_seconds([&] {
      for (int i = 0; i < kCallsPerRound; ++i)
        if (Status status = call(); !status.ok()) return status;
      return Status();
    });
    if (!seconds.ok()) return seconds.status();
    measured.seconds.push_back(*seconds / kCallsPerRound);
  }
  return measured;
}

Outcome describe(const BenchCase& problem, const Measured& measured, std::size_t blob_bytes,
                 const std::string& where) {
  const double us = quantile(measured.seconds, 0.5) * 1e6;
  const double first = quantile(measured.seconds, 0.25) * 1e6;
  const double third = quantile(measured.seconds, 0.75) * 1e6;
  const auto bytes = static_cast<double>(blob_bytes + problem.b_bytes() + problem.d_bytes());
  const double flops = 2.0 * static_cast<double>(problem.m) * static_cast<double>(problem.n) *
                       static_cast<double>(problem.k);
  Outcome outcome;
  outcome.text =
      to_string(problem) + " on " + where + "\n" +
      table({{"right", std::to_string(measured.checked) + " elements of D compared"},
             {"time", number(us, "%.2f us, quartiles ") + number(first, "%.2f to ") +
                          number(third, "%.2f, ") + count_words(measured.seconds.size(), "round")},
             {"speed", number(flops / us * 1e-6, "%.4g TFLOP/s of the dense product, ") +
                           number(bytes / us * 1e-3, "%.4g GB/s of packed A, B and D")}});
  outcome.json = {{"command", "bench"},
                  {"shape", to_string(problem)},
                  {"exec", where},
                  {"checked", measured.checked},
                  {"rounds", measured.seconds.size()},
                  {"us", us},
                  {"us_q1", first},
                  {"us_q3", third},
                  {"bytes", bytes},
                  {"gbytes_per_s", bytes / us * 1e-3},
                  {"dense_tflops", flops / us * 1e-6}};
  if (measured.selection) {
    const heddle::Selection& chosen = *measured.selection;
    outcome.json["config"] = heddle::to_string(chosen.config);
    outcome.json["predicted_us"] = chosen.predicted_us;
    outcome.text += table({{"config", heddle::to_string(chosen.config)},
                           {"predicted", number(chosen.predicted_us, "%.2f us")}});
  }
  return outcome;
}

}  // namespace

Result<Outcome> run_bench(const Options& options) {
  const Result<BenchCase> problem = parse_bench_case(options.shape);
  if (!problem.ok()) return problem.status();
  if (options.rounds < 1 || options.rounds > kMostRounds)
    return Status(StatusCode::invalid_argument, "--rounds " + std::to_string(options.rounds) +
                                                    ": must be 1 to " +
                                                    std::to_string(kMostRounds));
  const bool on_cuda = options.where == "cuda" || (options.where == "auto" && cuda_works());
  // What cannot run says so before the operands are made.
  const Exec exec = on_cuda ? Exec::cuda() : Exec::cpu(options.threads);
  const PackedOrder order = on_cuda ? PackedOrder::device : PackedOrder::canonical;
  if (const Status status = check(exec, problem->desc(order)); !status.ok()) return status;
  const Result<BenchOperands> operands = make_operands(*problem, order, options.threads);
  if (!operands.ok()) return operands.status();
  const Result<Measured> measured = on_cuda ? measure_on_cuda(*problem, *operands, options)
                                            : measure_on_cpu(*problem, *operands, options);
  if (!measured.ok()) return measured.status();
  return describe(*problem, *measured, operands->blob.size(), on_cuda ? "cuda" : "cpu");
}

}  // namespace heddle::cli
