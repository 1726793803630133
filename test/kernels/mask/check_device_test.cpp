// check with CUDA against counting, in both forms: with a wait and into device memory.
#include "test/device/device.hpp"
#include "test/oracle/codes.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/problem.hpp"
#include "test/oracle/suite.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "heddle/mask.hpp"

namespace heddle {
namespace {

using namespace oracle;
using test::DeviceMatrix;
using test::Effort;

struct Shape {
  std::int64_t rows, cols;
};

bool nonzero(const Matrix& m, std::int64_t r, std::int64_t c) {
  return !(decode(m.type(), m.bits(r, c)) == 0);  // NaN is not zero
}

CheckReport counted(const Matrix& m, Pattern pattern) {
  CheckReport report;
  for (std::int64_t r = 0; r < m.rows(); ++r)
    for (std::int64_t begin = 0; begin < m.cols(); begin += pattern.group) {
      const std::int64_t end = std::min<std::int64_t>(begin + pattern.group, m.cols());
      int nonzeros = 0;
      for (std::int64_t c = begin; c < end; ++c) nonzeros += nonzero(m, r, c);
      if (nonzeros <= pattern.keep) continue;
      if (report.violations++ == 0) report.row = r, report.group = begin / pattern.group;
    }
  return report;
}

testing::AssertionResult same(const CheckReport& want, const CheckReport& got) {
  if (want.violations == got.violations && want.row == got.row && want.group == got.group)
    return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << got.violations << " violations, first " << got.row << ", " << got.group << "; wanted "
         << want.violations << ", first " << want.row << ", " << want.group;
}

void expect_checked(const Matrix& m, Pattern pattern, const Placement& place,
                    const Effort& effort = {}) {
  const CheckReport want = counted(m, pattern);
  test::on_device(
      problem(m, pattern, place) + (effort.max_blocks > 0 ? ":few blocks" : ""),
      [&](const Exec& exec) {
        const DeviceMatrix dm(m.view(), place.misalign);
        const Result<CheckReport> waited = check(exec, dm.cview(), pattern);
        ASSERT_TRUE(succeeds(waited.status()));
        EXPECT_TRUE(same(want, *waited));
        const test::DeviceBytes memory(sizeof(CheckReport));
        ASSERT_TRUE(succeeds(
            check(exec, dm.cview(), pattern, reinterpret_cast<CheckReport*>(memory.data()))));
        CheckReport later;
        std::memcpy(static_cast<void*>(&later), memory.read().data(), sizeof later);
        EXPECT_TRUE(same(want, later));
        EXPECT_TRUE(memory.zones_intact());
        EXPECT_TRUE(dm.zones_intact());
      },
      effort);
}

// Zeros of both signs but for a share of the elements: some groups are too full, most are not.
Matrix sparse(DataType type, Shape shape, const Placement& place, Pattern pattern) {
  Random random(shape.rows * 977 + shape.cols * 31 + pattern.group);
  Matrix m(type, shape.rows, shape.cols, place);
  const std::int64_t per_mille = 500 * pattern.keep / pattern.group;
  m.each([&](auto, auto) {
    if (random.below(1000) < per_mille)
      return static_cast<std::uint32_t>(random.next()) >> (32 - bits_of(type));
    return is_integer(type) || random.below(2) == 0 ? 0u : negate_code(type, 0);
  });
  return m;
}

constexpr Pattern kPatterns[] = {{1, 2}, {2, 4}, {4, 8}, {6, 16}, {3, 5}, {12, 32}};

class CheckDevice : public testing::TestWithParam<DataType> {};

TEST_P(CheckDevice, TwoOfFour) {
  HEDDLE_NEED_DEVICE();
  for (const Placement& place : {Placement{}, Placement{Order::col, 0, 0}}) {
    expect_checked(sparse(GetParam(), {19, 543}, place, {2, 4}), {2, 4}, place);
    expect_checked(sparse(GetParam(), {19, 543}, place, {3, 5}), {3, 5}, place);
  }
}

// A tile is 128 runs, 4 steps of whole groups or 128 rows wide, and 8 lines high.
TEST_P(CheckDevice, EdgesOfTiles) {
  HEDDLE_NEED_DEVICE();
  const auto run = static_cast<std::int64_t>(16 / size_of(GetParam()));
  for (const Pattern& pattern : kPatterns)
    for (const Placement& place : placements()) {
      const std::int64_t step = 32 / pattern.group * pattern.group;
      const bool row = place.order == Order::row;
      const std::int64_t wide = row && run % pattern.group == 0 ? 128 * run : 4 * step;
      const std::vector<Shape> by_rows = {
          {1, 1}, {3, 7}, {1, wide - 1}, {8, wide}, {9, wide + run + 1}};
      const std::vector<Shape> by_cols = {{1, 1}, {7, 3}, {127, 2 * step}, {128, 7}, {129, 65}};
      for (const Shape& s : row ? by_rows : by_cols)
        expect_checked(sparse(GetParam(), s, place, pattern), pattern, place, {1, 0});
    }
}

TEST_P(CheckDevice, EveryPattern) {
  HEDDLE_NEED_DEVICE();
  const Placement odd{Order::row, 3, 1}, col{Order::col, 1, 1};
  for (int group = 1; group <= 32; ++group)
    for (int keep = 1; keep <= group; ++keep) {
      const Placement& place = (keep + group) % 2 == 0 ? odd : col;
      expect_checked(sparse(GetParam(), {5, 3 * group + 1}, place, {keep, group}), {keep, group},
                     place, {1, 0});
    }
}

// One violation at a time: every element of the group is seen, and the group is named.
TEST_P(CheckDevice, EveryPlaceOfTheOnlyViolation) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern& pattern : {Pattern{2, 4}, Pattern{2, 6}})
    for (Order order : {Order::row, Order::col}) {
      Matrix m(GetParam(), 2, 3 * pattern.group, {order, 0, 0});
      for (std::int64_t at = 0; at < m.cols(); ++at) {
        const std::int64_t begin = at / pattern.group * pattern.group;
        m.each([&](auto r, auto c) {
          const bool near = (c - at + pattern.group) % pattern.group <= pattern.keep;
          return r == 1 && c >= begin && c < begin + pattern.group && near ? 1u : 0u;
        });
        expect_checked(m, pattern, {order, 0, 0}, {2, 0});
      }
    }
}

