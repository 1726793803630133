// Plans for made-up and known devices: every choice fits the workspace, and what tuning does.

#include "host/device_plan.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "kernels/matmul/schedule.hpp"
#include "test/oracle/effort.hpp"
#include "test/oracle/random.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using oracle::effort;
using oracle::fails;
using oracle::Random;
using oracle::succeeds;

constexpr auto kBad = StatusCode::invalid_argument;

MatmulDesc desc_of(std::int64_t m, std::int64_t k, std::int64_t max_n, std::int64_t batch = 1,
                   DataType type = DataType::bf16) {
  MatmulDesc desc;
  desc.a = {m, k, {2, 4}, type, PackedOrder::device};
  if (type == DataType::f32) desc.a.pattern = {1, 2};
  desc.b_type = type;
  desc.max_n = max_n, desc.max_batch = batch;
  return desc;
}

DeviceDescription device(const char* name) {
  const Result<DeviceDescription> found = find_device(name);
  EXPECT_TRUE(succeeds(found.status()));
  return *found;
}

DevicePlan planned(const MatmulDesc& desc, const DeviceDescription& on) {
  const Result<DevicePlan> plan = plan_for(desc, on, 0);
  EXPECT_TRUE(succeeds(plan.status()));
  return *plan;
}

// A run of these sizes has a configuration that can run and fits into the plan's workspace.
void expect_run(const DevicePlan& plan, std::int64_t n, std::int64_t batch) {
  const Result<MatmulConfig> config = config_for(plan, n, batch);
  ASSERT_TRUE(succeeds(config.status())) << n << " x " << batch;
  EXPECT_LE(workspace_of(*config), plan.workspace_bytes) << n << " x " << batch;
  EXPECT_TRUE(succeeds(predict(problem_of(plan.desc, n, batch), plan.device, *config).status()))
      << n << " x " << batch << " " << to_string(*config);
  const Result<Selection> selection = selection_for(plan, n, batch);
  ASSERT_TRUE(succeeds(selection.status()));
  EXPECT_EQ(selection->config, *config);
  EXPECT_GT(selection->predicted_us, 0);
  // The same of buffers that mma alone takes.
  const Result<MatmulConfig> mma = config_for(plan, n, batch, Buffers::suit_mma);
  ASSERT_TRUE(succeeds(mma.status())) << n << " x " << batch;
  EXPECT_EQ(mma->kernel, MatmulKernel::mma);
  EXPECT_LE(workspace_of(*mma), plan.workspace_bytes) << n << " x " << batch;
  EXPECT_TRUE(succeeds(predict(problem_of(plan.desc, n, batch), plan.device, *mma).status()))
      << n << " x " << batch << " " << to_string(*mma);
}

TEST(DevicePlan, EveryRunFitsTheWorkspace) {
  Random random(151);
  for (const char* name : {"A100", "H100", "RTX 4090"})
    for (DataType type : {DataType::bf16, DataType::i8, DataType::f32, DataType::f8e4m3})
      for (const auto& [m, k] : {std::pair{64, 4096}, {4096, 4096}, {4608, 3584}, {50, 20000}}) {
        const DevicePlan plan = planned(desc_of(m, k, 5000, 3, type), device(name));
        SCOPED_TRACE(std::string(name) + " " + std::to_string(m) + " x " + std::to_string(k));
        for (std::int64_t n = 1; n <= 80; n += 3) expect_run(plan, n, 1);
        for (std::int64_t i = 0; i < effort(30); ++i)
          expect_run(plan, random.between(1, 5000), random.between(1, 3));
        expect_run(plan, 5000, 3);
      }
}

// The samples of the workspace need not see every choice: the rest is cut down, and still runs.
TEST(DevicePlan, SplitsAreCutToAnyWorkspace) {
  DevicePlan plan = planned(desc_of(512, 8192, 64), device("H100"));
  const std::size_t whole = plan.workspace_bytes;
  ASSERT_GT(whole, static_cast<std::size_t>(kCounterBytes)) << "a case that splits";
  for (std::size_t bytes : {std::size_t{0}, std::size_t{kCounterBytes} + 1, whole / 7, whole / 2}) {
    plan.workspace_bytes = bytes;
    for (std::int64_t n : {1, 8, 9, 33, 64}) expect_run(plan, n, 1);
  }
  plan.workspace_bytes = 0;
  EXPECT_EQ(config_for(plan, 8, 1)->split_blocks, 0);
  EXPECT_EQ(config_for(plan, 8, 1)->split_tiles, 0);
  plan.workspace_bytes = whole / 2;
  EXPECT_GT(config_for(plan, 8, 1)->split_blocks, 0);
}

