#pragma once
// Which block works on what. Pure arithmetic, the same on host and device.
//
// An output tile needs `steps` steps along k. The first split_tiles tiles are split: their steps,
// put end to end, are cut into split_blocks equal ranges, one per block (stream-k). The other tiles
// are whole: block b takes tiles split_tiles + b, split_tiles + b + blocks, ... A block begins with
// its range, so that sums of split tiles are finished while whole tiles are still being computed.
//
//     tile      0       1       2       3    | 4  5  6  7 |
//     steps  |-------|-------|-------|-------|            |      split_tiles = 4
//     block  |  0  |  1  |  2  |  3  |  4  ..|  0  1  2  3 ..
//
// A *segment* is a run of steps of one tile in one block. Of a split tile, the blocks that own a
// part of it put their sums into slots of the workspace, and the last to arrive adds them up in
// ascending order of the block: the same sum whoever is last.

#include <cstdint>

#include "kernels/matmul/tile_shape.hpp"

namespace heddle {

struct Segment {
  std::int32_t tile;
  std::int32_t begin, end;  // steps of the tile; begin == end: there is no work left
};

struct Schedule {
  std::int64_t tiles;         // output tiles, all batches; below 2^31, as are steps
  std::int64_t steps;         // along k, of each tile; at least 1
  std::int64_t split_tiles;   // <= tiles, <= kMaxSplitTiles; times steps below 2^31
  std::int64_t split_blocks;  // <= split_tiles * steps, and <= blocks of the grid; 0 if none

  // Steps of all split tiles: below 2^31, so that the device divides 32-bit numbers.
  HEDDLE_HD constexpr std::uint32_t split_steps() const {
    return static_cast<std::uint32_t>(split_tiles) * static_cast<std::uint32_t>(steps);
  }
  // First step of a block's range, counted through all split tiles; of block split_blocks: the end.
  // The first ranges have a step more than the others, where they are not equal.
  HEDDLE_HD constexpr std::int64_t range_begin(std::int64_t block) const {
    const auto blocks = static_cast<std::uint32_t>(split_blocks);
    const auto b = static_cast<std::uint32_t>(block);
    const std::uint32_t each = split_steps() / blocks, more = split_steps() - each * blocks;
    return each * b + (b < more ? b : more);
  }
  // The block whose range holds a step.
  HEDDLE_HD constexpr std::int64_t owner(std::int64_t step) const {
    const auto blocks = static_cast<std::uint32_t>(split_blocks);
    const auto at = static_cast<std::uint32_t>(step);
    const std::uint32_t each = split_steps() / blocks, more = split_steps() - each * blocks;
    const std::uint32_t longer = more * (each + 1);  // steps in the longer ranges
    return at < longer ? at / (each + 1) : more + (at - longer) / each;
  }
  HEDDLE_HD constexpr std::int64_t first_owner(std::int64_t tile) const {
    return owner(tile * steps);
  }
  HEDDLE_HD constexpr std::int64_t last_owner(std::int64_t tile) const {
    return owner(tile * steps + steps - 1);
  }

  // A block's first segment, and the one after `s`.
  HEDDLE_HD constexpr Segment first_segment(std::int64_t block) const {
    if (block < split_blocks) return split_segment(range_begin(block), block);
    return whole_tile(split_tiles + block);
  }
  HEDDLE_HD constexpr Segment next_segment(const Segment& s, std::int64_t block,
                                           std::int64_t blocks) const {
    if (s.tile >= split_tiles) return whole_tile(s.tile + blocks);
    const std::int64_t at = s.tile * steps + s.end;
    if (at < range_begin(block + 1)) return split_segment(at, block);
    return whole_tile(split_tiles + block);
  }

  // Slots: a block needs two, for a tile it begins in the middle and for one it leaves unfinished.
  HEDDLE_HD constexpr std::int64_t slot(std::int64_t tile, std::int64_t block) const {
    return 2 * block + (range_begin(block) < tile * steps ? 1 : 0);
  }
  HEDDLE_HD constexpr std::int64_t slots() const { return 2 * split_blocks; }

 private:
  HEDDLE_HD constexpr Segment split_segment(std::int64_t at, std::int64_t block) const {
    const std::int64_t tile = static_cast<std::uint32_t>(at) / static_cast<std::uint32_t>(steps);
    const std::int64_t end = range_begin(block + 1) - tile * steps;
    return segment(tile, at - tile * steps, end < steps ? end : steps);
  }
  HEDDLE_HD constexpr Segment whole_tile(std::int64_t tile) const {
    return tile < tiles ? segment(tile, 0, steps) : segment(tiles, 0, 0);
  }
  HEDDLE_HD static constexpr Segment segment(std::int64_t tile, std::int64_t begin,
                                             std::int64_t end) {
    return {static_cast<std::int32_t>(tile), static_cast<std::int32_t>(begin),
            static_cast<std::int32_t>(end)};
  }
};

// Where a tile lies: tiles run along m within bands of `raster` tiles, so that blocks that work at
// the same time share rows of A and tokens of B in L2.
struct OutputPlace {
  std::int32_t m, n, batch;  // in tiles
};

struct Raster {
  std::int64_t along_m, along_n;  // tiles of one product
  std::int64_t band;              // 1 <= band <= along_m

  HEDDLE_HD constexpr OutputPlace place(std::int64_t tile) const {
    const auto rows = static_cast<std::uint32_t>(along_m),
               cols = static_cast<std::uint32_t>(along_n);
    const auto high = static_cast<std::uint32_t>(band), t = static_cast<std::uint32_t>(tile);
    const std::uint32_t batch = t / (rows * cols), in = t - batch * rows * cols;
    const std::uint32_t before = in / (high * cols) * high;
    const std::uint32_t height = rows - before < high ? rows - before : high;
    const std::uint32_t local = in - before * cols, column = local / height;
    return {static_cast<std::int32_t>(before + local - column * height),
            static_cast<std::int32_t>(column), static_cast<std::int32_t>(batch)};
  }
};

// The workspace: counters of split tiles, always as many, so that they lie where every plan has them
// and are zero between runs; then the slots.
inline constexpr std::int64_t kMaxSplitTiles = 4096;
inline constexpr std::int64_t kCounterBytes = 4 * kMaxSplitTiles;
HEDDLE_HD constexpr std::int64_t workspace_bytes(const Schedule& schedule, const TileShape& shape) {
  if (schedule.split_blocks == 0) return 0;
  return kCounterBytes + schedule.slots() * tile_elements(shape) * 4;
}

}  // namespace heddle