TEST_P(CheckDevice, CompliantMatrices) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern& pattern : kPatterns)
    for (const Placement& place : placements()) {
      Random random(3);
      Matrix m(GetParam(), 21, 70, place);
      fill_codes(m, random);
      Mask mask(21, 70);
      fill_full_mask(mask, random, pattern);
      const Matrix kept = masked(m, mask, place);
      ASSERT_EQ(counted(kept, pattern).violations, 0);
      expect_checked(kept, pattern, place, {2, 0});
    }
}

TEST_P(CheckDevice, FewBlocksDoAllTheWork) {
  HEDDLE_NEED_DEVICE();
  for (std::int64_t blocks : {1, 3})
    for (const Pattern& pattern : {Pattern{2, 4}, Pattern{3, 5}})
      for (Order order : {Order::row, Order::col}) {
        const Placement place{order, 0, 0};
        expect_checked(sparse(GetParam(), {100, 300}, place, pattern), pattern, place, {2, blocks});
      }
}

TEST_P(CheckDevice, EmptyMatrices) {
  HEDDLE_NEED_DEVICE();
  for (const Shape& s : {Shape{0, 5}, Shape{5, 0}, Shape{0, 0}})
    for (const Pattern& pattern : {Pattern{2, 4}, Pattern{3, 5}})
      expect_checked(Matrix(GetParam(), s.rows, s.cols), pattern, {}, {2, 0});
}

INSTANTIATE_TEST_SUITE_P(Types, CheckDevice, testing::ValuesIn(matrix_types()), by_type);

}  // namespace
}  // namespace heddle