// The same sums in the same order, whatever the bound, and within 8 tokens.
TEST(DevicePlan, TheChoiceForNDoesNotDependOnTheBound) {
  for (const char* name : {"A100", "RTX 4090"})
    for (std::int64_t n = 1; n <= 64; ++n) {
      const DevicePlan tight = planned(desc_of(4096, 4096, n), device(name));
      const DevicePlan wide = planned(desc_of(4096, 4096, 8192), device(name));
      const std::int64_t last = (n + 7) / 8 * 8;
      EXPECT_EQ(*config_for(tight, n, 1), *config_for(wide, n, 1)) << n;
      EXPECT_EQ(*config_for(wide, n, 1), *config_for(wide, last, 1)) << n;
      EXPECT_EQ(select_for(tight.desc, tight.device, n, 1)->config, *config_for(wide, n, 1)) << n;
    }
}

TEST(DevicePlan, TablesOnlyWhatItsBoundReaches) {
  for (const auto& [max_n, entries] :
       {std::pair{0, 0}, {1, 1}, {8, 1}, {9, 2}, {64, 8}, {65, 8}, {4096, 8}})
    EXPECT_EQ(planned(desc_of(256, 256, max_n), device("H100")).small.size(),
              static_cast<std::size_t>(entries))
        << max_n;
}

TEST(DevicePlan, NothingToDo) {
  for (const auto& [m, max_n, batch] : {std::tuple{0, 5, 1}, {64, 0, 1}, {64, 5, 0}, {0, 0, 0}}) {
    const DevicePlan plan = planned(desc_of(m, 128, max_n, batch), device("H100"));
    EXPECT_EQ(plan.workspace_bytes, 0u);
    const Result<Selection> selection = selection_for(plan, max_n, batch);
    ASSERT_TRUE(succeeds(selection.status()));
    EXPECT_EQ(selection->predicted_us, 0);
  }
  const DevicePlan no_k = planned(desc_of(100, 0, 20), device("H100"));  // D = beta * C + bias
  EXPECT_TRUE(succeeds(config_for(no_k, 20, 1).status()));
}

TEST(DevicePlan, SizesOfASelection) {
  const DevicePlan plan = planned(desc_of(64, 128, 16, 2), device("H100"));
  EXPECT_TRUE(fails(selection_for(plan, -1, 1).status(), kBad, {"n = -1", "16"}));
  EXPECT_TRUE(fails(selection_for(plan, 17, 1).status(), kBad, {"n = 17", "16"}));
  EXPECT_TRUE(fails(selection_for(plan, 1, -1).status(), kBad, {"batch = -1", "2"}));
  EXPECT_TRUE(fails(selection_for(plan, 1, 3).status(), kBad, {"batch = 3", "2"}));
}

// ---- what depends on the device -----------------------------------------------------------------

TEST(DevicePlan, Requirements) {
  MatmulDesc desc = desc_of(64, 128, 8);
  desc.a.order = PackedOrder::canonical;
  EXPECT_TRUE(fails(plan_for(desc, device("H100"), 0).status(), StatusCode::unsupported,
                    {"desc.a.order", "canonical", "device", "convert"}));
  EXPECT_TRUE(fails(plan_for(desc_of(64, 128, std::int64_t{1} << 41), device("H100"), 0).status(),
                    kBad, {"desc", "n = 2199023255552"}));
  desc = desc_of(64, 128, 8);
  DeviceDescription old = device("A100");
  old.compute_capability = 75;
  EXPECT_TRUE(fails(plan_for(desc, old, 0).status(), StatusCode::unavailable, {"7.5", "8.0"}));
  desc.overlap_previous = true;
  EXPECT_TRUE(succeeds(plan_for(desc, device("H100"), 0).status()));
  EXPECT_TRUE(fails(plan_for(desc, device("RTX 4090"), 0).status(), StatusCode::unsupported,
                    {"desc.overlap_previous", "8.9", "9.0"}));
}

// ---- two kernels ---------------------------------------------------------------------------------

