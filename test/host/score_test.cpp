// score, accumulate_squares and norms_of_squares against the definition, bit for bit.

#include "heddle/score.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "test/oracle/fill.hpp"
#include "test/oracle/problem.hpp"
#include "test/oracle/shapes.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using oracle::fails;
using oracle::Matrix;
using oracle::Placement;

constexpr float kInf = std::numeric_limits<float>::infinity();

// Products and quotients of floats in double, rounded once to float: what f32 arithmetic gives,
// since a double has more than twice the bits. (Tiny quotients aside, which are not tried.)
float scored(Score kind, double w, double c) {
  float value = 0;
  switch (kind) {
    case Score::magnitude: value = static_cast<float>(std::fabs(w)); break;
    case Score::activation_norm: value = static_cast<float>(std::fabs(w) * c); break;
    case Score::obs_diagonal: {
      const double ratio = static_cast<float>(w / c);
      value = static_cast<float>(ratio * ratio);
    }
  }
  return std::isnan(value) ? std::numeric_limits<float>::quiet_NaN() : value;
}

class Scores : public testing::TestWithParam<DataType> {
 protected:
  oracle::Random random_{21};

  std::vector<float> columns(std::int64_t k) {
    static constexpr float kOdd[] = {0.0f, kInf, NAN, 1.0f, 3e38f, 1e-3f};
    std::vector<float> c(static_cast<std::size_t>(k));
    for (float& x : c)
      x = random_.below(4) == 0 ? kOdd[random_.below(6)]
                                : static_cast<float>(random_.uniform() * 9);
    return c;
  }
};
INSTANTIATE_TEST_SUITE_P(Types, Scores, testing::ValuesIn(oracle::matrix_types()), oracle::by_type);

TEST_P(Scores, EveryKindAndPlacement) {
  const auto& places = oracle::placements();
  for (const oracle::Shape& shape : oracle::edge_shapes()) {
    Matrix plain(GetParam(), shape.rows, shape.cols);
    fill_ties(plain, random_);
    for (std::int64_t c = 0; c < shape.cols; c += 2) plain.set(0, c, random_.normal() * 20);
    const std::vector<float> c = columns(shape.cols);
    oracle::GuardedBytes at_any(c.size() * 4, 1);
    std::memcpy(at_any.data(), c.data(), c.size() * 4);
    for (const Score kind : {Score::magnitude, Score::activation_norm, Score::obs_diagonal})
      for (std::size_t i = 0; i < places.size(); ++i) {
        SCOPED_TRACE(std::string(to_string(kind)) + " " + problem(plain, {1, 1}, places[i]));
        Matrix w = relaid(plain, places[i]);
        Matrix out(DataType::f32, shape.rows, shape.cols, places[(i + 1) % places.size()]);
        out.poison();
        w.freeze();
        const ConstVectorView view{kind == Score::magnitude ? nullptr : at_any.data(), shape.cols,
                                   DataType::f32};
        ASSERT_TRUE(oracle::succeeds(
            score(Exec::cpu(static_cast<int>(i % 3) + 1), w.view(), kind, view, out.view())));
        for (std::int64_t r = 0; r < shape.rows; ++r)
          for (std::int64_t j = 0; j < shape.cols; ++j)
            ASSERT_EQ(out.bits(r, j), std::bit_cast<std::uint32_t>(scored(
                                          kind, plain.at(r, j), c[static_cast<std::size_t>(j)])))
                << r << ", " << j;
        ASSERT_TRUE(out.surroundings_intact());
        ASSERT_TRUE(w.unchanged());
      }
  }
}

TEST(ScoreValues, NanAndInfinity) {
  Matrix w(DataType::f32, 1, 6);
  w.set(0, 0, 0.0);
  w.set(0, 1, -kInf);
  w.set_bits(0, 2, 0xFFC12345u);
  w.set(0, 3, 2.0);
  w.set(0, 4, 0.0);
  w.set(0, 5, -3.0);
  const float c[] = {kInf, 0.0f, 1.0f, NAN, 0.0f, 2.0f};
  Matrix out(DataType::f32, 1, 6);
  const ConstVectorView columns{c, 6, DataType::f32};
  ASSERT_TRUE(
      oracle::succeeds(score(Exec::cpu(1), w.view(), Score::activation_norm, columns, out.view())));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float wanda[] = {nan, nan, nan, nan, 0.0f, 6.0f};
  for (int j = 0; j < 6; ++j) EXPECT_EQ(out.bits(0, j), std::bit_cast<std::uint32_t>(wanda[j]));
  ASSERT_TRUE(
      oracle::succeeds(score(Exec::cpu(1), w.view(), Score::obs_diagonal, columns, out.view())));
  const float obs[] = {0.0f, kInf, nan, nan, nan, 2.25f};
  for (int j = 0; j < 6; ++j) EXPECT_EQ(out.bits(0, j), std::bit_cast<std::uint32_t>(obs[j]));
}

