#pragma once
// The operands of a product as its kernels take them.

#include <cstdint>

#include "heddle/matmul.hpp"
#include "kernels/matmul/matmul.hpp"

namespace heddle::cuda {

constexpr std::int64_t tiles_of(std::int64_t size, std::int64_t tile) {
  return (size + tile - 1) / tile;
}

inline std::int64_t bytes_of(std::int64_t elements, DataType type) {
  return elements * static_cast<std::int64_t>(size_of(type));
}

// read_once: nobody else wants the rows that a warp or warpgroup has read.
MatmulWeights weights_of(const ConstPackedView& a, bool read_once);
MatmulTokens tokens_of(const MatmulBuffers& buffers);
MatmulOutput output_of(const MatmulBuffers& buffers, Activation activation);

// B as kernels see it: one token without gaps is contiguous along k, whatever its order says.
ConstMatrixView b_view(const MatmulBuffers& buffers);

// The schedule of tiles of tile_m x tile_n and steps of `step_units` units; `workers` blocks (or
// clusters) of which `split` share the split tiles. The split is cut to what tiles, steps and
// `most_split` allow.
struct ScheduleSizes {
  std::int64_t m, n, k, batch;
  DataType type;
};
struct ScheduleWish {
  std::int64_t tile_m, tile_n;
  int step_units;
  std::int64_t workers, split_tiles, split;
  std::int64_t most_split;
};
Schedule schedule_of(const ScheduleSizes& z, const ScheduleWish& w);

// Bands of `raster` tiles.
Raster raster_of(const ScheduleSizes& z, const ScheduleWish& w, std::int64_t raster);

// Blocks (or clusters) that have work.
constexpr std::int64_t useful_workers(const Schedule& s) {
  return s.split_blocks + (s.tiles - s.split_tiles);
}

// Output tiles are counted in 32 bits.
Status check_tiles(const Schedule& schedule, const ScheduleSizes& z);

}  // namespace heddle::cuda
