// What a correct kernel may count on: results, schedules, launch shapes.
#include "test/simt/expect.hpp"

namespace heddle::simt {
namespace {

TEST(Launch, BarriersAndManyBlocksUnderEverySchedule) {
  Counters first;
  for (const Schedule& schedule : schedules()) {
    Options options;
    options.schedule = schedule;
    GlobalBuffer<unsigned> out(20 * 256);
    const Report report = planted::reverse_blocks(out, 20, options);
    ASSERT_TRUE(report.clean()) << report.text();
    for (unsigned i = 0; i < out.size(); ++i) {
      ASSERT_EQ(out[i], i / 256 * 1000 + 255 - i % 256 + 7);
    }
    // Counters are a property of the kernel, not of the schedule.
    if (first == Counters{}) first = report.counters;
    EXPECT_EQ(report.counters, first) << schedule.text();
  }
  EXPECT_EQ(first.global_store, (Traffic{20 * 8 * 8, 20 * 8 * 32, 20 * 8 * 32}));
}

TEST(Launch, ShufflesAndAtomics) {
  for (const Schedule& schedule : schedules()) {
    Options options;
    options.schedule = schedule;
    GlobalBuffer<unsigned> out(std::vector<unsigned>{0});
    const Report report = planted::block_sums(out, 9, options);
    EXPECT_TRUE(report.clean()) << report.text();
    EXPECT_EQ(out[0], 9u * (255 * 256 / 2));
  }
}

TEST(Launch, SchedulesOrderTheThreads) {
  const auto order = [](Schedule schedule) {
    Options options;
    options.schedule = schedule;
    GlobalBuffer<unsigned> out(256);
    const Report report = planted::order_of_threads(out, options);
    EXPECT_TRUE(report.clean()) << report.text();
    return std::vector<unsigned>(out.data(), out.data() + out.size());
  };
  const auto forward = order({Order::forward, 0});
  const auto backward = order({Order::backward, 0});
  const auto ahead = order({Order::warp_ahead, 2});
  for (unsigned i = 0; i < 128; ++i) {
    EXPECT_EQ(forward[i], i);
    EXPECT_EQ(backward[i], 127 - i);
    EXPECT_EQ(forward[128 + i], 128 + i);
    EXPECT_EQ(backward[128 + i], 255 - i);
  }
  EXPECT_EQ(ahead[64], 0u);
  EXPECT_EQ(ahead[95], 31u);
  EXPECT_EQ(ahead[0], 32u);
  EXPECT_EQ(ahead[128 + 64], 128u);
  EXPECT_EQ(order({Order::random, 5}), order({Order::random, 5}));
  EXPECT_NE(order({Order::random, 5}), order({Order::random, 6}));
}

TEST(Launch, WarpFunctions) {
  GlobalBuffer<int> out(224);
  const Report report = planted::shuffles(out, {});
  ASSERT_TRUE(report.clean()) << report.text();
  for (int lane = 0; lane < 32; ++lane) {
    const auto at = [&](int part) { return out[static_cast<std::size_t>(32 * part + lane)]; };
    EXPECT_EQ(at(0), 5);
    EXPECT_EQ(at(1), lane < 3 ? lane : lane - 3);
    EXPECT_EQ(at(2), lane % 16 == 15 ? lane : lane + 1);
    EXPECT_EQ(at(3), lane ^ 7);
    EXPECT_EQ(at(4), 0x49249249);
    EXPECT_EQ(at(5), 1);
    if (lane & 1) {
      EXPECT_EQ(at(6), lane ^ 2);
    }
  }
}

TEST(Launch, EarlyReturnIsFineWhereNobodyWaits) {
  GlobalBuffer<unsigned> out(100);
  const Report report = planted::early_return_without_barrier(out, {});
  EXPECT_TRUE(report.clean()) << report.text();
  for (unsigned i = 0; i < 100; ++i) EXPECT_EQ(out[i], i);
}

TEST(Launch, DynamicSharedMemoryAndTheLargestBlock) {
  GlobalBuffer<float> out(1024);
  const Report report = planted::dynamic_reverse(out, {});
  EXPECT_TRUE(report.clean()) << report.text();
  for (unsigned i = 0; i < 1024; ++i) EXPECT_EQ(out[i], static_cast<float>(1023 - i));
}

TEST(Launch, DynamicSharedMemoryOfAKernelInSeveralSources) {
  GlobalBuffer<float> out(64);
  const Report report = planted::dynamic_reverse_elsewhere(out, 64 * sizeof(float));
  EXPECT_TRUE(report.clean()) << report.text();
  for (unsigned i = 0; i < 64; ++i) EXPECT_EQ(out[i], static_cast<float>(163 - i));
  const Report beyond = planted::dynamic_reverse_elsewhere(out, 63 * sizeof(float));
  ASSERT_FALSE(beyond.clean());  // the array is known there, and how much of it the launch gave
  for (const Finding& f : beyond.findings) EXPECT_EQ(f.kind, Kind::out_of_bounds);
}

TEST(Launch, OneBlockMayWaitForAnother) {
  Options options;
  options.workers = 2;
  GlobalBuffer<unsigned> out(std::vector<unsigned>{0, 0});
  const Report report = planted::wait_for_other_block(out, options);
  EXPECT_TRUE(report.clean()) << report.text();
  EXPECT_EQ(out[1], 9u);
}

TEST(Launch, RefusesWhatNoDeviceTakes) {
  const auto kind = [](Extent grid, Extent block, std::size_t shared) {
    const Report report = launch(grid, block, shared, [] { FAIL() << "ran"; });
    return report.findings.size() == 1 ? name(report.findings[0].kind) : "not refused";
  };
  EXPECT_STREQ(kind({1}, {1025}, 0), "bad launch");
  EXPECT_STREQ(kind({1}, {0}, 0), "bad launch");
  EXPECT_STREQ(kind({0}, {32}, 0), "bad launch");
  EXPECT_STREQ(kind({1, 65536}, {32}, 0), "bad launch");
  EXPECT_STREQ(kind({1}, {32}, 227 * 1024 + 1), "bad launch");
}

}  // namespace
}  // namespace heddle::simt
