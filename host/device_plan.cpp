#include "host/device_plan.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "host/matmul_check.hpp"
#include "host/matmul_config.hpp"
#include "host/message.hpp"
#include "host/select.hpp"
#include "host/validate.hpp"
#include "kernels/hopper/hopper.hpp"
#include "kernels/matmul/schedule.hpp"

namespace heddle {
namespace {

constexpr std::int64_t kSmallTokens = 64;
constexpr std::int64_t kOldest = 80;           // compute capability with a sparse mma
constexpr std::int64_t kDependentLaunch = 90;  // with programmatic dependent launch
constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

constexpr std::int64_t pieces(std::int64_t whole, std::int64_t piece) {
  return whole / piece + (whole % piece != 0);
}

// Two tiles of sums, of a block or of a cluster.
std::size_t slot_bytes(const MatmulConfig& config) {
  return 2 * static_cast<std::size_t>(config.tile_m() * config.tile_n()) * 4;
}
// Blocks that share a tile.
int tile_blocks(const MatmulConfig& config) {
  return config.kernel == MatmulKernel::mma ? 1 : config.cluster;
}

std::string capability_text(int capability) {
  return message(capability / 10, ".", capability % 10);
}

Status check_device(const MatmulDesc& desc, const DeviceDescription& device) {
  HEDDLE_TRY(check_device_order("desc.a.order", desc.a.order));
  if (device.compute_capability < kOldest)
    return {StatusCode::unavailable,
            message("exec = cuda: no kernel exists for compute capability ",
                    capability_text(device.compute_capability), " (", device.name,
                    "): must be 8.0 or newer")};
  if (desc.overlap_previous && device.compute_capability < kDependentLaunch)
    return {StatusCode::unsupported, message("desc.overlap_previous = true on compute capability ",
                                             capability_text(device.compute_capability), " (",
                                             device.name, "): must be false below 9.0")};
  return {};
}

// The tuning's entry for n, or null.
const MatmulConfig* tuned(const MatmulDesc& desc, std::int64_t n) {
  for (const MatmulTuning::Entry& entry : desc.tuning.entries)
    if (n <= entry.max_n) return &entry.config;
  return nullptr;
}

// The largest n of every tuned range that the plan reaches must be possible.
Status check_tuning(const MatmulDesc& desc, const DeviceDescription& device) {
  std::int64_t before = 0;
  for (std::size_t i = 0; i < desc.tuning.entries.size() && before < desc.max_n; ++i) {
    const MatmulTuning::Entry& entry = desc.tuning.entries[i];
    before = entry.max_n;
    Status status = check_values(entry.config);
    if (status.ok() && entry.config.blocks < 1)
      status = {StatusCode::invalid_argument, "blocks = 0: must be >= 1"};
    if (status.ok()) {
      const std::int64_t n = std::min(entry.max_n, desc.max_n);
      const MatmulConfig config = fit_split(entry.config, desc, n, desc.max_batch, kUnlimited);
      status = predict(problem_of(desc, n, desc.max_batch), device, config).status();
    }
    if (!status.ok())
      return {status.code(), message("desc.tuning.entries[", i, "].config: ", status.message())};
  }
  return {};
}

Result<MatmulConfig> unlimited_config(const DevicePlan& plan, std::int64_t n, std::int64_t batch,
                                      Buffers buffers) {
  const MatmulDesc& desc = plan.desc;
  const MatmulConfig* config = tuned(desc, n);
  if (config && (buffers == Buffers::suit_all || config->kernel == MatmulKernel::mma))
    return fit_split(*config, desc, n, batch, kUnlimited);
  const bool mma = buffers == Buffers::suit_mma;
  const std::vector<MatmulConfig>& small =
      mma && !plan.small_mma.empty() ? plan.small_mma : plan.small;
  const auto range = static_cast<std::size_t>((n - 1) / kTokens);
  if (batch == 1 && range < small.size()) return small[range];
  const Result<Selection> selection =
      select_for(desc, mma ? plan.mma_device : plan.device, n, batch);
  if (!selection.ok()) return selection.status();
  return fit_split(selection->config, desc, n, batch, kUnlimited);
}

// What one product of up to 64 tokens gets.
Result<std::vector<MatmulConfig>> small_table(const MatmulDesc& desc,
                                              const DeviceDescription& device) {
  std::vector<MatmulConfig> table;
  for (std::int64_t n = kTokens; n <= kSmallTokens && n - kTokens < desc.max_n; n += kTokens) {
    const Result<Selection> selection = select_for(desc, device, n, 1);
    if (!selection.ok()) return selection.status();
    table.push_back(fit_split(selection->config, desc, n, 1, kUnlimited));
  }
  return table;
}

// A size that select does not take comes from the description.
Status of_desc(const Status& status) { return {status.code(), "desc: " + status.message()}; }

// Numbers of tokens that the workspace is measured at: every group of 8 that has a place in
// `small`, then steps of 64, growing; and the ends of tuned ranges, where splits are largest.
std::vector<std::int64_t> sample_tokens(const MatmulDesc& desc) {
  std::vector<std::int64_t> samples = {desc.max_n};
  for (std::int64_t n = kTokens; n < desc.max_n;) {
    samples.push_back(n);
    n += n < kSmallTokens ? kTokens : std::max(n / 256, std::int64_t{1}) * 64;
  }
  for (const MatmulTuning::Entry& entry : desc.tuning.entries)
    if (entry.max_n < desc.max_n) samples.push_back(entry.max_n);
  return samples;
}

}  // namespace

SelectProblem problem_of(const MatmulDesc& desc, std::int64_t n, std::int64_t batch) {
  return {desc.a.rows, n,           desc.a.cols, batch,
          desc.a.type, desc.b_type, desc.d_type, desc.b_order == Order::row};
}

Result<Selection> select_for(const MatmulDesc& desc, const DeviceDescription& device,
                             std::int64_t n, std::int64_t batch) {
  return select(problem_of(desc, pieces(n, kTokens) * kTokens, batch), device);
}

DeviceDescription without_wgmma(DeviceDescription device) {
  device.wgmma = false;
  return device;
}

MatmulConfig fit_split(MatmulConfig config, const MatmulDesc& desc, std::int64_t n,
                       std::int64_t batch, std::size_t workspace) {
  const auto counters = static_cast<std::size_t>(kCounterBytes);
  const std::size_t slots = workspace < counters ? 0 : (workspace - counters) / slot_bytes(config);
  const int each = tile_blocks(config);
  if (slots < static_cast<std::size_t>(config.split_blocks / each))
    config.split_blocks = static_cast<int>(slots) * each;
  if (config.split_blocks == 0) config.split_tiles = 0;
  return fit_to(problem_of(desc, n, batch), config);
}

std::size_t workspace_of(const MatmulConfig& config) {
  const Schedule schedule = {0, 1, config.split_tiles, config.split_blocks / tile_blocks(config)};
  return static_cast<std::size_t>(config.kernel == MatmulKernel::mma
                                      ? workspace_bytes(schedule, shape_of(config))
                                      : hopper_workspace_bytes(schedule, hopper_shape_of(config)));
}

Result<DevicePlan> plan_for(const MatmulDesc& desc, const DeviceDescription& device,
                            int device_index) {
  HEDDLE_TRY(check_device(desc, device));
  DevicePlan plan;
  plan.desc = desc;
  plan.device = device;
  plan.mma_device = without_wgmma(device);
  plan.device_index = device_index;
  if (desc.a.rows == 0 || desc.max_n == 0 || desc.max_batch == 0) return plan;
  HEDDLE_TRY(check_tuning(desc, device));
  Result<std::vector<MatmulConfig>> small = small_table(desc, device);
  if (!small.ok()) return of_desc(small.status());
  plan.small = std::move(*small);
  const bool two = device.wgmma && device.compute_capability == kWgmmaCapability;
  if (two) {
    Result<std::vector<MatmulConfig>> mma = small_table(desc, plan.mma_device);
    if (!mma.ok()) return of_desc(mma.status());
    plan.small_mma = std::move(*mma);
  }
  for (std::int64_t n : sample_tokens(desc))
    for (std::int64_t batch = 1;; batch = std::min(batch * 2, desc.max_batch)) {
      for (Buffers buffers : {Buffers::suit_all, Buffers::suit_mma}) {
        if (buffers == Buffers::suit_mma && !two) continue;
        const Result<MatmulConfig> config = unlimited_config(plan, n, batch, buffers);
        if (!config.ok()) return of_desc(config.status());
        plan.workspace_bytes = std::max(plan.workspace_bytes, workspace_of(*config));
      }
      if (batch == desc.max_batch) break;
    }
  return plan;
}

// A choice that the samples did not foresee is split among fewer blocks: the bound holds for all.
Result<MatmulConfig> config_for(const DevicePlan& plan, std::int64_t n, std::int64_t batch,
                                Buffers buffers) {
  Result<MatmulConfig> config = unlimited_config(plan, n, batch, buffers);
  if (!config.ok() || workspace_of(*config) <= plan.workspace_bytes) return config;
  return fit_split(*config, plan.desc, n, batch, plan.workspace_bytes);
}

Result<Selection> selection_for(const DevicePlan& plan, std::int64_t n, std::int64_t batch) {
  const MatmulDesc& desc = plan.desc;
  if (n < 0 || n > desc.max_n)
    return Status(StatusCode::invalid_argument,
                  message("n = ", n, ": must be in [0, ", desc.max_n, "], the plan's max_n"));
  if (batch < 0 || batch > desc.max_batch)
    return Status(StatusCode::invalid_argument, message("batch = ", batch, ": must be in [0, ",
                                                        desc.max_batch, "], the plan's max_batch"));
  if (desc.a.rows == 0 || n == 0 || batch == 0) return Selection{};  // nothing to do
  const Result<MatmulConfig> config = config_for(plan, n, batch);
  if (!config.ok()) return config.status();
  return predict(problem_of(desc, n, batch), plan.device, *config);
}

}  // namespace heddle
