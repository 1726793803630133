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
  DeviceDescription mma_device;  // without_wgmma(device)
  int device_index = 0;
  Multiply multiply = Multiply::f16;  // of mma, found out on the device itself: plan_for leaves it
  // [i] of one product with 8i + 1 to 8i + 8 tokens, n <= 64: the best of all kernels, and of mma
  // alone for buffers that the others cannot take. The second is empty where both are the same.
  std::vector<MatmulConfig> small, small_mma;
  std::size_t workspace_bytes = 0;
};

// Which kernels take the buffers of a run: all, or mma alone (host/cuda/hopper.hpp).
enum class Buffers { suit_all, suit_mma };

// Validates what depends on the device: order of A, compute capability, tuning.
Result<DevicePlan> plan_for(const MatmulDesc& desc, const DeviceDescription& device,
                            int device_index);

// The configuration of a run; never more workspace than the plan's. n, batch and m above 0. One that
// the tuning names but the buffers do not suit gives way to what select makes of mma.
Result<MatmulConfig> config_for(const DevicePlan& plan, std::int64_t n, std::int64_t batch,
                                Buffers buffers = Buffers::suit_all);
// The same with the model's opinion; sizes are checked.
Result<Selection> selection_for(const DevicePlan& plan, std::int64_t n, std::int64_t batch);

SelectProblem problem_of(const MatmulDesc& desc, std::int64_t n, std::int64_t batch);

// What select makes of one product of these sizes: of whole groups of 8 tokens, so that plans of
// any bound give the same answer for the same n.
Result<Selection> select_for(const MatmulDesc& desc, const DeviceDescription& device,
                             std::int64_t n, std::int64_t batch);
// `device` with kernels for any buffers alone.
DeviceDescription without_wgmma(DeviceDescription device);

// A legal `config` with no more blocks and splits than these sizes have work for, and `workspace`
// holds.
MatmulConfig fit_split(MatmulConfig config, const MatmulDesc& desc, std::int64_t n,
                       std::int64_t batch, std::size_t workspace);
// Bytes of workspace that a configuration needs.
std::size_t workspace_of(const MatmulConfig& config);

}  // namespace heddle
