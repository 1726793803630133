// Masks, checks and statistics through the C ABI: the same bits as the C++ functions.

#include "heddle/mask.hpp"
#include "test/host/c/c_case.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/suite.hpp"

namespace heddle::oracle {
namespace {

constexpr DataType kWeights[] = {DataType::f32,    DataType::f16,    DataType::bf16,
                                 DataType::f8e4m3, DataType::f8e5m2, DataType::i8};

TEST(CMask, BestMaskAndApplyAreTheCppOnes) {
  Random random(1);
  for (const DataType type : kWeights)
    for (const Placement& place : placements())
      for (const Ranking ranking : {Ranking::magnitude, Ranking::value}) {
        const Pattern pattern = random.below(2) == 0 ? Pattern{2, 4} : Pattern{3, 7};
        Matrix m(type, 9, 22, place);
        fill_ties(m, random);
        Mask want(9, 22), got(9, 22, place);
        got.poison();
        ASSERT_TRUE(succeeds(best_mask(Exec::cpu(1), m.view(), pattern, want.view(), ranking)));
        const heddle_exec exec = c_cpu(static_cast<std::int32_t>(random.below(3)));
        const heddle_matrix in = c_view(m);
        const heddle_mask mask = c_view(got);
        const heddle_pattern c_pattern{pattern.keep, pattern.group};
        ASSERT_TRUE(c_succeeds(
            heddle_best_mask(&exec, &in, &c_pattern, &mask, static_cast<std::int32_t>(ranking))));
        EXPECT_TRUE(same_bits(want, got)) << to_string(place);
        EXPECT_TRUE(got.surroundings_intact());

        Matrix out(type, 9, 22);
        out.poison();
        const heddle_matrix to = c_view(out);
        ASSERT_TRUE(c_succeeds(heddle_apply_mask(&exec, &in, &mask, &to)));
        EXPECT_TRUE(same_bits(masked(m, want), out));
      }
}

TEST(CMask, ApplyMasksOfAList) {
  Random random(2);
  std::vector<Matrix> matrices, outs;
  std::vector<Mask> masks;
  std::vector<heddle_masked_matrix> list;
  for (int i = 0; i < 40; ++i) {
    const std::int64_t rows = 1 + i % 5, cols = 3 + i;
    matrices.emplace_back(kWeights[i % 6], rows, cols);
    fill_codes(matrices.back(), random);
    masks.emplace_back(rows, cols);
    fill_sparse_mask(masks.back(), random, {2, 4});
    outs.emplace_back(kWeights[i % 6], rows, cols);
  }
  for (std::size_t i = 0; i < matrices.size(); ++i)
    list.push_back({c_view(matrices[i]), c_view(masks[i]), c_view(outs[i])});
  const heddle_exec exec = c_cpu(2);
  ASSERT_TRUE(c_succeeds(heddle_apply_masks(&exec, list.data(), list.size())));
  for (std::size_t i = 0; i < matrices.size(); ++i)
    EXPECT_TRUE(same_bits(masked(matrices[i], masks[i]), outs[i])) << i;

  expect_nulls_refused(heddle_apply_masks, {"exec", "list", ""}, &exec, list.data(), 1);
  list[7].matrix.type = 9;
  EXPECT_TRUE(c_fails(heddle_apply_masks(&exec, list.data(), list.size()), HEDDLE_INVALID_ARGUMENT,
                      {"list[7].matrix.type = 9"}));
  list[7].matrix.type = HEDDLE_F16;
  list[7].out.order = -1;
  EXPECT_TRUE(c_fails(heddle_apply_masks(&exec, list.data(), list.size()), HEDDLE_INVALID_ARGUMENT,
                      {"list[7].out.order = -1"}));
}

TEST(CMask, ChecksAndStatistics) {
  Random random(3);
  for (const DataType type : kWeights) {
    Matrix m(type, 11, 37);
    fill_ties(m, random);
    Mask mask(11, 37);
    fill_sparse_mask(mask, random, {2, 4});
    const heddle_exec exec = c_cpu();
    const heddle_matrix in = c_view(m);
    const heddle_mask kept = c_view(mask);
    const heddle_pattern pattern{2, 4};

    const auto want = check(Exec::cpu(1), m.view(), {2, 4});
    ASSERT_TRUE(want.ok());
    EXPECT_GT(want->violations, 0);
    heddle_check_report got{-7, -7, -7}, later{-7, -7, -7};
    ASSERT_TRUE(c_succeeds(heddle_check(&exec, &in, &pattern, &got)));
    ASSERT_TRUE(c_succeeds(heddle_check_async(&exec, &in, &pattern, &later)));
    EXPECT_EQ(std::memcmp(&got, &*want, sizeof(got)), 0);
    EXPECT_EQ(std::memcmp(&later, &*want, sizeof(later)), 0);
    EXPECT_EQ(got.row, want->row);

    const auto stats = mask_stats(Exec::cpu(1), m.view(), mask.view());
    ASSERT_TRUE(stats.ok());
    heddle_mask_sums sums{};
    ASSERT_TRUE(c_succeeds(heddle_mask_stats(&exec, &in, &kept, &sums)));
    EXPECT_EQ(sums.elements, stats->elements);
    EXPECT_EQ(sums.kept, stats->kept);
    EXPECT_EQ(sums.nonzeros, stats->nonzeros);
    EXPECT_EQ(std::memcmp(&sums.l1_total, &stats->l1_total, 8), 0);
    EXPECT_EQ(std::memcmp(&sums.l1_kept, &stats->l1_kept, 8), 0);
  }
}

class CMaskArguments : public testing::Test {
 protected:
  CMaskArguments() { fill_integers(m, random, -3, 3); }
  Random random{4};
  Matrix m{DataType::f16, 4, 8}, out{DataType::f16, 4, 8};
  Mask mask{4, 8};
  heddle_exec exec = c_cpu();
  heddle_matrix in = c_view(m), to = c_view(out);
  heddle_mask kept = c_view(mask);
  heddle_pattern pattern{2, 4};
  heddle_check_report report{5, 6, 7};
  heddle_mask_sums sums{1, 2, 3, 4, 5};
};

TEST_F(CMaskArguments, NullsAreRefused) {
  expect_nulls_refused(heddle_best_mask, {"exec", "matrix", "pattern", "mask", ""}, &exec, &in,
                       &pattern, &kept, 0);
  expect_nulls_refused(heddle_apply_mask, {"exec", "matrix", "mask", "out"}, &exec, &in, &kept,
                       &to);
  expect_nulls_refused(heddle_check, {"exec", "matrix", "pattern", "report"}, &exec, &in, &pattern,
                       &report);
  expect_nulls_refused(heddle_check_async, {"exec", "matrix", "pattern", "report"}, &exec, &in,
                       &pattern, &report);
  expect_nulls_refused(heddle_mask_stats, {"exec", "matrix", "mask", "sums"}, &exec, &in, &kept,
                       &sums);
  EXPECT_EQ(report.group, 7);
  EXPECT_EQ(sums.elements, 1);
}

TEST_F(CMaskArguments, NumbersOutsideEnumerationsAreRefused) {
  for (const std::int32_t bad : {-1, 2, 256, INT32_MIN}) {
    EXPECT_TRUE(c_fails(heddle_best_mask(&exec, &in, &pattern, &kept, bad), HEDDLE_INVALID_ARGUMENT,
                        {"ranking = ", "[0, 1]"}));
    heddle_matrix odd = in;
    odd.order = bad;
    EXPECT_TRUE(c_fails(heddle_check(&exec, &odd, &pattern, &report), HEDDLE_INVALID_ARGUMENT,
                        {"matrix.order = ", "[0, 1]"}));
    heddle_mask odd_mask = kept;
    odd_mask.order = bad;
    EXPECT_TRUE(c_fails(heddle_best_mask(&exec, &in, &pattern, &odd_mask, 0),
                        HEDDLE_INVALID_ARGUMENT, {"mask.order = "}));
  }
  for (const std::int32_t bad : {-1, 7, 256, 261}) {
    heddle_matrix odd = in;
    odd.type = bad;
    EXPECT_TRUE(c_fails(heddle_check(&exec, &odd, &pattern, &report), HEDDLE_INVALID_ARGUMENT,
                        {"matrix.type = ", "[0, 6]"}));
  }
  kept.reserved = 1;
  EXPECT_TRUE(c_fails(heddle_best_mask(&exec, &in, &pattern, &kept, 0), HEDDLE_UNSUPPORTED,
                      {"mask.reserved = 1", "must be 0"}));
  EXPECT_EQ(report.violations, 5);
}

TEST_F(CMaskArguments, WhatCppRefusesIsHandedOn) {
  pattern = {5, 4};
  EXPECT_TRUE(c_fails(heddle_check(&exec, &in, &pattern, &report), HEDDLE_INVALID_ARGUMENT,
                      {"pattern = 5:4"}));
  pattern = {2, 4};
  kept.cols = 7;
  EXPECT_TRUE(c_fails(heddle_best_mask(&exec, &in, &pattern, &kept, 0), HEDDLE_INVALID_ARGUMENT,
                      {"mask = 4 x 7", "4 x 8"}));
  in.type = HEDDLE_I32;
  EXPECT_TRUE(c_fails(heddle_check(&exec, &in, &pattern, &report), HEDDLE_UNSUPPORTED,
                      {"matrix.type = i32"}));
  in = c_view(m);
  in.data = nullptr;
  EXPECT_TRUE(c_fails(heddle_check(&exec, &in, &pattern, &report), HEDDLE_INVALID_ARGUMENT,
                      {"matrix.data = null"}));
  exec.threads = -2;
  EXPECT_TRUE(c_fails(heddle_apply_mask(&exec, &to, &kept, &to), HEDDLE_INVALID_ARGUMENT, {}));
  EXPECT_EQ(report.violations, 5);
}

}  // namespace
}  // namespace heddle::oracle
