// Shuffles, votes and named barriers.
#include <gtest/gtest.h>

#include "test/kernels/arch/kernels.hpp"

namespace heddle::arch_test {
namespace {

TEST(Warp, ShufflesAndVotes) {
  for (const simt::Schedule& schedule : simt::schedules()) {
    GlobalBuffer<int> out(256);
    Options options;
    options.schedule = schedule;
    const Report report = shuffles(out.data(), options);
    ASSERT_TRUE(report.clean()) << report.text();
    for (int lane = 0; lane < 32; ++lane) {
      const auto i = static_cast<std::size_t>(lane);
      EXPECT_EQ(out[i], 5);
      EXPECT_EQ(out[32 + i], lane < 3 ? lane : lane - 3);
      EXPECT_EQ(out[64 + i], lane > 24 ? lane : lane + 7);
      EXPECT_EQ(out[96 + i], lane ^ 9);
      EXPECT_EQ(out[128 + i], 0x49249249);
      EXPECT_EQ(out[160 + i], 1);
      EXPECT_EQ(out[192 + i], 2);
      EXPECT_EQ(out[224 + i], lane % 2 ? lane ^ 2 : 0x55555500);
    }
  }
}

TEST(Barrier, HandsOverThroughNamedBarriers) {
  for (const simt::Schedule& schedule : simt::schedules()) {
    GlobalBuffer<unsigned> out(5 * 64);
    Options options;
    options.schedule = schedule;
    const Report report = hand_over(5, out.data(), options);
    ASSERT_TRUE(report.clean()) << report.text();
    for (unsigned i = 0; i < 5 * 64; ++i) EXPECT_EQ(out[i], 100 * (i / 64) + 63 - i % 64);
  }
}

}  // namespace
}  // namespace heddle::arch_test
