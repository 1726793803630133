// best_tile_mask against every mask of a rule, summed without rounding: groups up to 4.

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "heddle/tile.hpp"
#include "test/oracle/codes.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/problem.hpp"
#include "test/oracle/suite.hpp"
#include "test/oracle/tile.hpp"

namespace heddle {
namespace {

using oracle::Mask;
using oracle::Matrix;
using oracle::Random;

constexpr TileRule kRules[] = {TileRule::exact, TileRule::at_most, TileRule::greedy};

std::vector<Pattern> small_patterns() {
  std::vector<Pattern> all;
  for (int group = 1; group <= 4; ++group)
    for (int keep = 1; keep <= group; ++keep) all.push_back({keep, group});
  return all;
}

Mask masked_by_library(const Matrix& m, const TilePattern& pattern, Ranking ranking, int threads) {
  Mask mask(m.rows(), m.cols());
  mask.poison();
  EXPECT_TRUE(oracle::succeeds(
      best_tile_mask(Exec::cpu(threads), m.view(), pattern, mask.view(), ranking)));
  return mask;
}

void expect_best(const Matrix& m, const TilePattern& pattern, Ranking ranking) {
  SCOPED_TRACE(to_string(pattern) + " " + problem(m, pattern.pattern, {}) +
               (ranking == Ranking::value ? " by value" : ""));
  ASSERT_TRUE(
      same_bits(masked_by_library(m, pattern, ranking, 1), best_tile_mask_of(m, pattern, ranking)));
}

// ---- contents -----------------------------------------------------------------------------------

// Magnitudes over the whole range of the type.
void fill_heavy(Matrix& m, Random& random) {
  m.each([&](auto, auto) {
    const double size = std::exp2(random.normal() * (m.type() == DataType::f32 ? 30 : 5));
    return oracle::encode(m.type(), random.below(2) == 0 ? size : -size);
  });
}

// Sums that differ by the last bit of a small weight beside large ones, or not at all.
void fill_adversarial(Matrix& m, Random& random) {
  const double steps[] = {1, 1, 1, 2, 3, 0x1p-3, 0x1p-9, 0x1p-20, 0x1p-60, 0x1p40, 0};
  m.each([&](auto, auto) {
    const double step = steps[random.below(11)];
    const double ulp = 1 + static_cast<double>(random.below(3)) * oracle::unit_roundoff(m.type());
    return oracle::encode(m.type(), step * ulp);
  });
}

// Weights near the last unit that each level of the search sees below the largest weight.
void fill_deep(Matrix& m, Random& random) {
  const int depths[] = {27, 28, 29, 39, 40, 41, 55, 56, 57};
  const std::int64_t first = 3 * random.below(3);
  m.each([&](auto r, auto c) {
    if (r % 4 == 0 && c % 4 == 0) return oracle::encode(m.type(), 1);
    const int depth = depths[first + random.below(3)];
    return oracle::encode(m.type(), std::ldexp(1 + random.uniform(), -depth));
  });
}

void fill_few(Matrix& m, Random& random) { fill_integers(m, random, -2, 2); }
void fill_plain(Matrix& m, Random& random) { fill_normal(m, random, 3); }

// NaN and infinities among ordinary weights.
void fill_special(Matrix& m, Random& random) {
  m.each([&](auto, auto) {
    const auto at = random.below(12);
    if (oracle::is_integer(m.type()) || at > 2)
      return oracle::encode(m.type(), static_cast<double>(random.between(-20, 20)));
    if (at == 0 || !oracle::float_format(m.type()).has_infinity)
      return oracle::negate_code(m.type(), oracle::nan_code(m.type()));
    return at == 1 ? oracle::infinity_code(m.type())
                   : oracle::negate_code(m.type(), oracle::infinity_code(m.type()));
  });
}

class TileMaskOf : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, TileMaskOf, testing::ValuesIn(oracle::matrix_types()),
                         oracle::by_type);

TEST_P(TileMaskOf, IsBestOfAllMasksOfTheRule) {
  Random random(601);
  using Fill = void (*)(Matrix&, Random&);
  for (const Fill fill :
       {Fill(fill_plain), Fill(fill_few), Fill(fill_heavy), Fill(fill_adversarial),
        Fill(fill_special), Fill(oracle::fill_ties), Fill(oracle::fill_codes)}) {
    Matrix m(GetParam(), 12, oracle::effort(68) - 1);
    fill(m, random);
    for (const Pattern pattern : small_patterns())
      for (const TileRule rule : kRules)
        for (const Ranking ranking : {Ranking::magnitude, Ranking::value}) {
          expect_best(m, {pattern, rule}, ranking);
          if (HasFatalFailure()) return;
        }
  }
}

// Thousands of the tiles that matter most.
TEST_P(TileMaskOf, IsBestForThousandsOfFourByFourTiles) {
  Random random(602);
  using Fill = void (*)(Matrix&, Random&);
  for (const Fill fill :
       {Fill(fill_plain), Fill(fill_few), Fill(fill_heavy), Fill(fill_adversarial),
        Fill(fill_special), Fill(fill_deep), Fill(fill_deep), Fill(fill_deep), Fill(fill_deep)}) {
    Matrix m(GetParam(), 40, oracle::effort(400));
    fill(m, random);
    for (const TileRule rule : kRules) {
      expect_best(m, {{2, 4}, rule}, Ranking::magnitude);
      if (HasFatalFailure()) return;
    }
  }
}

// The fast solver is the optimal one for groups up to 4.
TEST_P(TileMaskOf, FastIsOptimalForSmallGroups) {
  Random random(603);
  Matrix m(GetParam(), 9, 41);
  fill_few(m, random);
  for (const Pattern pattern : {Pattern{2, 4}, Pattern{2, 3}, Pattern{3, 4}})
    for (const TileRule rule : {TileRule::exact, TileRule::at_most})
      ASSERT_TRUE(
          same_bits(masked_by_library(m, {pattern, rule, TileSolver::fast}, Ranking::magnitude, 2),
                    best_tile_mask_of(m, {pattern, rule})));
}

// ---- numbers and tiles from the documentation ---------------------------------------------------

Matrix four_by_four(const std::vector<double>& values) {
  Matrix m(DataType::f32, 4, 4);
  for (int i = 0; i < 16; ++i) m.set(i / 4, i % 4, values[static_cast<std::size_t>(i)]);
  return m;
}

double kept_sum(const Matrix& m, const TilePattern& pattern) {
  const Mask mask = masked_by_library(m, pattern, Ranking::magnitude, 1);
  double sum = 0;
  for (std::int64_t r = 0; r < m.rows(); ++r)
    for (std::int64_t c = 0; c < m.cols(); ++c)
      if (mask.kept(r, c)) sum += std::fabs(m.at(r, c));
  return sum;
}

TEST(KnownTile, ExactKeepsSixNinesAtMostSeven) {
  const Matrix m = four_by_four({0, 9, 9, 0, 9, 0, 9, 0, 9, 9, 0, 0, 0, 0, 0, 9});
  EXPECT_EQ(kept_sum(m, {{2, 4}, TileRule::at_most}), 63);
  EXPECT_EQ(kept_sum(m, {{2, 4}, TileRule::exact}), 54);
}

// Two tens in one corner make greedy give up the two nines that would outweigh the better.
TEST(KnownTile, GreedyCanKeepHalf) {
  Matrix m(DataType::f32, 2, 2);
  m.set(0, 0, 10), m.set(0, 1, 9.9), m.set(1, 0, 9.9), m.set(1, 1, 0);
  EXPECT_EQ(kept_sum(m, {{1, 2}, TileRule::greedy}), 10);
  EXPECT_NEAR(kept_sum(m, {{1, 2}, TileRule::exact}), 19.8, 1e-5);
}

TEST(KnownTile, EqualWeightsKeepTheLowestPositions) {
  const Matrix m = four_by_four(std::vector<double>(16, 1.5));
  for (const TileRule rule : kRules) {
    const Mask mask = masked_by_library(m, {{2, 4}, rule}, Ranking::magnitude, 1);
    std::string text;
    for (int i = 0; i < 16; ++i) text += mask.kept(i / 4, i % 4) ? '1' : '0';
    EXPECT_EQ(text, "1100110000110011") << to_string(TilePattern{{2, 4}, rule});
  }
}

TEST(KnownTile, NormalWeightsKeepThePublishedShare) {
  Random random(604);
  Matrix m(DataType::f32, 1024, oracle::effort(2048));
  double total = 0;
  m.each([&](auto, auto) {
    const auto value = static_cast<float>(random.normal());
    total += std::fabs(static_cast<double>(value));
    return oracle::encode(DataType::f32, static_cast<double>(value));
  });
  const double tolerance = oracle::kSmall ? 4e-3 : 1e-3;
  EXPECT_NEAR(kept_sum(m, {{2, 4}, TileRule::exact}) / total, 0.7024, tolerance);
  EXPECT_NEAR(kept_sum(m, {{2, 4}, TileRule::at_most}) / total, 0.7029, tolerance);
  EXPECT_NEAR(kept_sum(m, {{2, 4}, TileRule::greedy}) / total, 0.6920, tolerance);
}

TEST(TileName, SaysRuleSolverAndPattern) {
  EXPECT_EQ(to_string(TilePattern{}), "tile-exact-2:4");
  EXPECT_EQ(to_string(TilePattern{{2, 4}, TileRule::at_most}), "tile-at-most-2:4");
  EXPECT_EQ(to_string(TilePattern{{2, 4}, TileRule::greedy, TileSolver::fast}), "tile-greedy-2:4");
  EXPECT_EQ(to_string(TilePattern{{8, 16}, TileRule::exact, TileSolver::fast}),
            "tile-exact-fast-8:16");
  EXPECT_EQ(to_string(TilePattern{{8, 16}, TileRule::at_most, TileSolver::fast}),
            "tile-at-most-fast-8:16");
}

}  // namespace
}  // namespace heddle
