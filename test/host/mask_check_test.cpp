// check: how many groups keep too much, and the first of them. mask_stats: the sums.

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "heddle/mask.hpp"
#include "test/oracle/codes.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/problem.hpp"
#include "test/oracle/shapes.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using oracle::Mask;
using oracle::Matrix;
using oracle::Placement;

// By definition: a NaN is a nonzero, -0.0 is not.
CheckReport counted(const Matrix& m, Pattern pattern) {
  CheckReport report;
  for (std::int64_t r = 0; r < m.rows(); ++r)
    for (std::int64_t begin = 0; begin < m.cols(); begin += pattern.group) {
      int nonzeros = 0;
      for (std::int64_t c = begin; c < begin + pattern.group && c < m.cols(); ++c)
        nonzeros += m.at(r, c) != 0;
      if (nonzeros <= pattern.keep) continue;
      if (report.violations++ == 0) report.row = r, report.group = begin / pattern.group;
    }
  return report;
}

testing::AssertionResult reports(const Matrix& m, Pattern pattern, int threads) {
  const Result<CheckReport> got = check(Exec::cpu(threads), m.view(), pattern);
  if (!got.ok()) return testing::AssertionFailure() << got.status().to_string();
  const CheckReport want = counted(m, pattern);
  if (got->violations == want.violations && got->row == want.row && got->group == want.group &&
      got->compliant() == (want.violations == 0))
    return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << "got " << got->violations << " first " << got->row << ", " << got->group << "; wanted "
         << want.violations << " first " << want.row << ", " << want.group;
}

class Check : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, Check, testing::ValuesIn(oracle::matrix_types()), oracle::by_type);

TEST_P(Check, CountsInEveryPlacement) {
  oracle::Random random(51);
  for (Pattern pattern : {Pattern{2, 4}, Pattern{1, 2}, Pattern{4, 5}, Pattern{20, 32}})
    for (const oracle::Shape& shape : oracle::edge_shapes())
      for (const Placement& place : oracle::placements()) {
        Matrix m(GetParam(), shape.rows, shape.cols, place);
        fill_ties(m, random);
        m.freeze();
        ASSERT_TRUE(reports(m, pattern, 2)) << problem(m, pattern, place);
        ASSERT_TRUE(m.unchanged());
      }
}

// The pruned matrix complies; one entry more, anywhere, and that place is named.
TEST_P(Check, FindsTheOneViolation) {
  oracle::Random random(52);
  for (const oracle::Shape& shape : oracle::chunk_shapes()) {
    const Pattern pattern = {2, 4};
    Matrix dense(GetParam(), shape.rows, shape.cols);
    fill_integers(dense, random, 1, 3);
    const Matrix clean = masked(dense, best_mask_of(dense, pattern));
    ASSERT_TRUE(reports(clean, pattern, 3)) << problem(clean, pattern, {});
    for (int i = 0; i < 4; ++i) {
      Matrix dirty = relaid(clean, i % 2 == 0 ? Placement{} : Placement{Order::col, 1, 1});
      const std::int64_t r = random.below(shape.rows);
      const std::int64_t group = random.below(std::max<std::int64_t>(shape.cols / 4, 1));
      for (std::int64_t c = group * 4; c < group * 4 + 4 && c < shape.cols; ++c) dirty.set(r, c, 2);
      for (int threads : oracle::kThreadCounts)
        ASSERT_TRUE(reports(dirty, pattern, threads))
            << problem(dirty, pattern, {}) << " dirty at " << r << ", " << group;
    }
  }
}

// The first violation is the lowest row, then the lowest group, whoever finds one first.
TEST_P(Check, FirstIsInRowOrderWhateverTheThreads) {
  oracle::Random random(53);
  constexpr std::int64_t kCols = cpu::kUnitCols + 100;
  Matrix m(GetParam(), cpu::kUnitRows + 2, kCols);
  m.each([&](auto, auto) { return oracle::encode(m.type(), 1); });
  for (int threads : oracle::kThreadCounts) ASSERT_TRUE(reports(m, {2, 4}, threads));
  m.each([&](std::int64_t r, auto) { return r >= 63 ? oracle::encode(m.type(), 1) : 0u; });
  for (int threads : oracle::kThreadCounts) ASSERT_TRUE(reports(m, {3, 5}, threads));
  m.each([&](std::int64_t r, std::int64_t c) {
    return (r > 2 && c < 64) || (r > 1 && c > kCols - 50) ? oracle::encode(m.type(), 1) : 0u;
  });
  for (int threads : oracle::kThreadCounts) ASSERT_TRUE(reports(m, {2, 4}, threads));
}

