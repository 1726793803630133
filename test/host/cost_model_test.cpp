// The cost model: numbers worked out by hand, and how the times move with device and problem.

#include "host/cost_model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "select_case.hpp"

namespace heddle {
namespace {

MatmulConfig config_of(int warps_m, int warps_n, int warps_k, int tiles, int blocks) {
  MatmulConfig c;
  c.warps_m = warps_m;
  c.warps_n = warps_n;
  c.warps_k = warps_k;
  c.tiles = tiles;
  c.stages = 2;
  c.blocks = blocks;
  return c;
}

double sum(const Selection& s, const DeviceDescription& d) {
  return d.launch_us + s.fill_us + s.fixup_us +
         std::max(
             {s.balance * s.memory_us, s.balance * s.l2_us, s.shared_us, s.math_us, s.wait_us});
}

TEST(CostModel, BytesOfADecodeStepByHand) {
  const DeviceDescription d = made_up_device();
  // 100 row blocks of 64 x 4096: 64 blocks of 4608 bytes each; every multiprocessor has one.
  const Selection s = cost::estimate(problem(6400, 8, 4096), d, config_of(1, 1, 8, 1, 100));
  const double a = 100 * 64 * 4608, b = 8 * 4096 * 2, out = 6400 * 8 * 2;
  EXPECT_NEAR(s.memory_us, (a + b + out) / 2000e3, 1e-9);
  EXPECT_NEAR(s.l2_us, (a + 100 * b + out) / 5000e3, 1e-9);
  EXPECT_DOUBLE_EQ(s.balance, 1);
  EXPECT_DOUBLE_EQ(s.fixup_us, 0);
  EXPECT_NEAR(s.wait_us, 8 * 0.4, 1e-9);  // 64 units over 8 warps, two at a time from memory
  EXPECT_NEAR(s.predicted_us, sum(s, d), 1e-9);
}

TEST(CostModel, BytesPerType) {
  const DeviceDescription d = made_up_device(120);
  const MatmulConfig c = config_of(1, 1, 8, 1, 100);
  const auto a_bytes = [&](DataType type) {  // with n = 0 tokens' worth of B and D taken off
    const SelectProblem p = problem(6400, 8, 4096, type);
    const double rest = 8.0 * 4096 * double(size_of(type)) + 6400.0 * 8 * double(size_of(p.d_type));
    return cost::estimate(p, d, c).memory_us * 2000e3 - rest;
  };
  const double dense = 6400.0 * 4096;
  EXPECT_NEAR(a_bytes(DataType::f16), dense * 1.125, 1);  // 9 bits of 16
  EXPECT_NEAR(a_bytes(DataType::i8), dense * 0.625, 1);   // 5 of 8
  EXPECT_NEAR(a_bytes(DataType::f8e4m3), dense * 0.625, 1);
  EXPECT_NEAR(a_bytes(DataType::f32), dense * 2.25, 1);
}

TEST(CostModel, MathByHand) {
  const DeviceDescription d = made_up_device();
  // One tile of 256 x 128 per multiprocessor; 16 units of 64: 1024 x 2 multiply-adds a clock.
  const Selection s = cost::estimate(problem(2560, 1280, 1024), d, config_of(4, 2, 1, 8, 100));
  const double clocks = 16 * (256.0 * 128 * 64 / (2 * 1024 * 0.85) + 120);
  EXPECT_NEAR(s.math_us, clocks / 1500, 1e-9);
  // A by eight warps, B written once and read by four warps each.
  EXPECT_NEAR(s.shared_us, 16 * (8 * 4608 + 128 * 128 + 8 * 64 * 128) / 128.0 / 1500, 1e-9);
}

TEST(CostModel, RatesOfTheInstructions) {
  using cost::multiply_rate;
  EXPECT_EQ(multiply_rate(80, DataType::bf16), 1024);
  EXPECT_EQ(multiply_rate(80, DataType::f32), 512);
  EXPECT_EQ(multiply_rate(80, DataType::i8), 2048);
  EXPECT_EQ(multiply_rate(80, DataType::f8e4m3), 1024);  // through f16
  EXPECT_EQ(multiply_rate(86, DataType::f8e5m2), 256);
  EXPECT_EQ(multiply_rate(89, DataType::f8e4m3), 512);
  EXPECT_EQ(multiply_rate(89, DataType::f16), 256);
  EXPECT_NEAR(multiply_rate(90, DataType::f16), 0.62 * 2048, 1e-9);
  EXPECT_EQ(multiply_rate(90, DataType::f8e4m3), multiply_rate(90, DataType::f16));
  EXPECT_EQ(multiply_rate(100, DataType::i8), multiply_rate(90, DataType::i8));
  EXPECT_EQ(multiply_rate(120, DataType::f8e5m2), 512);
}

TEST(CostModel, TokensBeyondNAreMultiplied) {
  const DeviceDescription d = made_up_device();
  const MatmulConfig c = config_of(1, 1, 8, 8, 100);
  EXPECT_DOUBLE_EQ(cost::estimate(problem(6400, 1, 8192), d, c).math_us,
                   cost::estimate(problem(6400, 64, 8192), d, c).math_us);
  EXPECT_GT(cost::estimate(problem(6400, 65, 8192), d, c).math_us,
            1.5 * cost::estimate(problem(6400, 64, 8192), d, c).math_us);
}

TEST(CostModel, AnUnevenLoadIsTheBusiestBlocks) {
  const DeviceDescription d = made_up_device();
  const Selection even = cost::estimate(problem(6400, 8, 8192), d, config_of(1, 1, 8, 1, 100));
  const Selection one_more = cost::estimate(problem(6464, 8, 8192), d, config_of(1, 1, 8, 1, 100));
  EXPECT_NEAR(one_more.balance, 2 * 100 / 101.0, 1e-9);
  EXPECT_NEAR(one_more.math_us, 2 * even.math_us, 1e-9);
  EXPECT_NEAR(one_more.wait_us, 2 * even.wait_us, 1e-9);
  // Block 100 runs on the multiprocessor of block 0, after it.
  const Selection shared = cost::estimate(problem(6464, 8, 8192), d, config_of(1, 1, 8, 1, 101));
  EXPECT_NEAR(shared.wait_us, 2 * even.wait_us, 1e-9);
  EXPECT_GT(shared.math_us, 1.5 * even.math_us);
}

// Blocks 0 and 100 of 200 run on multiprocessor 0. Shared memory counts its steps, alone.
TEST(CostModel, TheBusiestMultiprocessorHasTwoBlocks) {
  const DeviceDescription d = made_up_device();
  MatmulConfig c = config_of(1, 1, 8, 1, 100);
  const double tile = cost::estimate(problem(6400, 8, 8192), d, c).shared_us;  // 16 steps
  c.blocks = 200;
  const SelectProblem p = problem(64 * 250, 8, 8192);  // block 0 has two tiles, block 100 one
  EXPECT_NEAR(cost::estimate(p, d, c).shared_us, 3 * tile, 1e-9);
  c.split_tiles = c.split_blocks = 50;  // a tile each for blocks 0 to 49, one more for all
  EXPECT_NEAR(cost::estimate(p, d, c).shared_us, 3 * tile, 1e-9);
  EXPECT_NEAR(cost::estimate(p, d, c).balance, 2 * 200 / 250.0, 1e-9);
}

TEST(CostModel, FewBlocksDoNotUseUpTheMemory) {
  const DeviceDescription d = made_up_device();
  const double all =
      cost::estimate(problem(6400, 8, 8192), d, config_of(1, 1, 8, 1, 100)).memory_us;
  const double most =
      cost::estimate(problem(6400, 8, 8192), d, config_of(1, 1, 8, 1, 90)).memory_us;
  const double few = cost::estimate(problem(6400, 8, 8192), d, config_of(1, 1, 8, 1, 30)).memory_us;
  EXPECT_DOUBLE_EQ(all, most);
  EXPECT_NEAR(few, 3 * all, 1e-6);
}

TEST(CostModel, FixUpGrowsWithContributors) {
  const DeviceDescription d = made_up_device();
  const SelectProblem p = problem(64, 8, 65536);  // 128 steps of one tile
  MatmulConfig c = config_of(1, 1, 8, 1, 1);
  std::vector<double> fixups;
  for (const int blocks : {2, 4, 16, 64}) {
    c.blocks = c.split_blocks = blocks;
    c.split_tiles = 1;
    fixups.push_back(cost::estimate(p, d, c).fixup_us);
  }
  const double slot = 0.05 + 2048 / 48.0 / 1500;
  EXPECT_NEAR(fixups[0], 0.8 + 2 * slot, 1e-9);
  EXPECT_NEAR(fixups[3], 0.8 + 64 * slot, 1e-9);
  EXPECT_TRUE(std::is_sorted(fixups.begin(), fixups.end()));
}

TEST(CostModel, RangesThatAreWholeTilesNeedNoFixUp) {
  const DeviceDescription d = made_up_device();
  MatmulConfig c = config_of(1, 1, 8, 1, 32);
  c.split_tiles = 64;
  c.split_blocks = 32;  // two tiles each
  EXPECT_EQ(cost::estimate(problem(4096, 8, 8192), d, c).fixup_us, 0);
  c.blocks = c.split_blocks = 33;
  EXPECT_GT(cost::estimate(problem(4096, 8, 8192), d, c).fixup_us, 0);
}

TEST(CostModel, L2KeepsWhatFits) {
  DeviceDescription d = made_up_device();
  // A 75 MB, B 64 MB; bands of 8 x 256 rows.
  const SelectProblem p = problem(16384, 8192, 4096);
  MatmulConfig c = config_of(4, 2, 1, 8, 100);
  c.raster = 8;
  const double small = cost::estimate(p, d, c).memory_us;
  d.l2_bytes = std::size_t{1} << 30;
  const double large = cost::estimate(p, d, c).memory_us;
  const double once = (16384.0 * 4096 * 1.125 + 8192.0 * 4096 * 2 + 16384.0 * 8192 * 2) / 2000e3;
  EXPECT_NEAR(large, once, once * 1e-9);
  EXPECT_NEAR(small, once + 7 * 8192.0 * 4096 * 2 / 2000e3, once * 1e-9);  // B per band
}

TEST(CostModel, SharedMemoryLimitsTheStages) {
  const DeviceDescription d = made_up_device();
  EXPECT_TRUE(cost::fits({1, 1, 8, 1}, 4, d));
  EXPECT_TRUE(cost::fits({1, 1, 8, 4}, 2, d));
  EXPECT_FALSE(cost::fits({1, 1, 8, 8}, 4, d));  // 256 KiB of B
}

TEST(CostModel, NoColumnsIsAnEpilogue) {
  const DeviceDescription d = made_up_device();
  const Selection s = cost::estimate(problem(6400, 8, 0), d, config_of(1, 1, 8, 1, 100));
  EXPECT_EQ(s.math_us, 0);
  EXPECT_EQ(s.wait_us, 0);
  EXPECT_NEAR(s.memory_us, 6400 * 8 * 2 / 2000e3, 1e-9);
}

}  // namespace
}  // namespace heddle
