// Clusters: their pipeline of tensor copies works under every schedule, and its bugs are seen.
#include "test/simt/mistakes.hpp"
#include "test/simt/planted/pipeline.hpp"

namespace heddle::simt {
namespace {

using planted::PipelineBug;

struct Outcome {
  Report report;
  std::vector<float> out;
};

Outcome run(PipelineBug bug, unsigned cluster, unsigned clusters, unsigned tiles,
            const Schedule& schedule) {
  std::vector<float> values(std::size_t{tiles} * planted::kPipelineRows * 32);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * 7 % 101);
  GlobalBuffer<float> in(values), out(std::size_t{cluster} * clusters * 64);
  Options options;
  options.schedule = schedule;
  Outcome result{planted::pipeline(bug, cluster, clusters, tiles, in, out, options), {}};
  result.out.assign(out.span().begin(), out.span().end());
  return result;
}

float expected(unsigned i, unsigned tiles) {
  float sum = 0;
  for (unsigned tile = 0; tile < tiles; ++tile) {
    for (unsigned x = 0; x < 16; ++x) {
      const std::size_t at = (tile * planted::kPipelineRows + i % 32) * 32 + i / 32 * 16 + x;
      sum += static_cast<float>(at * 7 % 101);
    }
  }
  return sum;
}

TEST(Cluster, PipelineWorksUnderEverySchedule) {
  for (const unsigned cluster : {1u, 2u, 4u}) {
    for (const unsigned tiles : {1u, 2u, 5u}) {
      for (const Schedule& schedule : schedules()) {
        SCOPED_TRACE(testing::Message()
                     << cluster << " blocks, " << tiles << " tiles, " << schedule.text());
        const Outcome r = run(PipelineBug::none, cluster, 2, tiles, schedule);
        ASSERT_TRUE(r.report.clean()) << r.report.text();
        for (unsigned i = 0; i < r.out.size(); ++i) ASSERT_EQ(r.out[i], expected(i % 64, tiles));
      }
    }
  }
}

struct PipelineMistake {
  unsigned smallest;  // cluster in which it is one
  Mistake<PipelineBug> mistake;
};

// Which of its consequences comes first is for the schedule to say.
TEST(Cluster, MistakesInAPipeline) {
  using B = PipelineBug;
  const std::vector<Kind> early{Kind::shared_race,  Kind::uninitialised, Kind::early_copy_access,
                                Kind::exited_block, Kind::instruction,   Kind::deadlock};
  const std::vector<PipelineMistake> mistakes = {
      {1, {B::wrong_full_parity, early}},
      {1, {B::wrong_empty_parity, {Kind::deadlock}, "waits for ever for an mbarrier, phase 0"}},
      {1, {B::no_empty_wait, {Kind::instruction, Kind::shared_race, Kind::early_copy_access}}},
      {1, {B::early_empty, {Kind::shared_race, Kind::early_copy_access}}},
      {2, {B::own_empty_only, {Kind::deadlock}, "of"}},
      {2, {B::mask_too_few, {Kind::deadlock}, "4096 bytes"}},
      {2,
       {B::mask_too_many,
        {Kind::instruction, early[0], early[1], early[2], Kind::exited_block},
        "bytes"}},
      {1, {B::mask_outside, {Kind::instruction}, "multicast mask"}},
      {1, {B::bytes_too_few, {Kind::instruction, early[0], early[1], early[2]}, "was told 3968"}},
      {1, {B::bytes_too_many, {Kind::deadlock}, "4096 of 4224 bytes"}},
      {1, {B::no_init_fence, {Kind::missing_proxy_fence}, "fence_mbarrier_init"}},
      {2, {B::no_first_barrier, {Kind::shared_race, Kind::uninitialised, Kind::instruction}}},
      {2, {B::no_last_barrier, {Kind::exited_block}}},
      {1,
       {B::one_arrival_too_many,
        {early[0], early[1], early[2], Kind::deadlock, Kind::instruction}}},
      {1,
       {B::uninitialised_mbarrier, {Kind::instruction, Kind::uninitialised}, "not an initialised"}},
      {1, {B::misaligned_stage, {Kind::misaligned, early[0], early[1], early[2]}, "of 1024"}},
      {1, {B::half_a_pattern, {Kind::misaligned, early[0], early[1], early[2]}, "of 1024"}},
      {1, {B::plain_copy_read, {early[0], early[1], early[2]}}},
  };
  for (const unsigned cluster : {1u, 2u, 4u}) {
    SCOPED_TRACE(cluster);
    std::vector<Mistake<PipelineBug>> here;
    for (const PipelineMistake& m : mistakes) {
      if (m.smallest <= cluster) here.push_back(m.mistake);
    }
    expect_seen<PipelineBug>(here, false, [&](PipelineBug bug, const Options& options) {
      return run(bug, cluster, 1, 5, options.schedule).report;
    });
  }
}

TEST(Cluster, ALaunchRefusesWhatNoDeviceTakes) {
  struct {
    unsigned cluster, blocks;
  } const launches[] = {{0, 4}, {3, 4}, {16, 16}, {9, 9}, {8, 4}};
  for (const auto& l : launches) {
    Options options;
    options.cluster = l.cluster;
    const Report report = launch(
        {l.blocks}, {32}, 0, [] {}, options);
    ASSERT_EQ(report.findings.size(), 1u);
    EXPECT_EQ(report.findings[0].kind, Kind::bad_launch);
    EXPECT_NE(report.text().find("clusters of " + std::to_string(l.cluster)), std::string::npos);
  }
  Options options;
  options.cluster = 8;
  EXPECT_TRUE(launch(
                  {16, 2}, {32}, 0, [] {}, options)
                  .clean());
}

// Two blocks of a cluster that hand a value to and fro, each alone unable to go on.
TEST(Cluster, BlocksRunTogetherOnOneWorker) {
  Options options;
  options.workers = 1;
  for (const Schedule& schedule : schedules()) {
    options.schedule = schedule;
    const Report report = planted::ping_pong(20, options);
    EXPECT_TRUE(report.clean()) << report.text();
  }
}

TEST(Cluster, ReportsAreTheSameEveryTime) {
  for (const Schedule& schedule : schedules()) {
    const Outcome a = run(PipelineBug::one_arrival_too_many, 4, 1, 5, schedule);
    const Outcome b = run(PipelineBug::one_arrival_too_many, 4, 1, 5, schedule);
    EXPECT_EQ(a.report.text(), b.report.text()) << schedule.text();
  }
}

}  // namespace
}  // namespace heddle::simt
