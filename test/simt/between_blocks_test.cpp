// Global memory between blocks: release and acquire.
#include "test/simt/expect.hpp"

namespace heddle::simt {
namespace {

// Block 1 at what block 0 wrote: both places, and both blocks, are named.
bool names_writer(const Finding& f) {
  return f.other && f.other->place.address &&
         f.what.find("written by block (0,0,0) and not acquired") != std::string::npos;
}

TEST(BetweenBlocks, FenceBeforeTheBarrier) {
  // Thread 0's own write, which thread 63 reads, was released; no other.
  expect_detected(planted::fence_before_barrier, {Kind::global_race},
                  {-1, -1, [](const Finding& f) {
                     return names_writer(f) && f.other->warp * 32 + f.other->lane > 0 &&
                            f.at.warp * 32 + f.at.lane + f.other->warp * 32 + f.other->lane == 63;
                   }});
}

TEST(BetweenBlocks, MissingBarrierBeforeTheFence) {
  // Seen where the others have written by the time that block 1 reads: when thread 0 comes last.
  Options options;
  options.schedule = {Order::backward, 0};
  const Report bad = planted::missing_barrier_at_fence(planted::Twin::buggy, options);
  ASSERT_FALSE(bad.clean());
  for (const Finding& f : bad.findings) EXPECT_EQ(f.kind, Kind::global_race);
}

TEST(BetweenBlocks, MissingRelease) {
  expect_detected(planted::missing_release, {Kind::global_race}, {-1, -1, names_writer});
}

TEST(BetweenBlocks, MissingAcquire) {
  expect_detected(planted::missing_acquire, {Kind::global_race}, {-1, -1, names_writer});
}

TEST(BetweenBlocks, WrittenBehindTheFence) {
  expect_detected(planted::late_write, {Kind::global_race},
                  {1, 31, [](const Finding& f) {
                     return names_writer(f) && f.other->warp == 0 && f.other->lane == 0;
                   }});
}

TEST(BetweenBlocks, MissingBarrierBehindTheAcquire) {
  expect_detected(planted::missing_reader_barrier, {Kind::global_race},
                  {-1, -1, [](const Finding& f) {
                     return names_writer(f) && (f.at.warp > 0 || f.at.lane > 0);
                   }});
}

TEST(BetweenBlocks, PlainFlag) {
  expect_detected(planted::plain_flag, {Kind::global_race}, {-1, -1, names_writer});
}

TEST(BetweenBlocks, OverlappingWrites) {
  expect_detected(planted::overlapping_writes, {Kind::global_race},
                  {-1, -1, [](const Finding& f) {
                     return names_writer(f) && f.what.rfind("write of 4 bytes at buffer 1", 0) == 0;
                   }});
}

TEST(BetweenBlocks, ReadByAnAsynchronousCopy) {
  expect_detected(planted::copied_unacquired, {Kind::global_race}, {-1, -1, names_writer});
}

TEST(BetweenBlocks, TheLastToArriveMayReadEverything) {
  for (const Schedule& schedule : schedules()) {
    for (const unsigned blocks : {1u, 2u, 7u, 40u}) {
      for (const bool acq_rel : {false, true}) {
        SCOPED_TRACE(testing::Message() << schedule.text() << ", " << blocks << " " << acq_rel);
        Options options;
        options.schedule = schedule;
        GlobalBuffer<unsigned> sums(128);
        const Report report = planted::sum_by_last_block(acq_rel, sums, blocks, options);
        ASSERT_TRUE(report.clean()) << report.text();
        for (unsigned i = 0; i < 128; ++i) {
          EXPECT_EQ(sums[i], 500 * blocks * (blocks - 1) + blocks * (63 - i % 64));
        }
      }
    }
  }
}

TEST(BetweenBlocks, KnowledgeIsPassedOn) {
  for (const Schedule& schedule : schedules()) {
    Options options;
    options.schedule = schedule;
    GlobalBuffer<unsigned> sums(5 * 64);
    const Report report = planted::chain_of_blocks(sums, 5, options);
    ASSERT_TRUE(report.clean()) << schedule.text() << "\n" << report.text();
    for (unsigned i = 0; i < 5 * 64; ++i) {
      const unsigned block = i / 64;
      EXPECT_EQ(sums[i], block * (block + 1) / 2 + (block + 1) * (i % 64));
    }
  }
}

}  // namespace
}  // namespace heddle::simt
