// Scores and activation statistics through the C ABI.

#include "heddle/score.hpp"

#include "test/host/c/c_case.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/suite.hpp"

namespace heddle::oracle {
namespace {

heddle_vector c_vector(const std::vector<float>& v) {
  return {v.data(), static_cast<std::int64_t>(v.size()), HEDDLE_F32, 0};
}

TEST(CScore, ScoresAreTheCppOnes) {
  Random random(1);
  Matrix weight(DataType::bf16, 7, 19), want(DataType::f32, 7, 19), got(DataType::f32, 7, 19);
  fill_ties(weight, random);
  std::vector<float> columns(19);
  for (float& c : columns) c = static_cast<float>(random.uniform() + 0.1);
  const heddle_exec exec = c_cpu();
  const heddle_matrix in = c_view(weight), out = c_view(got);
  const heddle_vector factors = c_vector(columns);
  for (const Score kind : {Score::magnitude, Score::activation_norm, Score::obs_diagonal}) {
    const auto number = static_cast<std::int32_t>(kind);
    EXPECT_STREQ(heddle_score_name(number), to_string(kind));
    got.poison();
    ASSERT_TRUE(succeeds(score(Exec::cpu(1), weight.view(), kind,
                               {columns.data(), 19, DataType::f32}, want.view())));
    ASSERT_TRUE(c_succeeds(heddle_score(&exec, &in, number, &factors, &out)));
    EXPECT_TRUE(same_bits(want, got)) << to_string(kind);
  }
  ASSERT_TRUE(succeeds(score(Exec::cpu(1), weight.view(), Score::magnitude, {}, want.view())));
  ASSERT_TRUE(c_succeeds(heddle_score(&exec, &in, HEDDLE_SCORE_MAGNITUDE, nullptr, &out)));
  EXPECT_TRUE(same_bits(want, got));
}

TEST(CScore, SquaresAndNormsAreTheCppOnes) {
  Random random(2);
  Matrix x(DataType::f16, 50, 13);
  fill_normal(x, random);
  std::vector<double> want(13), got(13);
  std::vector<float> want_norms(13), norms(13);
  const heddle_exec exec = c_cpu();
  const heddle_matrix in = c_view(x);
  for (int batch = 0; batch < 3; ++batch) {
    ASSERT_TRUE(succeeds(accumulate_squares(Exec::cpu(1), x.view(), want.data())));
    ASSERT_TRUE(c_succeeds(heddle_accumulate_squares(&exec, &in, got.data())));
  }
  EXPECT_GT(want[0], 0);
  EXPECT_EQ(want, got);
  ASSERT_TRUE(succeeds(norms_of_squares(Exec::cpu(1), want.data(), 13, want_norms.data())));
  ASSERT_TRUE(c_succeeds(heddle_norms_of_squares(&exec, got.data(), 13, norms.data())));
  EXPECT_EQ(want_norms, norms);
  expect_nulls_refused(heddle_accumulate_squares, {"exec", "activations", "sums"}, &exec, &in,
                       got.data());
  expect_nulls_refused(heddle_norms_of_squares, {"exec", "sums", "", "norms"}, &exec, got.data(),
                       13, norms.data());
  EXPECT_TRUE(c_fails(heddle_norms_of_squares(&exec, got.data(), -1, norms.data()),
                      HEDDLE_INVALID_ARGUMENT, {"k = -1"}));
}

TEST(CScore, BadArguments) {
  Matrix weight(DataType::f16, 4, 8), scores(DataType::f32, 4, 8);
  const std::vector<float> columns(8, 1.0f);
  const heddle_exec exec = c_cpu();
  const heddle_matrix in = c_view(weight), out = c_view(scores);
  heddle_vector factors = c_vector(columns);
  expect_nulls_refused(heddle_score, {"exec", "weight", "", "columns", "scores"}, &exec, &in,
                       HEDDLE_SCORE_ACTIVATION_NORM, &factors, &out);
  for (const std::int32_t bad : {-1, 3, 256}) {
    EXPECT_STREQ(heddle_score_name(bad), "invalid");
    EXPECT_TRUE(c_fails(heddle_score(&exec, &in, bad, &factors, &out), HEDDLE_INVALID_ARGUMENT,
                        {"kind = ", "[0, 2]"}));
    heddle_vector odd = factors;
    odd.type = bad == 3 ? 7 : bad;
    EXPECT_TRUE(c_fails(heddle_score(&exec, &in, 1, &odd, &out), HEDDLE_INVALID_ARGUMENT,
                        {"columns.type = "}));
  }
  factors.reserved = 4;
  EXPECT_TRUE(c_fails(heddle_score(&exec, &in, 1, &factors, &out), HEDDLE_UNSUPPORTED,
                      {"columns.reserved = 4"}));
  factors.reserved = 0;
  factors.length = 7;
  EXPECT_TRUE(c_fails(heddle_score(&exec, &in, 1, &factors, &out), HEDDLE_INVALID_ARGUMENT,
                      {"columns", "7", "8"}));
}

}  // namespace
}  // namespace heddle::oracle
