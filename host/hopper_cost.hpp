#pragma once
// The wgmma configurations there are for a problem, and what they cost: docs/kernels/selection.md in
// code. Pure arithmetic on sizes that the caller has checked.

#include <cstdint>
#include <functional>

#include "heddle/select.hpp"
#include "host/cost_parts.hpp"
#include "kernels/hopper/shape.hpp"

namespace heddle::cost {

// In output tiles of a cluster.
Grid hopper_grid(const SelectProblem& problem, const HopperShape& shape);

// Clusters of so many blocks that run at a time: they do not reach across groups of
// multiprocessors.
std::int64_t clusters_at_once(int multiprocessors, int cluster);

bool hopper_fits(const SelectProblem& problem, const HopperShape& shape, int stages,
                 const DeviceDescription& device);

// Calls visit(config) with every wgmma configuration worth a prediction; with none where the device
// or the types have none. m, n and batch are above 0.
void for_each_hopper_config(const SelectProblem& problem, const DeviceDescription& device,
                            const std::function<void(const MatmulConfig&)>& visit);

// The times of a wgmma configuration that can run. m, n and batch are above 0.
Selection hopper_estimate(const SelectProblem& problem, const DeviceDescription& device,
                          const MatmulConfig& config);

}  // namespace heddle::cost
