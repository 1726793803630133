#pragma once
// What a configuration of the sparse GEMM costs on a device: docs/kernels/selection.md in code.
// Pure arithmetic on sizes that the caller has checked.

#include <cstdint>

#include "heddle/select.hpp"
#include "kernels/matmul/tile_shape.hpp"

namespace heddle::cost {

// The output in tiles, and k in steps of a block.
struct Grid {
  std::int64_t along_m, along_n, tiles;  // tiles: of all products of the batch
  std::int64_t units, steps;             // of a tile; steps is at least 1
};
Grid grid_of(const SelectProblem& problem, const TileShape& shape);

// Tiles and steps that the kernel's schedule can count.
constexpr bool is_countable(const Grid& grid) {
  constexpr std::int64_t kEnd = std::int64_t{1} << 31;
  return grid.tiles < kEnd && grid.steps < kEnd;
}

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
