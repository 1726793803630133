#pragma once
// The plan of a product on a device, as far as it is arithmetic: which configuration for which
// number of tokens, and the workspace that all of them fit into. Pure, so that plans can be made
// for devices that one does not have.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "heddle/matmul.hpp"
#include "heddle/select.hpp"
#include "kernels/matmul/matmul.hpp"

namespace heddle {

struct DevicePlan {
  MatmulDesc desc;
  DeviceDescription device;
  int device_index = 0;
  Multiply multiply = Multiply::f16;  // found out on the device itself: plan_for leaves it alone
  std::vector<MatmulConfig> small;    // [i] of one product with 8i + 1 to 8i + 8 tokens, n <= 64
  std::size_t workspace_bytes = 0;
};

// Validates what depends on the device: order of A, compute capability, tuning.
Result<DevicePlan> plan_for(const MatmulDesc& desc, const DeviceDescription& device,
                            int device_index);

// The configuration of a run; never more workspace than the plan's. n, batch and m above 0.
Result<MatmulConfig> config_for(const DevicePlan& plan, std::int64_t n, std::int64_t batch);
// The same with the model's opinion; sizes are checked.
Result<Selection> selection_for(const DevicePlan& plan, std::int64_t n, std::int64_t batch);

SelectProblem problem_of(const MatmulDesc& desc, std::int64_t n, std::int64_t batch);

// What select makes of one product of these sizes: of whole groups of 8 tokens, so that plans of
// any bound give the same answer for the same n.
Result<Selection> select_for(const MatmulDesc& desc, const DeviceDescription& device,
                             std::int64_t n, std::int64_t batch);

// A legal `config` with no more blocks and splits than these sizes have work for, and `workspace`
// holds.
MatmulConfig fit_split(MatmulConfig config, const MatmulDesc& desc, std::int64_t n,
                       std::int64_t batch, std::size_t workspace);
// Bytes of workspace that a configuration needs.
std::size_t workspace_of(const MatmulConfig& config);

}  // namespace heddle
