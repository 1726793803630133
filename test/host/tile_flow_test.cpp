// Groups above 4: the flow against every mask of a rule, greedy against its definition, the fast
// solver against the flow.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include "heddle/tile.hpp"
#include "test/oracle/codes.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/problem.hpp"
#include "test/oracle/shapes.hpp"
#include "test/oracle/suite.hpp"
#include "test/oracle/tile.hpp"

namespace heddle {
namespace {

using oracle::effort;
using oracle::Mask;
using oracle::Matrix;
using oracle::Random;
using oracle::TileMask;

Mask mask_of(const Matrix& m, const TilePattern& pattern, Ranking ranking = Ranking::magnitude) {
  Mask mask(m.rows(), m.cols());
  mask.poison();
  EXPECT_TRUE(
      oracle::succeeds(best_tile_mask(Exec::cpu(2), m.view(), pattern, mask.view(), ranking)));
  return mask;
}

void fill_some_special(Matrix& m, Random& random) {
  m.each([&](auto, auto) {
    const auto at = random.below(9);
    if (at == 0) return oracle::nan_code(m.type());
    if (at == 1) return oracle::infinity_code(m.type());
    return oracle::encode(m.type(), static_cast<double>(random.between(-30, 30)));
  });
}

// Sums of doubles are exact for these contents, so that the flow's optimum is the optimum.
using Fill = void (*)(Matrix&, Random&);
void fill_f16_normal(Matrix& m, Random& random) { fill_normal(m, random); }
void fill_few(Matrix& m, Random& random) { fill_integers(m, random, -2, 2); }

// What the library keeps of the one tile m is as good as the best of all masks, and one of them.
void expect_optimal(const Matrix& m, const TilePattern& pattern, Ranking ranking) {
  SCOPED_TRACE(to_string(pattern));
  const int group = pattern.pattern.group;
  const TileMask got = tile_of(mask_of(m, pattern, ranking), 0, 0, group);
  ASSERT_TRUE(oracle::obeys(got, pattern.pattern, pattern.rule));
  const oracle::TileWeights weights = tile_weights(m, 0, 0, group, ranking);
  const TileMask want = oracle::best_tile(weights, pattern.pattern, pattern.rule);
  ASSERT_TRUE(oracle::kept_weight(weights, got) == oracle::kept_weight(weights, want));
}

TEST(TileFlow, IsBestOfAllMasksOfSixAndFive) {
  // The long lists are gigabytes and minutes under a sanitizer.
  if (!oracle::kSmall) {
    EXPECT_EQ(oracle::all_tile_masks({3, 6}, TileRule::exact).size(), 297200u);
  }
  EXPECT_EQ(oracle::all_tile_masks({2, 5}, TileRule::exact).size(), 2040u);
  Random random(621);
  for (const Fill fill : {Fill(fill_f16_normal), Fill(fill_few), Fill(fill_some_special)})
    for (const auto& [pattern, rule, times] : {std::tuple{Pattern{3, 6}, TileRule::exact, 4},
                                               {Pattern{2, 5}, TileRule::exact, 100},
                                               {Pattern{2, 5}, TileRule::at_most, 20},
                                               {Pattern{1, 5}, TileRule::at_most, 50},
                                               {Pattern{4, 5}, TileRule::exact, 50},
                                               {Pattern{5, 5}, TileRule::at_most, 2}}) {
      if (oracle::kSmall && (pattern.group == 6 || rule != TileRule::exact)) continue;
      for (std::int64_t i = 0; i < effort(times); ++i) {
        Matrix m(DataType::f16, pattern.group, pattern.group);
        fill(m, random);
        expect_optimal(m, {pattern, rule}, i % 2 == 0 ? Ranking::magnitude : Ranking::value);
        if (HasFatalFailure()) return;
      }
    }
}

class WideTile : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, WideTile, testing::ValuesIn(oracle::matrix_types()),
                         oracle::by_type);

// No way is known to list these masks; the class and a lower bound are checked.
TEST_P(WideTile, MasksBelongToTheirClass) {
  Random random(622);
  for (const Pattern pattern : {Pattern{2, 5}, Pattern{4, 8}, Pattern{2, 8}, Pattern{7, 8},
                                Pattern{6, 6}, Pattern{5, 16}, Pattern{1, 32}, Pattern{16, 32}})
    for (const TileRule rule : {TileRule::exact, TileRule::at_most, TileRule::greedy})
      for (const TileSolver solver : {TileSolver::optimal, TileSolver::fast}) {
        const std::int64_t group = pattern.group;
        Matrix m(GetParam(), 2 * group, group);
        fill_ties(m, random);
        const Mask mask = mask_of(m, {pattern, rule, solver});
        for (std::int64_t row = 0; row < m.rows(); row += group) {
          const TileMask tile = tile_of(mask, row, 0, pattern.group);
          // A greedy mask leaves no room either.
          ASSERT_TRUE(oracle::obeys(tile, pattern,
                                    rule == TileRule::exact ? TileRule::exact : TileRule::at_most))
              << to_string(TilePattern{pattern, rule, solver});
        }
      }
}

TEST_P(WideTile, GreedyIsItsDefinition) {
  Random random(623);
  for (const Pattern pattern : {Pattern{2, 5}, Pattern{3, 8}, Pattern{16, 32}})
    for (const Ranking ranking : {Ranking::magnitude, Ranking::value}) {
      Matrix m(GetParam(), 2 * pattern.group - 1, 3 * pattern.group - 2);
      if (pattern.group == 8)
        fill_codes(m, random);
      else
        fill_ties(m, random);
      const TilePattern greedy{pattern, TileRule::greedy};
      ASSERT_TRUE(same_bits(mask_of(m, greedy, ranking), best_tile_mask_of(m, greedy, ranking)))
          << to_string(greedy);
    }
}

// An edge tile is a full tile with zeros, cut off.
TEST_P(WideTile, EdgeTilesAreFullTilesWithZeros) {
  Random random(624);
  for (const TilePattern& pattern : {TilePattern{{3, 6}}, TilePattern{{3, 6}, TileRule::at_most},
                                     TilePattern{{4, 9}, TileRule::exact, TileSolver::fast},
                                     TilePattern{{4, 9}, TileRule::at_most, TileSolver::fast}}) {
    const std::int64_t group = pattern.pattern.group;
    for (const auto& [rows, cols] : {oracle::Shape{1, 1},
                                     {2, group + 1},
                                     {group + 3, 2},
                                     {group, group - 1},
                                     {2 * group - 1, 2 * group - 1}}) {
      Matrix small(GetParam(), rows, cols), whole(GetParam(), 2 * group, 2 * group);
      fill_ties(small, random);
      for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < cols; ++c) whole.set_bits(r, c, small.bits(r, c));
      ASSERT_TRUE(
          same_bits(mask_of(small, pattern), submask(mask_of(whole, pattern), 0, rows, 0, cols)))
          << to_string(pattern) << " " << rows << " x " << cols;
    }
  }
}