TEST(ScoreValues, Names) {
  EXPECT_STREQ(to_string(Score::magnitude), "magnitude");
  EXPECT_STREQ(to_string(Score::activation_norm), "activation_norm");
  EXPECT_STREQ(to_string(Score::obs_diagonal), "obs_diagonal");
  EXPECT_STREQ(to_string(static_cast<Score>(7)), "invalid");
}

// ---- sums of squares ----------------------------------------------------------------------------

// Straight from the definition: 32 partial sums, a balanced tree of neighbours.
void add_squares(const Matrix& x, std::vector<double>& sums) {
  for (std::int64_t j = 0; j < x.cols(); ++j) {
    std::vector<double> partial(32, 0.0);
    for (std::int64_t i = 0; i < x.rows(); ++i) {
      const double value = x.at(i, j), square = value * value;
      partial[static_cast<std::size_t>(i % 32)] += square;
    }
    while (partial.size() > 1) {
      std::vector<double> half;
      for (std::size_t i = 0; i < partial.size(); i += 2)
        half.push_back(partial[i] + partial[i + 1]);
      partial = half;
    }
    double& sum = sums[static_cast<std::size_t>(j)];
    sum += partial[0];
    if (std::isnan(sum)) sum = std::numeric_limits<double>::quiet_NaN();
  }
}

testing::AssertionResult same(const std::vector<double>& want, const std::vector<double>& got) {
  for (std::size_t j = 0; j < want.size(); ++j)
    if (std::bit_cast<std::uint64_t>(want[j]) != std::bit_cast<std::uint64_t>(got[j]))
      return testing::AssertionFailure() << "column " << j << ": " << got[j] << ", not " << want[j];
  return testing::AssertionSuccess();
}

TEST_P(Scores, SquaresOfTwoBatches) {
  for (const oracle::Shape& shape :
       {oracle::Shape{1, 1}, oracle::Shape{7, 3}, oracle::Shape{8, 255}, oracle::Shape{31, 256},
        oracle::Shape{32, 257}, oracle::Shape{33, 64}, oracle::Shape{63, 5}, oracle::Shape{64, 9},
        oracle::Shape{65, 13}, oracle::Shape{200, 600}, oracle::Shape{1000, 3}}) {
    Matrix first(GetParam(), shape.rows, shape.cols), second = first;
    fill_normal(first, random_, 3.0);
    fill_normal(second, random_, 0.1);
    std::vector<double> want(static_cast<std::size_t>(shape.cols), 0.0);
    add_squares(first, want);
    add_squares(second, want);
    for (const Placement& place : oracle::placements())
      for (const int threads : oracle::kThreadCounts) {
        SCOPED_TRACE(problem(first, {1, 1}, place));
        Matrix a = relaid(first, place);
        const Matrix b = relaid(second, place);
        a.freeze();
        std::vector<double> sums(want.size() + 1, 0.0);
        sums.back() = 77;
        ASSERT_TRUE(
            oracle::succeeds(accumulate_squares(Exec::cpu(threads), a.view(), sums.data())));
        ASSERT_TRUE(
            oracle::succeeds(accumulate_squares(Exec::cpu(threads), b.view(), sums.data())));
        ASSERT_TRUE(same(want, sums));
        ASSERT_EQ(sums.back(), 77);
        ASSERT_TRUE(a.unchanged());
      }
  }
}

TEST(Squares, NanAndInfinityStayInTheirColumns) {
  Matrix x(DataType::f32, 40, 5);
  oracle::Random random(3);
  fill_normal(x, random);
  x.set_bits(35, 1, 0xFFFFFFFFu);
  x.set(2, 2, -kInf);
  x.set(9, 3, 3e38);  // whose square is no float
  std::vector<double> want(5, 0.0), got(5, 0.0);
  add_squares(x, want);
  ASSERT_TRUE(oracle::succeeds(accumulate_squares(Exec::cpu(2), x.view(), got.data())));
  EXPECT_TRUE(same(want, got));
  EXPECT_TRUE(std::isnan(got[1]));
  EXPECT_EQ(got[2], kInf);
  EXPECT_TRUE(std::isfinite(got[3]));
  std::vector<float> norms(5);
  ASSERT_TRUE(oracle::succeeds(norms_of_squares(Exec::cpu(1), got.data(), 5, norms.data())));
  EXPECT_EQ(norms[0], static_cast<float>(std::sqrt(got[0])));
  EXPECT_EQ(std::bit_cast<std::uint32_t>(norms[1]), 0x7FC00000u);
  EXPECT_EQ(norms[2], kInf);
  EXPECT_NEAR(norms[3] / 3e38f, 1.0f, 1e-6f);
}

