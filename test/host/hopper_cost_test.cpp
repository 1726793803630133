// What wgmma configurations cost, term by term, and where select prefers them.

#include "host/hopper_cost.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "host/matmul_config.hpp"
#include "host/select.hpp"
#include "kernels/hopper/hopper.hpp"
#include "test/host/select_case.hpp"

namespace heddle {
namespace {

MatmulConfig config_of(int groups, int row_blocks, int tokens, int cluster, int blocks) {
  MatmulConfig c;
  c.kernel = MatmulKernel::wgmma;
  c.groups = groups, c.row_blocks = row_blocks, c.tiles = tokens / 8;
  c.cluster = cluster;
  c.blocks = blocks;
  return c;
}

Selection predicted(const SelectProblem& p, const MatmulConfig& c,
                    const DeviceDescription& d = made_up_device(90)) {
  const auto s = predict(p, d, c);
  EXPECT_TRUE(s.ok()) << s.status().message();
  return s.ok() ? *s : Selection{};
}

// 100 tiles of 128 x 256 on 100 multiprocessors of 1.5 GHz, 64 units.
const SelectProblem kEven = problem(128 * 100, 256, 4096);
const MatmulConfig kEvenConfig = config_of(2, 1, 256, 1, 100);

TEST(HopperCost, ClustersDoNotReachAcrossGroupsOfMultiprocessors) {
  for (const auto& [sms, one, two, four] : {std::tuple{132, 132, 66, 32},
                                            {114, 114, 57, 28},
                                            {18, 18, 9, 4},
                                            {16, 16, 8, 4},
                                            {7, 7, 3, 1},
                                            {1, 1, 0, 0}}) {
    EXPECT_EQ(cost::clusters_at_once(sms, 1), one) << sms;
    EXPECT_EQ(cost::clusters_at_once(sms, 2), two) << sms;
    EXPECT_EQ(cost::clusters_at_once(sms, 4), four) << sms;
  }
}

// An instruction of N tokens lasts N / 2 clocks, a unit is two for each 64 rows; of few tokens 32.
TEST(HopperCost, Math) {
  const double clock_us = 1e-3 / 1.5;
  for (const DataType type : {DataType::bf16, DataType::i8, DataType::f8e4m3, DataType::f32}) {
    SelectProblem p = problem(128 * 100, 256, 64 * 128 / std::int64_t(size_of(type)), type);
    EXPECT_NEAR(predicted(p, kEvenConfig).math_us, 64 * 2 * 256 / 0.85 * clock_us, 1e-9);
    p.m = 192 * 100, p.n = 192;
    EXPECT_NEAR(predicted(p, config_of(3, 1, 192, 1, 100)).math_us, 64 * 3 * 192 / 0.85 * clock_us,
                1e-9);
    p.m = 256 * 100, p.n = 128;
    EXPECT_NEAR(predicted(p, config_of(2, 2, 128, 1, 100)).math_us, 64 * 4 * 128 / 0.85 * clock_us,
                1e-9);
  }
  for (int tokens : {8, 16, 32, 64})
    EXPECT_NEAR(
        predicted(problem(12800, tokens, 8192, DataType::f8e5m2), config_of(2, 1, tokens, 1, 100))
            .math_us,
        64 * 2 * 2 * 32 / 0.85 * clock_us, 1e-9);
}

// B is written once and read for every 64 rows; A passes once, staged twice.
TEST(HopperCost, SharedMemoryPort) {
  const double clock_us = 1e-3 / 1.5, b = 256 * 128, a = 4608;
  EXPECT_NEAR(predicted(kEven, kEvenConfig).shared_us, 64 * (3 * b + 2 * a) / 128 * clock_us, 1e-9);
  MatmulConfig staged = kEvenConfig;
  staged.staged = true, staged.stages = 3;
  EXPECT_NEAR(predicted(kEven, staged).shared_us, 64 * (3 * b + 4 * a) / 128 * clock_us, 1e-9);
  SelectProblem p = problem(256 * 100, 128, 8192, DataType::i8);
  EXPECT_NEAR(predicted(p, config_of(2, 2, 128, 1, 100)).shared_us,
              64 * (5 * 128 * 128 + 4 * 5120) / 128.0 * clock_us, 1e-9);
}

// The blocks of a cluster fetch B together, each its own A.
TEST(HopperCost, AClusterSharesB) {
  SelectProblem p = problem(128 * 4 * 8, 256, 4096);
  const double a = 64.0 * 64 * 4608, b = 256 * 4096 * 2, d = 4096.0 * 256 * 2;
  for (const int cluster : {1, 2, 4}) {
    const double bytes = a + 32.0 / cluster * b + d;
    // 32 blocks of 100 draw 32 / 90 of the rate.
    EXPECT_NEAR(predicted(p, config_of(2, 1, 256, cluster, 32)).l2_us,
                bytes / (32 / 90.0 * 5000) * 1e-3, 1e-6)
        << cluster;
  }
  EXPECT_NEAR(predicted(p, config_of(2, 1, 256, 2, 32)).memory_us,
              (a + b + d) / (32 / 90.0 * 2000) * 1e-3, 1e-6);
}

TEST(HopperCost, MoreClustersThanRunAtATimeTakeTurns) {
  DeviceDescription d = made_up_device(90);
  d.multiprocessors = 132;
  const SelectProblem p = problem(512 * 33, 256, 4096);  // 33 tiles of clusters of 4
  const double at_once = predicted(p, config_of(2, 1, 256, 4, 128), d).math_us;
  EXPECT_DOUBLE_EQ(predicted(p, config_of(2, 1, 256, 4, 132), d).math_us, at_once);  // 2 rounds
  EXPECT_LT(predicted(problem(512 * 32, 256, 4096), config_of(2, 1, 256, 4, 128), d).math_us,
            at_once);
}

TEST(HopperCost, ResultsLeaveWhileNothingIsMultiplied) {
  const double clock_us = 1e-3 / 1.5;
  EXPECT_NEAR(predicted(kEven, kEvenConfig).fill_us, 0.8 + 0.4 + 128 * 256 / 16.0 * clock_us, 1e-9);
  MatmulConfig half = kEvenConfig;  // two tiles each
  half.blocks = 50;
  EXPECT_NEAR(predicted(kEven, half).fill_us, 0.8 + 2 * (0.4 + 128 * 256 / 16.0 * clock_us), 1e-9);
}

TEST(HopperCost, WaitsForWhatIsUnderWay) {
  const SelectProblem p = problem(12800, 8, 8192, DataType::f8e4m3);  // A from memory
  EXPECT_NEAR(predicted(p, config_of(2, 1, 8, 1, 100)).wait_us, 64 * 0.8 / 7, 1e-9);
  EXPECT_NEAR(predicted(problem(12800, 256, 4096), kEvenConfig).wait_us, 64 * 0.8 / 3, 1e-9);
  EXPECT_NEAR(predicted(problem(25600, 128, 4096), config_of(2, 2, 128, 1, 100)).wait_us,
              64 * 0.8 / 2, 1e-9);
}

// Sums of split tiles: of a cluster in L2, of a block where they are added.
TEST(HopperCost, SplitTiles) {
  const SelectProblem p = problem(512, 256, 8192);  // 1 tile of a cluster of 4, 128 units
  MatmulConfig c = config_of(2, 1, 256, 4, 32);
  const Selection whole = predicted(p, config_of(2, 1, 256, 4, 4));
  EXPECT_EQ(whole.fixup_us, 0);
  c.split_tiles = 1, c.split_blocks = 32;
  const Selection s = predicted(p, c);
  EXPECT_NEAR(s.fixup_us, 0.8 + 8 * (0.05 + 128 * 256 * 4 / 48.0 / 1500), 1e-9);
  EXPECT_NEAR(s.math_us, whole.math_us / 8, 1e-9);
  const double slots = 9, slot_bytes = 512 * 256 * 4;
  const double rate = 32 / 90.0 * 5000, a = 8.0 * 128 * 4608, b = 256 * 8192 * 2, d = 512 * 256 * 2;
  EXPECT_NEAR(s.l2_us, (a + b + d + 2 * slots * slot_bytes) / rate * 1e-3, 1e-6);
}

// ---- what is chosen -----------------------------------------------------------------------------

std::vector<Selection> all_candidates(const SelectProblem& p, const char* device) {
  const auto all = candidates(p, *find_device(device), 10000);
  EXPECT_TRUE(all.ok()) << all.status().message();
  return all.ok() ? *all : std::vector<Selection>{};
}

MatmulConfig chosen(const SelectProblem& p, const char* device) {
  const auto s = select(p, *find_device(device));
  EXPECT_TRUE(s.ok()) << s.status().message();
  return s.ok() ? s->config : MatmulConfig{};
}

TEST(HopperSelect, ManyTokensOnHopper) {
  for (const char* device : {"H200", "H100", "H100 PCIe"})
    for (const DataType type : {DataType::bf16, DataType::f16, DataType::i8, DataType::f32})
      for (const auto& [m, k] : {std::pair{4096, 4096}, {8192, 8192}, {14336, 4096}, {4096, 14336}})
        for (std::int64_t n : {2048, 4096, 16384}) {
          const MatmulConfig c = chosen(problem(m, n, k, type), device);
          EXPECT_EQ(c.kernel, MatmulKernel::wgmma) << to_string(c);
          EXPECT_GE(c.cluster, 2) << to_string(c);
          EXPECT_FALSE(c.staged) << to_string(c);
        }
}

// Below 65 tokens mma.sp is there for every type but 8-bit floats.
TEST(HopperSelect, FewTokensAreForMmaButOf8BitFloats) {
  for (std::int64_t n = 1; n <= 64; ++n) {
    for (const DataType type : {DataType::bf16, DataType::f16, DataType::i8, DataType::f32})
      EXPECT_EQ(chosen(problem(8192, n, 8192, type), "H200").kernel, MatmulKernel::mma) << n;
    for (const auto& [m, k] : {std::pair{1, 64}, {64, 16384}, {4096, 4096}, {28672, 8192}}) {
      const MatmulConfig c = chosen(problem(m, n, k, DataType::f8e4m3), "H200");
      EXPECT_EQ(c.kernel, MatmulKernel::wgmma) << m << " " << n;
      EXPECT_GE(c.tile_n(), n);  // A is read once
    }
  }
}

TEST(HopperSelect, EightBitFloatsAlwaysUseWgmmaWhereTheyCan) {
  for (std::int64_t n : {65, 100, 128, 1000, 5000}) {
    SelectProblem p = problem(4096, n, 4096, DataType::f8e5m2);
    EXPECT_EQ(chosen(p, "H200").kernel, MatmulKernel::wgmma) << n;
    p.b_n_major = true;
    EXPECT_EQ(chosen(p, "H200").kernel, MatmulKernel::mma) << n;
    p.b_n_major = false, p.k = 0;
    EXPECT_EQ(chosen(p, "H200").kernel, MatmulKernel::mma) << n;
  }
}

TEST(HopperSelect, NowhereElse) {
  for (const char* device : {"A100", "A100 PCIe", "B200", "RTX 3090", "RTX 4090", "RTX 5090"})
    for (const DataType type : {DataType::bf16, DataType::f8e4m3})
      for (std::int64_t n : {1, 64, 100, 4096})
        for (const Selection& s : all_candidates(problem(4096, n, 4096, type), device))
          ASSERT_EQ(s.config.kernel, MatmulKernel::mma) << device;
  for (const int capability : {89, 100, 103, 120}) {
    EXPECT_EQ(select(problem(4096, 4096, 4096), made_up_device(capability))->config.kernel,
              MatmulKernel::mma);
  }
  EXPECT_EQ(select(problem(4096, 4096, 4096), made_up_device(90))->config.kernel,
            MatmulKernel::wgmma);
  DeviceDescription without = made_up_device(90);
  without.wgmma = false;
  EXPECT_EQ(select(problem(4096, 4096, 4096), without)->config.kernel, MatmulKernel::mma);
}

// B of order row: 16-bit types alone.
TEST(HopperSelect, OrderRow) {
  for (const DataType type : {DataType::bf16, DataType::f16, DataType::i8, DataType::f32}) {
    SelectProblem p = problem(4096, 4096, 4096, type);
    p.b_n_major = true;
    const std::vector<Selection> all = all_candidates(p, "H200");
    const bool any = std::any_of(all.begin(), all.end(), [](const Selection& s) {
      return s.config.kernel == MatmulKernel::wgmma;
    });
    EXPECT_EQ(any, size_of(type) == 2) << to_string(type);
  }
}

TEST(HopperSelect, CandidatesAreThoseThatExist) {
  int staged = 0, clusters[5] = {};
  for (const DataType type : {DataType::bf16, DataType::f8e4m3, DataType::i8, DataType::f32})
    for (std::int64_t n : {8, 64, 65, 128, 500, 4096})
      for (std::int64_t m : {1, 64, 200, 500, 4096})
        for (const Selection& s : all_candidates(problem(m, n, 4096, type), "H200")) {
          const MatmulConfig& c = s.config;
          if (c.kernel == MatmulKernel::mma) continue;
          ++clusters[c.cluster];
          staged += c.staged;
          EXPECT_TRUE(check_values(c).ok()) << to_string(c);
          EXPECT_LE(c.blocks, 132);
          EXPECT_TRUE(c.tile_m() == 128 || c.tile_m() < 2 * m) << to_string(c) << " " << m;
          EXPECT_TRUE(c.tile_n() == 8 || c.tile_n() < 2 * n) << to_string(c) << " " << n;
        }
  EXPECT_GT(staged, 0);
  for (const int cluster : {1, 2, 4}) EXPECT_GT(clusters[cluster], 0) << cluster;
}

template <class Change>
std::string refused(Change change) {
  SelectProblem p = problem(4096, 512, 4096);
  DeviceDescription d = made_up_device(90);
  MatmulConfig c = config_of(2, 1, 256, 2, 64);
  c.split_tiles = 2, c.split_blocks = 8;  // clusters: 4 of 32 tiles of 64 units
  change(p, d, c);
  const auto s = predict(p, d, c);
  if (s.ok()) return "ok";
  EXPECT_EQ(s.status().code(), StatusCode::invalid_argument);
  return s.status().message();
}
bool starts(const std::string& text, const std::string& with) {
  return text.substr(0, with.size()) == with;
}

TEST(HopperPredict, RefusesWhatCannotRun) {
  using P = SelectProblem;
  using D = DeviceDescription;
  using C = MatmulConfig;
  EXPECT_EQ(refused([](P&, D&, C&) {}), "ok");
  for (const int capability : {80, 89, 100, 120})
    EXPECT_TRUE(starts(refused([&](P&, D& d, C&) { d.compute_capability = capability; }),
                       "kernel = wgmma on compute capability"));
  EXPECT_TRUE(starts(refused([](P&, D& d, C&) { d.wgmma = false; }), "kernel = wgmma"));
  EXPECT_TRUE(starts(refused([](P&, D&, C& c) { c.tiles = 8; }), "kernel = wgmma"));
  EXPECT_TRUE(starts(refused([](P& p, D&, C&) {
                       p.a_type = p.b_type = DataType::i8;
                       p.b_n_major = true;
                     }),
                     "kernel = wgmma"));
  EXPECT_EQ(refused([](P& p, D&, C&) { p.b_n_major = true; }), "ok");
  EXPECT_TRUE(starts(refused([](P&, D&, C& c) { c.stages = 5; }), "stages = 5"));  // 166 KiB
  EXPECT_EQ(refused([](P&, D& d, C& c) {
              c.stages = 5;
              d.shared_bytes_per_block = 227 * 1024;
            }),
            "ok");
  EXPECT_TRUE(starts(refused([](P&, D&, C& c) { c.split_tiles = 33; }), "split_tiles = 33"));
  EXPECT_EQ(refused([](P& p, D&, C& c) { p.k = 128, c.split_blocks = 8; }), "ok");  // 4 steps
  EXPECT_TRUE(
      starts(refused([](P& p, D&, C& c) { p.k = 128, c.split_blocks = 10; }), "split_blocks = 10"));
}

TEST(HopperFitTo, CutsASplitToTheProblemInWholeClusters) {
  MatmulConfig c = config_of(2, 1, 128, 4, 128);
  c.split_tiles = 64, c.split_blocks = 128;
  const MatmulConfig fitted = fit_to(problem(600, 128, 192), c);  // 2 tiles of 3 units
  EXPECT_EQ(fitted.split_tiles, 2);
  EXPECT_EQ(fitted.split_blocks, 24);
  EXPECT_EQ(fitted.blocks, 24);
  const SelectProblem deep = problem(600, 128, 64 * 100);  // work for all 32 clusters
  EXPECT_EQ(fit_to(deep, c).split_blocks, 128);
  EXPECT_EQ(fit_to(deep, c).blocks, 128);
  c.split_tiles = c.split_blocks = 0;
  EXPECT_EQ(fit_to(problem(600, 128, 192), c).blocks, 8);
}

}  // namespace
}  // namespace heddle