double share_kept(const Matrix& m, const Mask& mask) {
  double sum = 0;
  for (std::int64_t r = 0; r < m.rows(); ++r)
    for (std::int64_t c = 0; c < m.cols(); ++c)
      if (mask.kept(r, c)) sum += std::fabs(m.at(r, c));
  return sum;
}

TEST(TileFast, IsWithinOnePercentOnAverage) {
  Random random(625);
  for (const Pattern pattern : {Pattern{4, 8}, Pattern{2, 8}, Pattern{8, 16}, Pattern{4, 16},
                                Pattern{16, 32}, Pattern{8, 32}})
    for (const TileRule rule : {TileRule::exact, TileRule::at_most}) {
      Matrix m(DataType::f32, 96, effort(320));
      fill_normal(m, random);
      const double best = share_kept(m, mask_of(m, {pattern, rule}));
      const double fast = share_kept(m, mask_of(m, {pattern, rule, TileSolver::fast}));
      EXPECT_GE(fast, (oracle::kSmall ? 0.99 : 0.998) * best)
          << to_string(TilePattern{pattern, rule});
      EXPECT_LE(fast, best * (1 + 1e-12)) << to_string(TilePattern{pattern, rule});
    }
}

// Neither solver drops a NaN for any number of finite weights where the class has room for it.
TEST(TileFast, KeepsOneSpecialPerRowAndColumn) {
  for (const TileSolver solver : {TileSolver::optimal, TileSolver::fast})
    for (const TileRule rule : {TileRule::exact, TileRule::at_most, TileRule::greedy}) {
      Matrix m(DataType::bf16, 16, 16);
      Random random(626);
      fill_normal(m, random, 100);
      for (std::int64_t i = 0; i < 16; ++i)
        m.set_bits(i, (7 * i + 3) % 16,
                   i % 2 == 0 ? oracle::nan_code(m.type()) : oracle::infinity_code(m.type()));
      const Mask mask = mask_of(m, {{4, 16}, rule, solver});
      for (std::int64_t i = 0; i < 16; ++i) EXPECT_TRUE(mask.kept(i, (7 * i + 3) % 16)) << i;
    }
}

}  // namespace
}  // namespace heddle
