// Asynchronous products of warpgroups: what the testbed must not let pass.
#include "test/simt/planted/wgmma.hpp"
#include "test/simt/expect.hpp"

namespace heddle::simt {
namespace {

Suspect saying(const char* text, int warp = -1, int lane = -1) {
  return {warp, lane, [text](const Finding& f) { return f.what.find(text) != std::string::npos; }};
}

TEST(Wgmma, RegistersUnderWay) {
  using enum Kind;
  expect_detected(planted::early_accumulator_read, {early_register_access},
                  saying("read of the accumulators"));
  expect_detected(planted::early_accumulator_write, {early_register_access},
                  saying("write of the accumulators"));
  expect_detected(planted::changed_a_register, {early_register_access},
                  saying("write of the A registers"));
  expect_detected(planted::loaded_a_register, {early_register_access},
                  saying("write of the A registers", 0, 5));
  expect_detected(planted::changed_metadata, {early_register_access},
                  saying("write of the metadata"));
  expect_detected(planted::overlapping_accumulators, {early_register_access},
                  saying("of another shape or place"));
}

TEST(Wgmma, WaitsThatCoverTooLittle) {
  expect_detected(planted::short_wgmma_wait, {Kind::early_register_access},
                  saying("read of the accumulators"));
  expect_detected(planted::missing_wgmma_commit, {Kind::early_register_access},
                  saying("read of the accumulators"));
  expect_detected(planted::wgmma_in_flight_at_exit, {Kind::instruction}, saying("under way"));
}

TEST(Wgmma, Fences) {
  expect_detected(planted::missing_wgmma_fence, {Kind::instruction},
                  saying("its A registers were written"));
  expect_detected(planted::unfenced_accumulators, {Kind::instruction},
                  saying("its accumulators were written"));
  expect_detected(planted::missing_first_fence, {Kind::instruction},
                  saying("without a wgmma.fence"));
}

TEST(Wgmma, OperandsInSharedMemory) {
  using enum Kind;
  expect_detected(planted::unwritten_operand, {uninitialised});
  expect_detected(planted::partly_written_operand, {uninitialised});
  expect_detected(planted::late_operand, {shared_race, missing_proxy_fence, uninitialised});
  expect_detected(planted::operand_race, {shared_race, missing_proxy_fence});
  expect_detected(planted::missing_async_fence, {missing_proxy_fence});
  expect_detected(planted::refilled_operand, {shared_race, missing_proxy_fence});
}

TEST(Wgmma, Descriptors) {
  using enum Kind;
  expect_detected(planted::wrong_descriptor_stride, {uninitialised});
  expect_detected(planted::misaligned_operand, {misaligned}, saying("byte 8 of"));
  expect_detected(planted::misaligned_pattern, {instruction}, saying("swizzle pattern"));
  expect_detected(planted::operand_past_end, {out_of_bounds}, saying("5120 of 4096"));
  expect_detected(planted::plain_sparse_operand, {instruction}, saying("a swizzle of 64 or 128"));
}

TEST(Wgmma, TheWholeWarpgroup) {
  using enum Kind;
  expect_detected(planted::warps_disagree, {instruction}, saying("disagree on descriptors"));
  expect_detected(planted::lane_disagrees, {instruction}, saying("whether to accumulate"));
  expect_detected(planted::absent_warp, {exit_at_barrier});
  expect_detected(planted::incomplete_warpgroup, {instruction}, saying("needs 128 threads", 4));
  expect_detected(planted::illegal_wgmma_metadata, {instruction},
                  saying("0x5 at bits 8 to 11, row 18, chunk 6", 1, 9));
}

// No rule is broken where a descriptor names another swizzle: the numbers must tell.
TEST(Wgmma, WrongSwizzle) {
  for (const Schedule& schedule : schedules()) {
    Options options;
    options.schedule = schedule;
    SCOPED_TRACE(schedule.text());
    std::vector<float> good, bad;
    const Report right = planted::wrong_descriptor_swizzle(planted::Twin::correct, options, good);
    const Report wrong = planted::wrong_descriptor_swizzle(planted::Twin::buggy, options, bad);
    EXPECT_TRUE(right.clean()) << right.text();
    EXPECT_EQ(right.counters.wgmma, 2u);
    int differ = 0;
    for (unsigned i = 0; i < 2048; ++i) {
      const unsigned r = i / 128 % 8;
      const float sum = planted::sum_of_kept(r / 4 * 8 + i % 4 * 2 + r % 2);
      ASSERT_EQ(good[i], sum) << i;
      differ += bad[i] != sum;
      if (i < 1024) {
        ASSERT_EQ(bad[i], sum) << i;  // block 0
      }
    }
    EXPECT_GT(differ, 500);
    EXPECT_TRUE(wrong.clean() || wrong.findings[0].kind == Kind::uninitialised) << wrong.text();
  }
}

}  // namespace
}  // namespace heddle::simt
