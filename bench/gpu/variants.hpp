#pragma once
// Configurations of one product that are measured against each other.

#include <string>
#include <vector>

#include "bench/case.hpp"
#include "heddle/select.hpp"

namespace heddle::bench::gpu {

/// Of the configurations on this device: of wgmma the one of each shape, cluster and way of A that
/// the model predicts best, and the best of mma. Ordered by name, mma first. Throws
/// std::runtime_error.
std::vector<MatmulConfig> variants(const Case& problem, const DeviceDescription& device);
/// "mma", or "wgmma=2x64x256,cluster=2,a=global".
std::string variant_name(const MatmulConfig& config);
/// What the library would choose if there were that kernel alone; throws where there is none.
MatmulConfig best_of(const Case& problem, MatmulKernel kernel, const DeviceDescription& device);
/// The current device; throws.
DeviceDescription this_device();

}  // namespace heddle::bench::gpu
