// best_mask over every way a matrix can lie in memory, every edge of its shape and every thread
// count.

#include <gtest/gtest.h>

#include <vector>

#include "heddle/mask.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/problem.hpp"
#include "test/oracle/shapes.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using oracle::Mask;
using oracle::Matrix;
using oracle::Placement;

class MaskLayout : public testing::TestWithParam<DataType> {
 protected:
  Matrix ties(std::int64_t rows, std::int64_t cols) {
    Matrix m(GetParam(), rows, cols);
    if (cols % 2 == 0) fill_ties(m, random_);
    if (cols % 2 == 1) fill_codes(m, random_);
    return m;
  }

 private:
  oracle::Random random_{21};
};
INSTANTIATE_TEST_SUITE_P(Types, MaskLayout, testing::ValuesIn(oracle::matrix_types()),
                         oracle::by_type);

void expect_mask(const Matrix& plain, Pattern pattern, const Placement& matrix_place,
                 const Placement& mask_place, const Mask& want, int threads) {
  Matrix m = relaid(plain, matrix_place);
  m.freeze();
  Mask mask(m.rows(), m.cols(), mask_place);
  mask.poison();
  const Status status = best_mask(Exec::cpu(threads), m.view(), pattern, mask.view());
  ASSERT_TRUE(oracle::succeeds(status));
  ASSERT_TRUE(same_bits(mask, want));
  ASSERT_TRUE(mask.surroundings_intact());
  ASSERT_TRUE(m.unchanged());
}

TEST_P(MaskLayout, EveryPlacementAndEdge) {
  for (Pattern pattern : {Pattern{2, 4}, Pattern{1, 2}, Pattern{3, 5}, Pattern{16, 32}})
    for (const oracle::Shape& shape : oracle::edge_shapes()) {
      const Matrix plain = ties(shape.rows, shape.cols);
      const Mask want = best_mask_of(plain, pattern);
      for (const Placement& place : oracle::placements()) {
        SCOPED_TRACE(problem(plain, pattern, place));
        expect_mask(plain, pattern, place, {}, want, 1);
        expect_mask(plain, pattern, {}, place, want, 2);
        expect_mask(plain, pattern, place, place, want, 3);
        if (HasFatalFailure()) return;
      }
    }
}

TEST_P(MaskLayout, EveryThreadCountGivesTheSameBytes) {
  for (Pattern pattern : {Pattern{2, 4}, Pattern{5, 7}})
    for (const oracle::Shape& shape : oracle::chunk_shapes()) {
      const Matrix plain = ties(shape.rows, shape.cols);
      const Mask want = best_mask_of(plain, pattern);
      for (int threads : oracle::kThreadCounts) {
        SCOPED_TRACE(problem(plain, pattern, {}) + " threads " + std::to_string(threads));
        expect_mask(plain, pattern, {}, {}, want, threads);
        expect_mask(plain, pattern, {Order::col, 1, 1}, {Order::row, 2, 1}, want, threads);
        if (HasFatalFailure()) return;
      }
    }
}

TEST_P(MaskLayout, NoRowsOrNoColumns) {
  for (const auto& [rows, cols] : {oracle::Shape{0, 0}, {0, 7}, {7, 0}}) {
    Matrix m(GetParam(), rows, cols);
    Mask mask(rows, cols);
    EXPECT_TRUE(oracle::succeeds(best_mask(Exec::cpu(2), m.view(), {2, 4}, mask.view())));
    EXPECT_TRUE(mask.surroundings_intact());
  }
}

// Nothing to point at, nothing to do.
TEST(MaskOfNothing, NeedsNoMemory) {
  const ConstMatrixView none = {nullptr, 0, 9, 9, DataType::f16, Order::row};
  const MaskView mask = {nullptr, 0, 9, 9, Order::row};
  EXPECT_TRUE(oracle::succeeds(best_mask(Exec::cpu(1), none, {2, 4}, mask)));
}

}  // namespace
}  // namespace heddle
