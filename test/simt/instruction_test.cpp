// Matrix loads and sparse products: what their models refuse.
#include "test/simt/cuda.hpp"
#include "test/simt/expect.hpp"
#include "test/simt/planted/instructions.hpp"

namespace heddle::simt {
namespace {

bool says(const Finding& f, const char* text) { return f.what.find(text) != std::string::npos; }

// Of a selector's four bits nvcc clears the highest, with which prmt would spread a sign.
TEST(Bytes, BytePermTakesBytesAlone) {
  EXPECT_EQ(__byte_perm(0x83828180u, 0x07060504u, 0x7410u), 0x07048180u);
  EXPECT_EQ(__byte_perm(0x83828180u, 0x07060504u, 0xFC98u), 0x07048180u);
}

TEST(Matrix, MisalignedLoadRow) {
  expect_detected(planted::misaligned_matrix_load, {Kind::misaligned}, {1, 5});
}

TEST(Matrix, MisalignedStoreRow) {
  expect_detected(planted::misaligned_matrix_store, {Kind::misaligned}, {1, 5});
}

TEST(Matrix, LoadRacesWithAStore) {
  // The store first: the load is unordered. The load first: nothing is there yet.
  expect_detected(planted::matrix_race, {Kind::shared_race, Kind::uninitialised});
}

TEST(Matrix, UninitialisedRow) {
  expect_detected(planted::uninitialised_matrix, {Kind::uninitialised}, {1, 7});
}

TEST(Matrix, LoadByHalfAWarp) {
  expect_detected(planted::half_warp_matrix_load, {Kind::warp_mask, Kind::deadlock}, {1});
}

struct Rows {
  unsigned stride;
  std::uint64_t conflicts;  // beyond one wavefront, for 8 rows
};

TEST(Matrix, BankConflicts) {
  // 128 bytes are all banks: rows 16 bytes apart modulo 128 do not collide.
  for (const Rows& p : {Rows{16, 0}, Rows{32, 1}, Rows{64, 3}, Rows{128, 7}, Rows{144, 0}}) {
    for (const unsigned matrices : {1u, 4u}) {
      SCOPED_TRACE(testing::Message() << matrices << " matrices, stride " << p.stride);
      const Report report = planted::matrix_rows(matrices, p.stride);
      EXPECT_TRUE(report.clean()) << report.text();
      EXPECT_EQ(report.counters.shared_load, (Traffic{1, matrices * (1 + p.conflicts), matrices}));
      EXPECT_EQ(report.counters.bank_conflicts(), matrices * p.conflicts);
    }
  }
}

TEST(Sparse, IllegalNibble) {
  expect_detected(
      planted::illegal_nibble, {Kind::instruction},
      {1, 9, [](const Finding& f) { return says(f, "0x5 at bits 8 to 11, row 2, chunk 6"); }});
}

TEST(Sparse, DescendingNibble) {
  expect_detected(
      planted::descending_nibble, {Kind::instruction},
      {1, 9, [](const Finding& f) { return says(f, "0x1 at bits 8 to 11, row 2, chunk 6"); }});
}

TEST(Sparse, IllegalHalfPair) {
  expect_detected(
      planted::illegal_half_pair, {Kind::instruction},
      {1, 9, [](const Finding& f) { return says(f, "0x8 at bits 8 to 11, row 2, chunk 6"); }});
}

TEST(Sparse, SelectorsDisagree) {
  expect_detected(planted::selectors_disagree, {Kind::instruction}, {1, 3});
}

// No rule is broken where metadata comes from a wrong lane: the numbers must tell.
TEST(Sparse, WrongMetadataLane) {
  for (const Schedule& schedule : schedules()) {
    Options options;
    options.schedule = schedule;
    SCOPED_TRACE(schedule.text());
    std::vector<float> good, bad;
    const Report right = planted::wrong_metadata_lane(planted::Twin::correct, options, good);
    const Report wrong = planted::wrong_metadata_lane(planted::Twin::buggy, options, bad);
    EXPECT_TRUE(right.clean()) << right.text();
    EXPECT_TRUE(wrong.clean()) << wrong.text();
    ASSERT_EQ(good.size(), 4u * 128);
    for (unsigned i = 0; i < good.size(); ++i) {
      const auto sum = static_cast<float>(planted::kept_sum(i % 128 / 8));
      EXPECT_EQ(good[i], sum) << i;
      if (i < 256) {
        EXPECT_EQ(bad[i], sum) << i;  // block 0
      } else {
        EXPECT_NE(bad[i], sum) << i;
      }
    }
  }
}

}  // namespace
}  // namespace heddle::simt
