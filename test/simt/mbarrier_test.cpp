// Mbarriers of a cluster and its barrier: counts, bytes, peers and exits. The phases of a pipeline
// are in cluster_test.cpp.
#include "test/simt/mistakes.hpp"
#include "test/simt/planted/hopper.hpp"

namespace heddle::simt {
namespace {

using planted::ClusterBarrierBug;
using planted::MbarrierBug;

Report run(MbarrierBug bug, const Options& options) {
  std::vector<float> values(64);
  for (std::size_t i = 0; i < 64; ++i) values[i] = static_cast<float>(i);
  GlobalBuffer<float> in(values), out(128);
  Report report = planted::mbarriers(bug, in, out, options);
  if (report.clean()) {
    for (std::size_t i = 0; i < 128; ++i) EXPECT_EQ(out[i], values[i % 64]);
  }
  return report;
}

TEST(Mbarrier, AnnouncedBeforeOrAfterTheCopy) {
  for (const Schedule& schedule : schedules()) {
    Options options;
    options.schedule = schedule;
    const Report report = run(MbarrierBug::copy_first, options);
    EXPECT_TRUE(report.clean()) << report.text();
  }
}

TEST(Mbarrier, Mistakes) {
  expect_seen<MbarrierBug>(
      {{MbarrierBug::no_arrivals, {Kind::instruction}, "0 arrivals"},
       {MbarrierBug::arrivals_past_2_20, {Kind::instruction}, "1048576 arrivals"},
       {MbarrierBug::bytes_past_2_20, {Kind::instruction}, "1048576 bytes announced"},
       {MbarrierBug::wait_at_peer, {Kind::instruction}, "mbarrier of another block"},
       {MbarrierBug::never_waited, {Kind::exited_block, Kind::deadlock}, "under way"},
       {MbarrierBug::in_global_memory, {Kind::instruction}, "in the block's shared memory"},
       {MbarrierBug::late_peer_arrive, {Kind::exited_block}, "which has returned"},
       {MbarrierBug::rank_outside, {Kind::instruction}, "rank 2 of a cluster of 2"}},
      false, run);
}

TEST(Mbarrier, ExitIsSeenWhoeverComesFirst) {
  Options options;
  for (const Schedule& schedule : schedules()) {
    options.schedule = schedule;
    EXPECT_FALSE(run(MbarrierBug::late_peer_arrive, options).clean());
  }
}

Report barrier(ClusterBarrierBug bug, const Options& options) {
  GlobalBuffer<float> out(256);
  return planted::cluster_barrier(bug, out, options);
}

TEST(ClusterBarrier, Mistakes) {
  expect_seen<ClusterBarrierBug>(
      {{ClusterBarrierBug::arrive_twice, {Kind::divergent_barrier}, "arrives twice"},
       {ClusterBarrierBug::wait_alone, {Kind::divergent_barrier}, "without having arrived"},
       {ClusterBarrierBug::missing_thread,
        {Kind::deadlock, Kind::divergent_barrier},
        "the cluster's barrier"}},
      false, [](ClusterBarrierBug bug, const Options& options) {
        GlobalBuffer<float> out(256);
        return planted::cluster_barrier(bug, out, options);
      });
}

TEST(ClusterBarrier, DoesNotWaitForThoseWhoReturned) {
  for (const Schedule& schedule : schedules()) {
    Options options;
    options.schedule = schedule;
    const Report report = barrier(ClusterBarrierBug::early_return, options);
    EXPECT_TRUE(report.clean()) << report.text();
  }
}

}  // namespace
}  // namespace heddle::simt