// Up to 64 tokens both choices are looked up, beyond they are made on the run: the same either way.
TEST(DevicePlan, HoldsAChoiceForBuffersOfEitherKind) {
  const DeviceDescription h200 = device("H200");
  for (const DataType type : {DataType::f8e4m3, DataType::bf16}) {
    const MatmulDesc desc = desc_of(4096, 4096, 4096, 2, type);
    const DevicePlan plan = planned(desc, h200);
    const DevicePlan mma = planned(desc, without_wgmma(h200));
    EXPECT_EQ(plan.small.size(), plan.small_mma.size());
    EXPECT_TRUE(mma.small_mma.empty());
    for (const std::int64_t n : {1, 8, 9, 64, 65, 100, 1000, 4096})
      for (const std::int64_t batch : {1, 2}) {
        EXPECT_EQ(*config_for(plan, n, batch, Buffers::suit_mma), *config_for(mma, n, batch)) << n;
        const bool wgmma = n > 64 || type == DataType::f8e4m3;
        if (n < 72 && type == DataType::bf16 && wgmma) continue;  // a near tie
        EXPECT_EQ(config_for(plan, n, batch)->kernel,
                  wgmma ? MatmulKernel::wgmma : MatmulKernel::mma)
            << n;
      }
    EXPECT_GE(plan.workspace_bytes, mma.workspace_bytes);
  }
}

// B of order row is known to the plan.
TEST(DevicePlan, TheOrderOfBDecides) {
  for (const DataType type : {DataType::bf16, DataType::i8}) {
    MatmulDesc desc = desc_of(4096, 4096, 4096, 1, type);
    desc.b_order = Order::row;
    EXPECT_EQ(config_for(planned(desc, device("H200")), 4096, 1)->kernel,
              type == DataType::bf16 ? MatmulKernel::wgmma : MatmulKernel::mma);
  }
}

TEST(DevicePlan, SlotsOfClustersFitTheWorkspace) {
  MatmulConfig config;
  config.kernel = MatmulKernel::wgmma;
  config.tiles = 32, config.cluster = 4, config.blocks = 128;
  config.split_tiles = 20, config.split_blocks = 128;
  const std::size_t slot = 512 * 256 * 4;  // 128 x 4 rows
  EXPECT_EQ(workspace_of(config), kCounterBytes + 2 * 32 * slot);
  const MatmulDesc desc = desc_of(512 * 32, 8192, 256);
  const std::size_t room = kCounterBytes + 2 * 5 * slot + slot;
  const MatmulConfig cut = fit_split(config, desc, 256, 1, room);
  EXPECT_EQ(cut.split_blocks, 20);  // 5 clusters
  EXPECT_LE(workspace_of(cut), room);
  EXPECT_EQ(fit_split(config, desc, 256, 1, kCounterBytes + slot).split_tiles, 0);
}

// ---- tuning -------------------------------------------------------------------------------------

MatmulConfig some_config(int blocks, std::int64_t split_tiles, int split_blocks) {
  MatmulConfig config;
  config.warps_m = 2, config.warps_n = 1, config.warps_k = 4, config.tiles = 2;
  config.stages = 3, config.blocks = blocks;
  config.split_tiles = split_tiles, config.split_blocks = split_blocks;
  return config;
}

TEST(DevicePlan, TuningOverridesItsRanges) {
  MatmulDesc desc = desc_of(1024, 4096, 100, 2);
  const DevicePlan plain = planned(desc, device("H100"));
  desc.tuning.entries = {{8, some_config(5, 0, 0)}, {24, some_config(100, 8, 64)}};
  const DevicePlan tuned = planned(desc, device("H100"));
  for (std::int64_t n = 1; n <= 8; ++n) EXPECT_EQ(*config_for(tuned, n, 1), some_config(5, 0, 0));
  for (std::int64_t n : {9, 16, 24}) {
    const MatmulConfig config = *config_for(tuned, n, 1);
    EXPECT_EQ(config.warps_m, 2);
    EXPECT_EQ(config.split_tiles, 8);
    EXPECT_EQ(config.split_blocks, 64);
  }
  for (std::int64_t n : {25, 64, 65, 100})
    EXPECT_EQ(*config_for(tuned, n, 1), *config_for(plain, n, 1)) << n;
  for (std::int64_t n = 1; n <= 100; ++n)
    for (std::int64_t batch : {1, 2}) expect_run(tuned, n, batch);
}

