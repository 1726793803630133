// Barriers, exits and warp masks.
#include "test/simt/expect.hpp"

namespace heddle::simt {
namespace {

bool both_places(const Finding& f) { return f.other && f.at.place != f.other->place; }

TEST(Barrier, TwoPlaces) {
  expect_detected(planted::divergent_barrier, {Kind::divergent_barrier},
                  {-1, -1, [](const Finding& f) {
                     return both_places(f) && f.at.place.line && f.other->place.line &&
                            f.at.warp != f.other->warp;
                   }});
}

TEST(Barrier, AnotherBarrierWhileOthersWait) {
  expect_detected(planted::skipped_barrier, {Kind::divergent_barrier}, {-1, -1, both_places});
}

TEST(Barrier, CountsDisagree) {
  // Warp 1 alone fills its barrier of 32 where it comes first, and returns.
  expect_detected(planted::barrier_count, {Kind::divergent_barrier, Kind::exit_at_barrier},
                  {-1, -1, [](const Finding& f) { return f.other && f.other->warp != f.at.warp; }});
}

TEST(Barrier, ExitWhileOthersWait) {
  // Thread 40 is one party: it leaves while others wait, or one comes to wait after it left.
  expect_detected(planted::early_exit, {Kind::exit_at_barrier},
                  {-1, -1, [](const Finding& f) {
                     const auto is_40 = [](const Where& w) { return w.warp == 1 && w.lane == 8; };
                     return f.other && is_40(f.at) != is_40(*f.other);
                   }});
  // Forward, threads 0 to 39 wait when it leaves, and it is the one to blame.
  const Report bad = planted::early_exit(planted::Twin::buggy, {});
  ASSERT_EQ(bad.findings.size(), 1u);
  EXPECT_EQ(bad.findings[0].at.warp * 32 + bad.findings[0].at.lane, 40u) << bad.text();
}

TEST(WarpMask, LaneOutside) {
  expect_detected(planted::lane_outside_mask, {Kind::warp_mask}, {-1, 16});
}

TEST(WarpMask, LanesDisagree) {
  expect_detected(planted::lanes_disagree, {Kind::warp_mask},
                  {-1, -1, [](const Finding& f) {
                     return f.other && (f.at.lane == 0) != (f.other->lane == 0);
                   }});
}

TEST(WarpMask, LaneHasReturned) {
  expect_detected(planted::exited_lane, {Kind::warp_mask}, {1, -1});
}

TEST(WarpMask, ShuffleFromOutside) {
  expect_detected(planted::shuffle_outside_mask, {Kind::warp_mask}, {-1, 3});
}

TEST(Deadlock, SpinWithoutEnd) {
  Options options;
  options.patience = std::chrono::milliseconds(200);
  for (const Order order : {Order::forward, Order::backward, Order::random}) {
    options.schedule = {order, 3};
    const Report bad = planted::endless_spin(planted::Twin::buggy, options);
    ASSERT_EQ(bad.findings.size(), 1u);
    EXPECT_EQ(bad.findings[0].kind, Kind::deadlock);
    EXPECT_EQ(bad.findings[0].at.warp * 32 + bad.findings[0].at.lane, 0u);
    const Report good = planted::endless_spin(planted::Twin::correct, options);
    EXPECT_TRUE(good.clean()) << good.text();
  }
}

}  // namespace
}  // namespace heddle::simt