TEST(Squares, NoRowsAddNothing) {
  double sums[3] = {1, -0.0, 3};
  const ConstMatrixView none{nullptr, 0, 3, 3, DataType::f16, Order::row};
  ASSERT_TRUE(oracle::succeeds(accumulate_squares(Exec::cpu(1), none, sums)));
  EXPECT_EQ(sums[0], 1);
  EXPECT_TRUE(std::signbit(sums[1]));
  const ConstMatrixView narrow{nullptr, 3, 0, 0, DataType::f16, Order::row};
  EXPECT_TRUE(oracle::succeeds(accumulate_squares(Exec::cpu(1), narrow, nullptr)));
  EXPECT_TRUE(oracle::succeeds(norms_of_squares(Exec::cpu(1), nullptr, 0, nullptr)));
}

// ---- arguments ----------------------------------------------------------------------------------

TEST(ScoreArguments, AreChecked) {
  const Exec exec = Exec::cpu(1);
  const StatusCode invalid = StatusCode::invalid_argument, unsupported = StatusCode::unsupported;
  alignas(8) float w[32] = {}, out[32], c[8] = {};
  const ConstMatrixView weight{w, 4, 8, 8, DataType::f32, Order::row};
  const MatrixView scores{out, 4, 8, 8, DataType::f32, Order::row};
  const ConstVectorView columns{c, 8, DataType::f32};
  const auto with = [&](ConstMatrixView in, Score kind, ConstVectorView v, MatrixView to) {
    return score(exec, in, kind, v, to);
  };
  const Score wanda = Score::activation_norm;
  EXPECT_TRUE(oracle::succeeds(with(weight, wanda, columns, scores)));
  EXPECT_TRUE(oracle::succeeds(with(weight, Score::magnitude, {}, scores)));
  EXPECT_TRUE(fails(with(weight, static_cast<Score>(9), columns, scores), invalid,
                    {"kind", "9", "activation_norm"}));
  EXPECT_TRUE(fails(with(weight, wanda, {c, 7, DataType::f32}, scores), invalid,
                    {"columns.size", "7", "8"}));
  EXPECT_TRUE(fails(with(weight, wanda, {nullptr, 8, DataType::f32}, scores), invalid,
                    {"columns.data", "null", "8"}));
  EXPECT_TRUE(fails(with(weight, wanda, {c, 8, DataType::f16}, scores), unsupported,
                    {"columns.type", "f16", "f32"}));
  EXPECT_TRUE(fails(with({w, 4, 8, 8, DataType::i32, Order::row}, wanda, columns, scores),
                    unsupported, {"weight.type", "i32"}));
  EXPECT_TRUE(fails(with(weight, wanda, columns, {out, 4, 7, 8, DataType::f32, Order::row}),
                    invalid, {"scores", "4 x 7", "4 x 8"}));
  EXPECT_TRUE(fails(with(weight, wanda, columns, {out, 4, 8, 8, DataType::f16, Order::row}),
                    invalid, {"scores.type", "f16", "f32"}));
  EXPECT_TRUE(fails(with(weight, wanda, columns, {w, 4, 8, 8, DataType::f32, Order::row}), invalid,
                    {"scores", "overlap", "weight"}));
  EXPECT_TRUE(fails(with(weight, wanda, {out + 24, 8, DataType::f32}, scores), invalid,
                    {"scores", "overlap", "columns"}));
  EXPECT_TRUE(fails(score(Exec::cpu(-1), weight, wanda, columns, scores), invalid, {"threads"}));

  double sums[8] = {};
  EXPECT_TRUE(fails(accumulate_squares(exec, weight, nullptr), invalid, {"sums", "null", "8"}));
  const auto odd = reinterpret_cast<std::uintptr_t>(sums) + 4;
  EXPECT_TRUE(fails(accumulate_squares(exec, weight, reinterpret_cast<double*>(odd)), invalid,
                    {"sums", "aligned", "8"}));
  EXPECT_TRUE(fails(accumulate_squares(exec, weight, reinterpret_cast<double*>(w)), invalid,
                    {"sums", "overlap", "activations"}));
  EXPECT_TRUE(fails(accumulate_squares(exec, {w, 4, 8, 8, DataType::i32, Order::row}, sums),
                    unsupported, {"activations.type", "i32"}));
  EXPECT_TRUE(fails(norms_of_squares(exec, sums, -1, c), invalid, {"k = -1"}));
  EXPECT_TRUE(fails(norms_of_squares(exec, nullptr, 8, c), invalid, {"sums", "null"}));
  EXPECT_TRUE(fails(norms_of_squares(exec, sums, 8, nullptr), invalid, {"norms", "null"}));
  EXPECT_TRUE(fails(norms_of_squares(exec, sums, 8, reinterpret_cast<float*>(sums)), invalid,
                    {"norms", "overlap", "sums"}));
}

}  // namespace
}  // namespace heddle
