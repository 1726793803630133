// check_tiles: check in both directions, in both forms.

#include <gtest/gtest.h>

#include "heddle/tile.hpp"
#include "test/oracle/codes.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/problem.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using oracle::Mask;
using oracle::Matrix;
using oracle::Placement;
using oracle::Random;

// By definition, of lines along rows or down columns.
CheckReport counted(const Matrix& m, Pattern pattern, bool down) {
  const std::int64_t lines = down ? m.cols() : m.rows(), length = down ? m.rows() : m.cols();
  CheckReport report;
  for (std::int64_t line = 0; line < lines; ++line)
    for (std::int64_t begin = 0; begin < length; begin += pattern.group) {
      int nonzeros = 0;
      for (std::int64_t i = begin; i < begin + pattern.group && i < length; ++i)
        nonzeros += (down ? m.at(i, line) : m.at(line, i)) != 0;
      if (nonzeros > pattern.keep && report.violations++ == 0)
        report.row = line, report.group = begin / pattern.group;
    }
  return report;
}

void expect_equal(const CheckReport& got, const CheckReport& want) {
  EXPECT_EQ(got.violations, want.violations);
  EXPECT_EQ(got.row, want.row);
  EXPECT_EQ(got.group, want.group);
}

class TileCheck : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, TileCheck, testing::ValuesIn(oracle::matrix_types()),
                         oracle::by_type);

TEST_P(TileCheck, CountsBothDirections) {
  Random random(631);
  for (const Pattern pattern : {Pattern{2, 4}, Pattern{3, 5}, Pattern{4, 16}})
    for (const Placement& place : oracle::placements())
      for (const auto& [rows, cols] : {std::pair{5, 70}, {70, 5}, {33, 66}, {1, 1}, {0, 9}}) {
        SCOPED_TRACE(problem(rows, cols, pattern, GetParam(), place));
        Matrix m(GetParam(), rows, cols, place);
        fill_ties(m, random);
        m.freeze();
        TileCheckReport report;
        ASSERT_TRUE(oracle::succeeds(check_tiles(Exec::cpu(2), m.view(), pattern, &report)));
        expect_equal(report.rows, counted(m, pattern, false));
        expect_equal(report.cols, counted(m, pattern, true));
        const Result<TileCheckReport> waited = check_tiles(Exec::cpu(1), m.view(), pattern);
        ASSERT_TRUE(waited.ok());
        expect_equal(waited->rows, report.rows);
        expect_equal(waited->cols, report.cols);
        EXPECT_EQ(waited->compliant(), report.rows.violations == 0 && report.cols.violations == 0);
        EXPECT_TRUE(m.unchanged());
      }
}

// Masked matrices pass, and one entry more in a full row or column does not.
TEST_P(TileCheck, MaskedMatricesComplyUntilAnEntryIsAdded) {
  Random random(632);
  for (const TilePattern& pattern :
       {TilePattern{{2, 4}}, TilePattern{{2, 4}, TileRule::greedy}, TilePattern{{4, 8}}}) {
    Matrix m(GetParam(), 24, 32);
    m.each([&](auto, auto) { return oracle::encode(GetParam(), 1.0 + 0.5 * random.below(4)); });
    Mask mask(24, 32);
    ASSERT_TRUE(oracle::succeeds(best_tile_mask(Exec::cpu(1), m.view(), pattern, mask.view())));
    Matrix pruned = masked(m, mask);
    ASSERT_TRUE(check_tiles(Exec::cpu(1), pruned.view(), pattern.pattern)->compliant());
    // Row 9 of its tile gets one more in a column of it that is full too.
    std::int64_t c = 0;
    while (mask.kept(9, c)) ++c;
    pruned.set(9, c, 1);
    const TileCheckReport report = *check_tiles(Exec::cpu(1), pruned.view(), pattern.pattern);
    EXPECT_FALSE(report.compliant());
    EXPECT_EQ(report.rows.violations + report.cols.violations,
              counted(pruned, pattern.pattern, false).violations +
                  counted(pruned, pattern.pattern, true).violations);
  }
}

}  // namespace
}  // namespace heddle
