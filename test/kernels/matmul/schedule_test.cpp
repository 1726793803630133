// The schedule, exhaustively over small grids: every step of every tile has exactly one block.

#include "kernels/matmul/schedule.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace heddle {
namespace {

struct Case {
  Schedule schedule;
  std::int64_t blocks;
};

std::string name(const Case& c) {
  const Schedule& s = c.schedule;
  return "tiles " + std::to_string(s.tiles) + " steps " + std::to_string(s.steps) + " split " +
         std::to_string(s.split_tiles) + "/" + std::to_string(s.split_blocks) + " blocks " +
         std::to_string(c.blocks);
}

std::vector<Segment> segments_of(const Case& c, std::int64_t block) {
  std::vector<Segment> segments;
  for (Segment s = c.schedule.first_segment(block); s.begin != s.end;
       s = c.schedule.next_segment(s, block, c.blocks)) {
    segments.push_back(s);
    if (segments.size() > 10000) break;  // a schedule that never ends fails on what it repeats
  }
  return segments;
}

// Walks all blocks as the kernel does and checks everything that it relies on.
void check(const Case& c) {
  const Schedule& s = c.schedule;
  std::vector<std::int64_t> owner(static_cast<std::size_t>(s.tiles * s.steps), -1);
  for (std::int64_t block = 0; block < c.blocks; ++block) {
    bool whole_before = false;
    for (const Segment& segment : segments_of(c, block)) {
      ASSERT_GE(segment.tile, 0);
      ASSERT_LT(segment.tile, s.tiles);
      ASSERT_GE(segment.begin, 0);
      ASSERT_LT(segment.begin, segment.end);
      ASSERT_LE(segment.end, s.steps);
      const bool split = segment.tile < s.split_tiles;
      ASSERT_FALSE(split && whole_before) << "split tiles come first";
      whole_before = !split;
      if (!split) {
        ASSERT_EQ(segment.end - segment.begin, s.steps);
      }
      for (std::int64_t step = segment.begin; step < segment.end; ++step) {
        auto& at = owner[static_cast<std::size_t>(segment.tile * s.steps + step)];
        ASSERT_EQ(at, -1) << "tile " << segment.tile << " step " << step << " twice";
        at = block;
      }
    }
  }
  for (std::int64_t tile = 0; tile < s.tiles; ++tile) {
    const auto first = owner.begin() + tile * s.steps;
    for (std::int64_t step = 0; step < s.steps; ++step)
      ASSERT_NE(first[step], -1) << "tile " << tile << " step " << step << " has no block";
    if (tile >= s.split_tiles) continue;
    ASSERT_EQ(s.first_owner(tile), first[0]);
    ASSERT_EQ(s.last_owner(tile), first[s.steps - 1]);
    for (std::int64_t step = 0; step < s.steps; ++step)
      ASSERT_EQ(s.owner(tile * s.steps + step), first[step]);
  }
}

// Parts of split tiles that share a tile with another block go to slots of their own. Between the
// first and the last owner of a tile every block has a part of it: the kernel counts them so.
void check_slots(const Case& c) {
  const Schedule& s = c.schedule;
  std::set<std::int64_t> used;
  std::map<std::int64_t, std::set<std::int64_t>> owners;  // of a tile
  for (std::int64_t block = 0; block < s.split_blocks; ++block)
    for (const Segment& segment : segments_of(c, block)) {
      if (segment.tile >= s.split_tiles) break;
      owners[segment.tile].insert(block);
      if (segment.begin == 0 && segment.end == s.steps) continue;  // needs none
      const std::int64_t slot = s.slot(segment.tile, block);
      ASSERT_GE(slot, 0);
      ASSERT_LT(slot, s.slots());
      ASSERT_TRUE(used.insert(slot).second) << "slot " << slot << " twice";
    }
  for (const auto& [tile, blocks] : owners) {
    ASSERT_EQ(*blocks.begin(), s.first_owner(tile));
    ASSERT_EQ(*blocks.rbegin(), s.last_owner(tile));
    ASSERT_EQ(static_cast<std::int64_t>(blocks.size()),
              s.last_owner(tile) - s.first_owner(tile) + 1);
  }
}

// The ranges differ by one step at most.
void check_balance(const Case& c) {
  const Schedule& s = c.schedule;
  if (s.split_blocks == 0) return;
  const std::int64_t least = s.split_tiles * s.steps / s.split_blocks;
  ASSERT_EQ(s.range_begin(0), 0);
  ASSERT_EQ(s.range_begin(s.split_blocks), s.split_tiles * s.steps);
  for (std::int64_t block = 0; block < s.split_blocks; ++block) {
    const std::int64_t length = s.range_begin(block + 1) - s.range_begin(block);
    ASSERT_GE(length, least);
    ASSERT_LE(length, least + 1);
  }
}

void check_all(const Case& c) {
  SCOPED_TRACE(name(c));
  ASSERT_NO_FATAL_FAILURE(check(c));
  ASSERT_NO_FATAL_FAILURE(check_slots(c));
  ASSERT_NO_FATAL_FAILURE(check_balance(c));
}

TEST(Schedule, EverySmallOneIsAPartition) {
  for (std::int64_t tiles = 1; tiles <= 6; ++tiles)
    for (std::int64_t steps = 1; steps <= 6; ++steps)
      for (std::int64_t split = 0; split <= tiles; ++split)
        for (std::int64_t split_blocks = split > 0; split_blocks <= split * steps; ++split_blocks)
          for (std::int64_t blocks = std::max<std::int64_t>(1, split_blocks);
               blocks <= split_blocks + 4; ++blocks)
            ASSERT_NO_FATAL_FAILURE(
                check_all({{tiles, steps, split, split == 0 ? 0 : split_blocks}, blocks}));
}

TEST(Schedule, RandomOnesAreAPartition) {
  std::mt19937 random(3);
  const auto upto = [&](std::int64_t most) {  // 0 ... most
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most + 1));
  };
  for (int i = 0; i < 2000; ++i) {
    const std::int64_t tiles = 1 + upto(60), steps = 1 + upto(40), split = upto(tiles);
    const std::int64_t split_blocks = split == 0 ? 0 : 1 + upto(split * steps - 1);
    const std::int64_t blocks = std::max<std::int64_t>(1, split_blocks) + upto(40);
    ASSERT_NO_FATAL_FAILURE(check_all({{tiles, steps, split, split_blocks}, blocks}));
  }
}