// What a run has no work for is left out, and the workspace is that of the largest run.
TEST(DevicePlan, TunedSplitsFitEachRun) {
  MatmulDesc desc = desc_of(100, 512, 200);  // 1 tile of 128 rows; 8 units, 2 steps of 4
  desc.tuning.entries = {{1000, some_config(400, 300, 400)}};
  const DevicePlan plan = planned(desc, device("H100"));
  for (std::int64_t n : {1, 16, 17, 32, 200}) {
    const MatmulConfig config = *config_for(plan, n, 1);
    const std::int64_t tiles = (n + 15) / 16;
    EXPECT_EQ(config.split_tiles, tiles) << n;
    EXPECT_EQ(config.split_blocks, 2 * tiles) << n;
    expect_run(plan, n, 1);
  }
  EXPECT_EQ(plan.workspace_bytes, static_cast<std::size_t>(kCounterBytes + 2 * 26 * 128 * 16 * 4));
}

// Buffers that a tuned configuration does not take get what mma would without a tuning.
TEST(DevicePlan, TunedWgmmaGivesWayToUnsuitableBuffers) {
  MatmulDesc desc = desc_of(1024, 4096, 500, 2);
  const DevicePlan plain = planned(desc, device("H200"));
  MatmulConfig wgmma;
  wgmma.kernel = MatmulKernel::wgmma;
  wgmma.tiles = 16, wgmma.cluster = 2, wgmma.stages = 3;
  wgmma.blocks = 64, wgmma.split_tiles = 8, wgmma.split_blocks = 64;
  desc.tuning.entries = {{100, wgmma}, {500, some_config(50, 0, 0)}};
  const DevicePlan tuned = planned(desc, device("H200"));
  for (const std::int64_t n : {1, 8, 50, 64, 65, 100}) {
    EXPECT_EQ(config_for(tuned, n, 1)->kernel, MatmulKernel::wgmma) << n;
    EXPECT_EQ(*config_for(tuned, n, 1, Buffers::suit_mma),
              *config_for(plain, n, 1, Buffers::suit_mma))
        << n;
    expect_run(tuned, n, 1);
    expect_run(tuned, n, 2);
  }
  EXPECT_EQ(*config_for(tuned, 500, 1), some_config(50, 0, 0));
  EXPECT_EQ(*config_for(tuned, 500, 1, Buffers::suit_mma), some_config(50, 0, 0));
  for (const char* name : {"A100", "B200", "RTX 4090"})
    EXPECT_TRUE(fails(plan_for(desc, device(name), 0).status(), kBad,
                      {"desc.tuning.entries[0].config", "kernel = wgmma", "9.0"}));
  EXPECT_TRUE(fails(plan_for(desc, without_wgmma(device("H200")), 0).status(), kBad,
                    {"desc.tuning.entries[0].config", "kernel = wgmma"}));
  desc.a.type = desc.b_type = DataType::i8;
  desc.b_order = Order::row;
  EXPECT_TRUE(fails(plan_for(desc, device("H200"), 0).status(), kBad,
                    {"desc.tuning.entries[0].config", "kernel = wgmma", "order row"}));
}

TEST(DevicePlan, TuningIsChecked) {
  MatmulDesc desc = desc_of(1024, 4096, 100);
  const auto with = [&](auto change) {
    MatmulConfig config = some_config(10, 0, 0);
    change(config);
    desc.tuning.entries = {{8, some_config(5, 0, 0)}, {24, config}};
    return plan_for(desc, device("H100"), 0).status();
  };
  EXPECT_TRUE(succeeds(with([](auto&) {})));
  EXPECT_TRUE(fails(with([](auto& c) { c.warps_m = 0; }), kBad,
                    {"desc.tuning.entries[1].config", "warps_m", "0"}));
  EXPECT_TRUE(fails(with([](auto& c) { c.tiles = 3; }), kBad, {"entries[1]", "tiles", "3"}));
  EXPECT_TRUE(fails(with([](auto& c) { c.split_tiles = -1; }), kBad, {"split_tiles", "-1"}));
  EXPECT_TRUE(fails(with([](auto& c) { c.split_blocks = 11; }), kBad, {"split_blocks", "11"}));
  EXPECT_TRUE(fails(with([](auto& c) { c.blocks = 0; }), kBad, {"entries[1]", "blocks", "0"}));
  // More shared memory than there is; an entry beyond the bound is not looked at.
  const auto huge = [](auto& c) { c.warps_m = 1, c.warps_k = 8, c.tiles = 8, c.stages = 4; };
  EXPECT_TRUE(fails(with(huge), kBad, {"entries[1]", "shared memory"}));
  desc.max_n = 8;
  EXPECT_TRUE(succeeds(with(huge)));
}

}  // namespace
}  // namespace heddle