TEST_P(Check, NothingViolatesNothing) {
  for (const auto& [rows, cols] : {oracle::Shape{0, 0}, {0, 5}, {5, 0}})
    EXPECT_TRUE(reports(Matrix(GetParam(), rows, cols), {1, 4}, 2));
}

// ---- mask_stats ---------------------------------------------------------------------------------

class Stats : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, Stats, testing::ValuesIn(oracle::matrix_types()), oracle::by_type);

MaskStats counted(const Matrix& m, const Mask& mask) {
  MaskStats stats;
  stats.elements = m.rows() * m.cols();
  for (std::int64_t r = 0; r < m.rows(); ++r)
    for (std::int64_t c = 0; c < m.cols(); ++c) {
      const double size = std::fabs(m.at(r, c));
      stats.kept += mask.kept(r, c);
      stats.nonzeros += size != 0;
      stats.l1_total += size;
      if (mask.kept(r, c)) stats.l1_kept += size;
    }
  return stats;
}

void expect_sum(double got, double want, const char* what) {
  if (std::isnan(want)) {
    EXPECT_TRUE(std::isnan(got)) << what << " " << got;
  } else if (std::isinf(want)) {
    EXPECT_EQ(got, want) << what;
  } else {
    EXPECT_NEAR(got, want, 1e-12 * want) << what;
  }
}

TEST_P(Stats, SumsInEveryPlacementAndOnEveryThreadCount) {
  oracle::Random random(54);
  const auto shapes = {oracle::Shape{1, 1},     {3, 7}, {2, 33}, {65, 130}, {3, 2049},
                       {2, cpu::kUnitCols + 7}, {0, 4}, {4, 0}};
  for (const oracle::Shape& shape : shapes)
    for (const Placement& place : oracle::placements()) {
      Matrix m(GetParam(), shape.rows, shape.cols, place);
      fill_normal(m, random, 20);
      Mask mask(
          shape.rows, shape.cols,
          place.order == Order::row ? Placement{Order::col, 1, 1} : Placement{Order::row, 2, 1});
      fill_sparse_mask(mask, random, {3, 5});
      SCOPED_TRACE(problem(m, {3, 5}, place));
      const MaskStats want = counted(m, mask);
      double first_total = 0, first_kept = 0;
      for (int threads : oracle::kThreadCounts) {
        const Result<MaskStats> got = mask_stats(Exec::cpu(threads), m.view(), mask.view());
        ASSERT_TRUE(got.ok()) << got.status().to_string();
        EXPECT_EQ(got->elements, want.elements);
        EXPECT_EQ(got->kept, want.kept);
        EXPECT_EQ(got->nonzeros, want.nonzeros);
        expect_sum(got->l1_total, want.l1_total, "total");
        expect_sum(got->l1_kept, want.l1_kept, "kept");
        if (threads == 1) first_total = got->l1_total, first_kept = got->l1_kept;
        EXPECT_EQ(got->l1_total, first_total) << "threads " << threads;
        EXPECT_EQ(got->l1_kept, first_kept) << "threads " << threads;
      }
    }
}

TEST_P(Stats, InfinityAndNotANumberPropagate) {
  if (GetParam() == DataType::i8) return;  // integers have neither
  Matrix m(GetParam(), 2, 70);
  m.each([&](auto, auto) { return oracle::encode(m.type(), -1); });
  Mask mask(2, 70);
  for (std::int64_t c = 0; c < 70; ++c) mask.set(0, c, true);
  m.set_bits(1, 69, oracle::nan_code(GetParam()));
  Result<MaskStats> stats = mask_stats(Exec::cpu(2), m.view(), mask.view());
  ASSERT_TRUE(stats.ok());
  EXPECT_TRUE(std::isnan(stats->l1_total));
  EXPECT_EQ(stats->l1_kept, 70);
  EXPECT_EQ(stats->nonzeros, 140) << "NaN is not zero";
  if (!oracle::float_format(GetParam()).has_infinity) return;
  m.set_bits(1, 69, oracle::negate_code(GetParam(), oracle::infinity_code(GetParam())));
  mask.set(1, 69, true);
  stats = mask_stats(Exec::cpu(2), m.view(), mask.view());
  ASSERT_TRUE(stats.ok());
  EXPECT_TRUE(std::isinf(stats->l1_total) && stats->l1_total > 0);
  EXPECT_TRUE(std::isinf(stats->l1_kept) && stats->l1_kept > 0);
}

}  // namespace
}  // namespace heddle