// The largest sizes that there are: split tiles x steps just fits 31 bits.
TEST(Schedule, LargeOnesDoNotOverflow) {
  const std::int64_t tiles = kMaxSplitTiles, steps = ((std::int64_t{1} << 31) - 1) / tiles,
                     blocks = 1 << 20;
  const Schedule s{tiles + 1, steps, tiles, blocks};
  for (std::int64_t block = 0; block < blocks; block += block < 1000 ? 1 : 997) {
    const std::int64_t begin = s.range_begin(block), end = s.range_begin(block + 1);
    ASSERT_LT(begin, end);
    ASSERT_EQ(s.owner(begin), block);
    ASSERT_EQ(s.owner(end - 1), block);
    const Segment first = s.first_segment(block);
    ASSERT_EQ(first.tile * steps + first.begin, begin);
  }
  ASSERT_EQ(s.range_begin(blocks), tiles * steps);
}

TEST(Raster, PlaceIsABijection) {
  for (std::int64_t along_m = 1; along_m <= 9; ++along_m)
    for (std::int64_t along_n = 1; along_n <= 9; ++along_n)
      for (std::int64_t band = 1; band <= along_m; ++band)
        for (std::int64_t batch = 1; batch <= 3; ++batch) {
          const Raster raster{along_m, along_n, band};
          std::set<std::vector<std::int64_t>> seen;
          for (std::int64_t tile = 0; tile < along_m * along_n * batch; ++tile) {
            const OutputPlace p = raster.place(tile);
            ASSERT_TRUE(p.m >= 0 && p.m < along_m && p.n >= 0 && p.n < along_n);
            ASSERT_EQ(p.batch, tile / (along_m * along_n));
            ASSERT_TRUE(seen.insert({p.m, p.n, p.batch}).second);
          }
        }
}

// Consecutive tiles stay in a band, and go up its m first.
TEST(Raster, WalksBands) {
  const Raster raster{5, 3, 2};
  const std::int64_t expected[][2] = {{0, 0}, {1, 0}, {0, 1}, {1, 1}, {0, 2},
                                      {1, 2}, {2, 0}, {3, 0}, {2, 1}, {3, 1},
                                      {2, 2}, {3, 2}, {4, 0}, {4, 1}, {4, 2}};
  for (std::int64_t tile = 0; tile < 15; ++tile) {
    const OutputPlace p = raster.place(tile);
    EXPECT_EQ(p.m, expected[tile][0]) << tile;
    EXPECT_EQ(p.n, expected[tile][1]) << tile;
  }
}

TEST(Workspace, HoldsCountersAndSlots) {
  const TileShape shape{1, 1, 8, 1};  // 64 x 8 sums
  EXPECT_EQ(workspace_bytes({4, 8, 0, 0}, shape), 0);
  EXPECT_EQ(workspace_bytes({4, 8, 4, 7}, shape), 4 * 4096 + 14 * 64 * 8 * 4);
}

}  // namespace
}  // namespace heddle
