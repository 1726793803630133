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
  std::int64_t split_tiles;   // <= tiles, <= kMaxSplitTiles
  std::int64_t split_blocks;  // <= split_tiles * steps, and <= blocks of the grid; 0 if none

  // First step of a block's range, counted through all split tiles; of block split_blocks: the end.
  HEDDLE_HD constexpr std::int64_t range_begin(std::int64_t block) const {
    const std::int64_t all = split_tiles * steps;
    return all / split_blocks * block + all % split_blocks * block / split_blocks;
  }
  // The block whose range holds a step.
  HEDDLE_HD constexpr std::int64_t owner(std::int64_t step) const {
    const std::int64_t all = split_tiles * steps;
    std::int64_t block = step * split_blocks / all;  // its range begins at the step or before
    while (block + 1 < split_blocks && range_begin(block + 1) <= step) ++block;
    return block;
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
    const std::int64_t tile = at / steps, end = range_begin(block + 1) - tile * steps;
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
  std::int64_t band;              // 1 <= band

  HEDDLE_HD constexpr OutputPlace place(std::int64_t tile) const {
    const std::int64_t product = along_m * along_n, batch = tile / product;
    const std::int64_t in = tile - batch * product, before = in / (band * along_n) * band;
    const std::int64_t height = along_m - before < band ? along_m - before : band;
    const std::int64_t local = in - before * along_n;
    return {static_cast<std::int32_t>(before + local % height),
            static_cast<std::int32_t>(local / height), static_cast<std::int32_t>(batch)};
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
