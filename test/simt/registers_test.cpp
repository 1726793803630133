// setmaxnreg and elect.sync.
#include "test/simt/mistakes.hpp"
#include "test/simt/planted/hopper.hpp"

namespace heddle::simt {
namespace {

using planted::RegistersBug;

TEST(Registers, Mistakes) {
  expect_seen<RegistersBug>(
      {{RegistersBug::decrease_upwards,
        {Kind::instruction},
        "dec to 176 registers a thread, of 168"},
       {RegistersBug::increase_downwards, {Kind::instruction}, "inc to 160 registers a thread"},
       {RegistersBug::warps_disagree, {Kind::instruction}, "disagree"},
       {RegistersBug::past_the_pool, {Kind::deadlock}, "8192 in the block's pool"},
       {RegistersBug::missing_warp, {Kind::deadlock}, "96 of 128 threads came"},
       {RegistersBug::loose_warp, {Kind::instruction}, "outside of a whole warpgroup"}},
      true, planted::registers);
}

TEST(Registers, ALaunchSaysHowManyThereAre) {
  Options options;
  options.registers = 160;  // 24 + 240 + 240 is more than three times that
  EXPECT_FALSE(planted::registers(RegistersBug::none, options).clean());
  options.registers = 168;
  const Report report = planted::registers(RegistersBug::none, options);
  EXPECT_TRUE(report.clean()) << report.text();
}

TEST(Elect, OneLaneAWarpAlwaysTheSame) {
  std::vector<bool> seen(32);
  for (const Schedule& schedule : schedules()) {
    Options options;
    options.schedule = schedule;
    GlobalBuffer<unsigned> out(64);
    const Report report = planted::elections(out, options);
    ASSERT_TRUE(report.clean()) << report.text();
    for (unsigned warp = 0; warp < 2; ++warp) {
      unsigned elected = 0;
      for (unsigned lane = 0; lane < 32; ++lane) {
        const unsigned times = out[warp * 32 + lane];
        EXPECT_TRUE(times == 0 || times == 3);
        elected += times / 3;
        if (times) seen[lane] = true;
      }
      EXPECT_EQ(elected, 1u);
    }
  }
  EXPECT_GE(std::count(seen.begin(), seen.end(), true), 5);
}

}  // namespace
}  // namespace heddle::simt
