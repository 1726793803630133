// Plans on the current device: what host/device_plan.cpp chooses, carried out.

#include <algorithm>
#include <limits>
#include <vector>

#include "host/batch_overlap.hpp"
#include "host/cuda/hopper.hpp"
#include "host/cuda/matmul.hpp"
#include "host/cuda/operations.hpp"
#include "host/cuda/runtime.hpp"
#include "host/device_plan.hpp"
#include "host/message.hpp"
#include "host/validate.hpp"
#include "kernels/matmul/schedule.hpp"

namespace heddle::cuda {
namespace {

constexpr std::size_t kCandidates = 16;  // of a kernel
constexpr int kRounds = 7;               // of which the fastest counts: disturbances only add
constexpr double kSampleMs = 0.2;        // of one measurement: far above the grain of events
constexpr double kMostRepeats = 100;     // within it
constexpr std::uintptr_t kScratchAlign = 256;

bool empty(const MatmulBuffers& x) { return x.d.rows == 0 || x.d.cols == 0 || x.batch.count == 0; }

std::size_t d_bytes(const MatmulBuffers& x) {
  const auto step = x.batch.d_stride * static_cast<std::int64_t>(size_of(x.d.type));
  return static_cast<std::size_t>((x.batch.count > 1 ? (x.batch.count - 1) * step : 0) +
                                  extent_bytes(footprint(x.d)));
}

// The same buffers with D elsewhere, no less aligned and no more. C stays where it is.
MatmulBuffers redirected(const MatmulBuffers& x, void* scratch) {
  MatmulBuffers to = x;
  if (!x.c && x.beta != 0.0f) {
    to.c = ConstMatrixView(x.d);
    to.batch.c_stride = x.batch.d_stride;
  }
  const auto offset = reinterpret_cast<std::uintptr_t>(x.d.data) % kScratchAlign;
  to.d.data = static_cast<std::byte*>(scratch) + offset;
  return to;
}

struct Trial {
  MatmulConfig config;
  double repeats = 1;
  double ms = std::numeric_limits<double>::infinity();
};

// The current device as a choice among kernels needs it, ready for products of these types.
struct Ready {
  DeviceDescription device;
  Multiply multiply;
};

Result<Ready> get_ready(const MatmulDesc& desc, DeviceDescription device) {
  const Result<Prepared> prepared = prepare_matmul(desc, device);
  if (!prepared.ok()) return prepared.status();
  device.wgmma = prepared->wgmma;
  return Ready{std::move(device), prepared->multiply};
}

Buffers kind_of(const MatmulBuffers& x) {
  return hopper_takes(x) ? Buffers::suit_all : Buffers::suit_mma;
}

// What tune measures: the best of each kernel that takes the buffers, as the model compares
// configurations of one better than kernels.
Result<std::vector<Selection>> worth_measuring(const DevicePlan& plan, const MatmulBuffers& x) {
  const SelectProblem problem = problem_of(plan.desc, x.d.cols, x.batch.count);
  Result<std::vector<Selection>> worth = candidates(problem, plan.mma_device, kCandidates);
  if (!worth.ok() || !hopper_takes(x)) return worth;
  const auto all = candidates(problem, plan.device, std::numeric_limits<std::size_t>::max());
  if (!all.ok()) return all;
  std::size_t left = kCandidates;
  for (const Selection& s : *all)
    if (s.config.kernel == MatmulKernel::wgmma && left > 0) worth->push_back(s), --left;
  return worth;
}

// plan_for's checks of what does not depend on the kernels there are.
Status check_desc(MatmulDesc desc, const DeviceDescription& device) {
  desc.max_n = 0;
  return plan_for(desc, device, 0).status();
}

}  // namespace

Result<std::shared_ptr<const DevicePlan>> plan_matmul(const Exec& exec, const MatmulDesc& desc) {
  const Result<DeviceDescription> device = describe_device(exec);
  if (!device.ok()) return device.status();
  const Result<int> index = current_device_index();
  if (!index.ok()) return index.status();
  HEDDLE_TRY(check_desc(desc, *device));
  const Result<Ready> ready = get_ready(desc, *device);
  if (!ready.ok()) return ready.status();
  Result<DevicePlan> plan = plan_for(desc, ready->device, *index);
  if (!plan.ok()) return plan.status();
  plan->multiply = ready->multiply;
  return std::shared_ptr<const DevicePlan>(std::make_shared<DevicePlan>(std::move(*plan)));
}

Status run_matmul(const Exec& exec, const DevicePlan& plan, const MatmulBuffers& x,
                  const Workspace& workspace) {
  const Result<int> index = current_device_index();
  if (!index.ok()) return index.status();
  if (*index != plan.device_index)
    return {StatusCode::invalid_argument,
            message("current device = ", *index, ": must be ", plan.device_index,
                    ", the one that the plan was made for")};
  if (empty(x)) return {};
  const Result<MatmulConfig> config = config_for(plan, x.d.cols, x.batch.count, kind_of(x));
  if (!config.ok()) return config.status();
  return launch_matmul(exec, plan.desc, plan.multiply, *config, x, workspace);
}

// The configuration is that of a plan for any bound, so that both give the same bits.
Status matmul(const Exec& exec, const MatmulDesc& desc, const MatmulBuffers& x) {
  const Result<DeviceDescription> device = describe_device(exec);
  if (!device.ok()) return device.status();
  HEDDLE_TRY(check_desc(desc, *device));
  if (empty(x)) return {};
  Result<Ready> ready = get_ready(desc, *device);
  if (!ready.ok()) return ready.status();
  if (!hopper_takes(x)) ready->device.wgmma = false;
  const std::int64_t n = x.d.cols, batch = x.batch.count;
  const Result<Selection> selection = select_for(desc, ready->device, n, batch);
  if (!selection.ok()) return selection.status();
  const MatmulConfig config =
      fit_split(selection->config, desc, n, batch, std::numeric_limits<std::size_t>::max());
  const std::size_t bytes = workspace_of(config);
  if (bytes == 0) return launch_matmul(exec, desc, ready->multiply, config, x, {});
  const Result<StreamMemory> memory = StreamMemory::allocate(exec, bytes);
  if (!memory.ok()) return memory.status();
  const Workspace workspace = {memory->data(), bytes};
  HEDDLE_TRY(cuda::clear_workspace(exec, workspace));
  return launch_matmul(exec, desc, ready->multiply, config, x, workspace);
}

// Slots are written before they are read; only the counters must begin at zero.
Status clear_workspace(const Exec& exec, const Workspace& workspace) {
  const auto bytes = std::min<std::size_t>(workspace.bytes, kCounterBytes);
  return bytes == 0 ? Status() : clear(exec, workspace.data, bytes);
}

Result<MatmulTuning> tune(const Exec& exec, const DevicePlan& plan, const MatmulBuffers& x,
                          const Workspace& workspace) {
  if (empty(x)) return MatmulTuning{};
  const std::int64_t n = x.d.cols, batch = x.batch.count;
  const Result<std::vector<Selection>> worth = worth_measuring(plan, x);
  if (!worth.ok()) return worth.status();
  const Result<StreamMemory> memory = StreamMemory::allocate(exec, d_bytes(x) + kScratchAlign);
  if (!memory.ok()) return memory.status();
  const MatmulBuffers buffers = redirected(x, memory->data());

  std::vector<Trial> trials;
  for (const Selection& s : *worth)
    trials.push_back({fit_split(s.config, plan.desc, n, batch, workspace.bytes)});
  const auto measure = [&](const Trial& trial) -> Result<double> {
    Result<double> ms = time_ms(exec, [&]() -> Status {
      for (int i = 0; i < static_cast<int>(trial.repeats); ++i)
        HEDDLE_TRY(launch_matmul(exec, plan.desc, plan.multiply, trial.config, buffers, workspace));
      return {};
    });
    if (ms.ok()) *ms /= static_cast<int>(trial.repeats);
    return ms;
  };
  // The first run of each loads code and warms caches; it also says how many runs fill a sample.
  for (int round = 0; round <= kRounds; ++round)
    for (Trial& trial : trials) {
      const Result<double> ms = measure(trial);
      if (!ms.ok()) return ms.status();
      if (round == 0)
        trial.repeats = std::clamp(kSampleMs / std::max(*ms, 1e-6), 1.0, kMostRepeats);
      else
        trial.ms = std::min(trial.ms, *ms);
    }
  const auto best = std::min_element(trials.begin(), trials.end(),
                                     [](const Trial& a, const Trial& b) { return a.ms < b.ms; });
  if (best == trials.end())
    return Status(StatusCode::unsupported, "tune: no configuration can run on this device");
  return MatmulTuning{{{n, best->config}}};
}

}  // namespace heddle::cuda
