#pragma once
// What an mma configuration of the sparse GEMM costs on a device: docs/kernels/selection.md in code.
// Pure arithmetic on sizes that the caller has checked.

#include <cstdint>

#include "heddle/select.hpp"
#include "host/cost_parts.hpp"
#include "kernels/matmul/tile_shape.hpp"

namespace heddle::cost {

Grid grid_of(const SelectProblem& problem, const TileShape& shape);

// Dense multiply-adds per clock and multiprocessor of the instruction that multiplies this type of
// A; the sparse instruction does twice as many.
double multiply_rate(int compute_capability, DataType a_type);

// Whether the device has the shared memory. A multiprocessor holds one block: its registers go into
// accumulators and weights under way.
bool fits(const TileShape& shape, int stages, const DeviceDescription& device);

// The times of a configuration that fits. m, n and batch are above 0.
Selection estimate(const SelectProblem& problem, const DeviceDescription& device,
                   const MatmulConfig& config);

}  // namespace heddle::cost
