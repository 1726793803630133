// best_tile_mask over every way a matrix can lie in memory, every edge and every thread count.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "heddle/tile.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/problem.hpp"
#include "test/oracle/shapes.hpp"
#include "test/oracle/suite.hpp"
#include "test/oracle/tile.hpp"

namespace heddle {
namespace {

using oracle::Mask;
using oracle::Matrix;
using oracle::Placement;

class TileLayout : public testing::TestWithParam<DataType> {
 protected:
  Matrix filled(std::int64_t rows, std::int64_t cols) {
    Matrix m(GetParam(), rows, cols);
    if (random_.below(2) == 0)
      fill_ties(m, random_);
    else
      fill_codes(m, random_);
    return m;
  }

 private:
  oracle::Random random_{611};
};
INSTANTIATE_TEST_SUITE_P(Types, TileLayout, testing::ValuesIn(oracle::matrix_types()),
                         oracle::by_type);

void expect_mask(const Matrix& plain, const TilePattern& pattern, const Placement& matrix_place,
                 const Placement& mask_place, const Mask& want, int threads) {
  Matrix m = relaid(plain, matrix_place);
  m.freeze();
  Mask mask(m.rows(), m.cols(), mask_place);
  mask.poison();
  const Status status = best_tile_mask(Exec::cpu(threads), m.view(), pattern, mask.view());
  ASSERT_TRUE(oracle::succeeds(status));
  ASSERT_TRUE(same_bits(mask, want));
  ASSERT_TRUE(mask.surroundings_intact());
  ASSERT_TRUE(m.unchanged());
}

TEST_P(TileLayout, EveryPlacementAndEdge) {
  const std::vector<TilePattern> patterns = {{{2, 4}, TileRule::exact},
                                             {{2, 4}, TileRule::greedy},
                                             {{1, 4}, TileRule::at_most},
                                             {{2, 3}, TileRule::at_most},
                                             {{1, 2}, TileRule::exact}};
  for (const TilePattern& pattern : patterns)
    for (const oracle::Shape& shape : oracle::edge_shapes()) {
      const Matrix plain = filled(shape.rows, shape.cols);
      const Mask want = best_tile_mask_of(plain, pattern);
      for (const Placement& place : oracle::placements()) {
        SCOPED_TRACE(to_string(pattern) + " " + problem(plain, pattern.pattern, place));
        expect_mask(plain, pattern, place, {}, want, 1);
        expect_mask(plain, pattern, {}, place, want, 2);
        expect_mask(plain, pattern, place, place, want, 3);
        if (HasFatalFailure()) return;
      }
    }
}

// Every way in which a tile can stick out of the matrix.
TEST_P(TileLayout, EdgeTilesOfEverySize) {
  for (const Pattern pattern : {Pattern{2, 4}, Pattern{1, 4}, Pattern{2, 3}})
    for (const TileRule rule : {TileRule::exact, TileRule::at_most, TileRule::greedy})
      for (std::int64_t rows = 1; rows <= 9; ++rows)
        for (std::int64_t cols = 1; cols <= 9; ++cols) {
          const Matrix plain = filled(rows, cols);
          SCOPED_TRACE(to_string(TilePattern{pattern, rule}) + " " + problem(plain, pattern, {}));
          expect_mask(plain, {pattern, rule}, {}, {}, best_tile_mask_of(plain, {pattern, rule}), 1);
          if (HasFatalFailure()) return;
        }
}

// One row and many columns, or the reverse, tell which units there are.
TEST_P(TileLayout, EveryThreadCountGivesTheSameBytes) {
  const std::vector<TilePattern> patterns = {{{2, 4}, TileRule::exact},
                                             {{3, 5}, TileRule::exact, TileSolver::fast},
                                             {{3, 7}, TileRule::greedy},
                                             {{4, 8}, TileRule::at_most}};
  for (const TilePattern& pattern : patterns)
    for (const oracle::Shape& shape :
         {oracle::Shape{3, 5001}, {130, 67}, {70, 300}, {513, 9}, {1, 4097}}) {
      const Matrix plain = filled(shape.rows, shape.cols);
      Mask want(plain.rows(), plain.cols());
      ASSERT_TRUE(
          oracle::succeeds(best_tile_mask(Exec::cpu(1), plain.view(), pattern, want.view())));
      for (int threads : oracle::kThreadCounts) {
        SCOPED_TRACE(to_string(pattern) + " " + problem(plain, pattern.pattern, {}) + " threads " +
                     std::to_string(threads));
        expect_mask(plain, pattern, {}, {}, want, threads);
        expect_mask(plain, pattern, {Order::col, 1, 1}, {Order::row, 2, 1}, want, threads);
        if (HasFatalFailure()) return;
      }
    }
}

// The tile of a matrix larger than any piece of work is the tile alone.
TEST_P(TileLayout, TilesDoNotKnowOfEachOther) {
  for (const TilePattern& pattern : {TilePattern{{2, 4}}, TilePattern{{2, 4}, TileRule::at_most},
                                     TilePattern{{3, 6}, TileRule::exact, TileSolver::fast}}) {
    const int group = pattern.pattern.group;
    const Matrix plain = filled(2 * cpu::kUnitRows + group, 4100);
    Mask all(plain.rows(), plain.cols());
    ASSERT_TRUE(oracle::succeeds(best_tile_mask(Exec::cpu(2), plain.view(), pattern, all.view())));
    oracle::Random random(612);
    for (int i = 0; i < 200; ++i) {
      const std::int64_t row = random.below(plain.rows() / group) * group;
      const std::int64_t col = random.below(plain.cols() / group) * group;
      const Matrix tile = submatrix(plain, row, row + group, col, col + group);
      expect_mask(tile, pattern, {}, {}, submask(all, row, row + group, col, col + group), 1);
      if (HasFatalFailure()) return;
    }
  }
}

TEST_P(TileLayout, NoRowsOrNoColumns) {
  for (const auto& [rows, cols] : {oracle::Shape{0, 0}, {0, 7}, {7, 0}})
    for (const int group : {4, 8}) {
      Matrix m(GetParam(), rows, cols);
      Mask mask(rows, cols);
      EXPECT_TRUE(
          oracle::succeeds(best_tile_mask(Exec::cpu(2), m.view(), {{2, group}}, mask.view())));
      EXPECT_TRUE(mask.surroundings_intact());
    }
}

}  // namespace
}  // namespace heddle
