// Masks by score against trying every choice: Wanda and the OBS diagonal.

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "heddle/mask.hpp"
#include "heddle/score.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/rank.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using oracle::Mask;
using oracle::Matrix;
using oracle::RankKey;

// Numbers small enough that every score is exact, so that ties are ties.
struct Layer {
  Matrix weight, inputs;
  std::vector<double> squares;  // of the inputs, by column
};

Layer made(std::int64_t rows, std::int64_t k, std::uint64_t seed) {
  oracle::Random random(seed);
  Layer layer{Matrix(DataType::f32, rows, k), Matrix(DataType::f32, 16, k), {}};
  fill_integers(layer.weight, random, -6, 6);
  for (std::int64_t j = 0; j < k; ++j) {
    // Sixteen equal entries: the norm is four times their size.
    const double size = static_cast<double>(random.below(4));
    for (std::int64_t i = 0; i < 16; ++i)
      layer.inputs.set(i, j, random.below(2) == 0 ? size : -size);
    layer.squares.push_back(16 * size * size);
  }
  return layer;
}

Mask best_by(const Matrix& weight, Pattern pattern,
             const std::function<double(double, std::int64_t)>& scored) {
  Mask mask(weight.rows(), weight.cols());
  for (std::int64_t r = 0; r < weight.rows(); ++r)
    for (std::int64_t begin = 0; begin < weight.cols(); begin += pattern.group) {
      const std::int64_t end = std::min<std::int64_t>(begin + pattern.group, weight.cols());
      std::vector<RankKey> keys;
      for (std::int64_t c = begin; c < end; ++c) {
        const double s = scored(weight.at(r, c), c);
        keys.push_back(std::isnan(s)   ? RankKey{2, 0}
                       : std::isinf(s) ? RankKey{1, 0}
                                       : RankKey{0, s});
      }
      const std::vector<bool> kept = oracle::best_by_brute_force(keys, pattern.keep);
      for (std::int64_t c = begin; c < end; ++c)
        mask.set(r, c, kept[static_cast<std::size_t>(c - begin)]);
    }
  return mask;
}

Mask by_library(const Layer& layer, Pattern pattern, Score kind, const std::vector<float>& c) {
  Matrix scores(DataType::f32, layer.weight.rows(), layer.weight.cols());
  Mask mask(layer.weight.rows(), layer.weight.cols());
  EXPECT_TRUE(oracle::succeeds(score(Exec::cpu(2), layer.weight.view(), kind,
                                     {c.data(), static_cast<std::int64_t>(c.size()), DataType::f32},
                                     scores.view())));
  EXPECT_TRUE(oracle::succeeds(
      best_mask(Exec::cpu(2), scores.view(), pattern, mask.view(), Ranking::value)));
  return mask;
}

TEST(PruneByScore, WandaFromActivations) {
  for (std::uint64_t seed = 0; seed < 40; ++seed)
    for (const Pattern pattern : {Pattern{2, 4}, Pattern{1, 4}, Pattern{4, 8}, Pattern{3, 6}}) {
      const Layer layer = made(9, 43, seed);
      std::vector<double> sums(43, 0.0);
      std::vector<float> norms(43);
      ASSERT_TRUE(
          oracle::succeeds(accumulate_squares(Exec::cpu(2), layer.inputs.view(), sums.data())));
      ASSERT_EQ(sums, layer.squares);
      ASSERT_TRUE(oracle::succeeds(norms_of_squares(Exec::cpu(1), sums.data(), 43, norms.data())));
      const Mask want = best_by(layer.weight, pattern, [&](double w, std::int64_t j) {
        return std::fabs(w) * std::sqrt(layer.squares[static_cast<std::size_t>(j)]);
      });
      ASSERT_TRUE(same_bits(want, by_library(layer, pattern, Score::activation_norm, norms)));
    }
}

TEST(PruneByScore, ObsDiagonal) {
  for (std::uint64_t seed = 0; seed < 40; ++seed)
    for (const Pattern pattern : {Pattern{2, 4}, Pattern{1, 2}, Pattern{3, 6}}) {
      const Layer layer = made(7, 29, seed + 100);
      oracle::Random random(seed);
      std::vector<float> diagonal;
      for (int j = 0; j < 29; ++j)  // powers of two, and 0: a dead input, whose score is inf or NaN
        diagonal.push_back(random.below(7) == 0
                               ? 0.0f
                               : std::ldexp(1.0f, static_cast<int>(random.between(-3, 3))));
      const Mask want = best_by(layer.weight, pattern, [&](double w, std::int64_t j) {
        const double d = diagonal[static_cast<std::size_t>(j)];
        return w * w / (d * d);
      });
      ASSERT_TRUE(same_bits(want, by_library(layer, pattern, Score::obs_diagonal, diagonal)));
    }
}

}  // namespace
}  // namespace heddle
