// Permutations through the C ABI against the C++ functions.

#include <vector>

#include "heddle/permute.hpp"
#include "test/host/c/c_case.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/suite.hpp"

namespace heddle::oracle {
namespace {

struct Searched {
  std::vector<Matrix> layers;
  std::vector<heddle_matrix> views;
  std::vector<ConstMatrixView> cpp;
  heddle_exec exec = c_cpu();
  heddle_permutation_options options{};

  explicit Searched(std::int64_t cols) {
    Random random(21);
    for (const std::int64_t rows : {5, 9}) {
      layers.emplace_back(DataType::f16, rows, cols, Placement{Order::row, 2, 0});
      fill_normal(layers.back(), random);
    }
    for (const Matrix& m : layers) views.push_back(c_view(m)), cpp.push_back(m.view());
    EXPECT_TRUE(c_succeeds(heddle_permutation_options_init(&options, sizeof(options))));
  }
  heddle_status find(std::vector<std::int32_t>& to, heddle_permutation_result* result = nullptr,
                     std::size_t count = 2) const {
    return heddle_find_permutation(&exec, views.data(), count, &options, to.data(),
                                   static_cast<std::int64_t>(to.size()), result);
  }
};

TEST(CPermute, DefaultsAreThoseOfCpp) {
  heddle_permutation_options options;
  std::memset(&options, 0xff, sizeof(options));
  ASSERT_TRUE(c_succeeds(heddle_permutation_options_init(&options, sizeof(options))));
  const PermutationOptions cpp;
  EXPECT_EQ(options.pattern.keep, cpp.pattern.keep);
  EXPECT_EQ(options.pattern.group, cpp.pattern.group);
  EXPECT_EQ(options.search, static_cast<int>(cpp.search));
  EXPECT_EQ(options.escapes, cpp.escapes);
  EXPECT_EQ(options.seed, cpp.seed);
  EXPECT_EQ(options.max_seconds, cpp.max_seconds);
  EXPECT_EQ(options.max_steps, cpp.max_steps);
  EXPECT_EQ(options.progress, nullptr);
  EXPECT_EQ(options.user, nullptr);
}

TEST(CPermute, EverySearchFindsWhatCppFinds) {
  for (std::int32_t search = HEDDLE_SEARCH_AUTOMATIC; search <= HEDDLE_SEARCH_STRIPES_12; ++search)
    for (const std::uint64_t seed : {0, 5}) {
      SCOPED_TRACE(search);
      Searched s(12);
      s.options.search = search;
      s.options.seed = seed;
      s.options.escapes = 3;
      s.options.max_steps = 40;
      s.options.pattern = {1, 4};
      PermutationOptions cpp;
      cpp.search = static_cast<PermutationSearch>(search);
      cpp.seed = seed, cpp.escapes = 3, cpp.max_steps = 40;
      cpp.pattern = {1, 4};
      const Result<PermutationResult> want = find_permutation(Exec::cpu(1), s.cpp.data(), 2, cpp);
      ASSERT_TRUE(succeeds(want.status()));
      std::vector<std::int32_t> got(12, -1);
      heddle_permutation_result result{};
      ASSERT_TRUE(c_succeeds(s.find(got, &result)));
      EXPECT_EQ(got, want->permutation);
      EXPECT_EQ(result.total, want->total);
      EXPECT_EQ(result.kept, want->kept);
      EXPECT_EQ(result.kept_identity, want->kept_identity);
      EXPECT_EQ(result.steps, want->steps);
      EXPECT_GE(result.seconds, 0);
    }
}

struct Watch {
  std::int32_t answer = 0;
  int calls = 0;
  double total = 0;
  std::int64_t steps = 0;
};
std::int32_t watch_it(void* user, const heddle_permutation_progress* progress) {
  auto* watch = static_cast<Watch*>(user);
  ++watch->calls;
  watch->total = progress->total;
  watch->steps = progress->steps;
  return watch->answer;
}

TEST(CPermute, ProgressReachesItsUserAndStops) {
  for (const std::int32_t answer : {0, 1, -5}) {
    Searched s(64);
    Watch watch;
    watch.answer = answer;
    s.options.search = HEDDLE_SEARCH_SWAP;
    s.options.escapes = INT64_MAX / 2;  // so that it ends by the callback or the clock alone
    s.options.max_seconds = answer == 0 ? 60 : 0.5;
    s.options.progress = watch_it;
    s.options.user = &watch;
    std::vector<std::int32_t> got(64);
    heddle_permutation_result result{};
    ASSERT_TRUE(c_succeeds(s.find(got, &result)));
    EXPECT_NEAR(watch.total, result.total, 1e-3 * result.total);
    EXPECT_EQ(watch.steps, result.steps);
    if (answer == 0) {
      EXPECT_LT(result.seconds, 30);
    } else {
      EXPECT_GE(result.seconds, 0.5);
      EXPECT_GE(watch.calls, 2);
    }
  }
}

TEST(CPermute, NullOptionsAndResultAreAllowed) {
  const Searched s(8);
  std::vector<std::int32_t> got(8, -1);
  ASSERT_TRUE(c_succeeds(
      heddle_find_permutation(&s.exec, s.views.data(), 1, nullptr, got.data(), 8, nullptr)));
  EXPECT_EQ(got, find_permutation(Exec::cpu(1), s.cpp[0])->permutation);
  expect_nulls_refused(heddle_find_permutation, {"exec", "matrices", "", "", "permutation", "", ""},
                       &s.exec, s.views.data(), std::size_t{1}, &s.options, got.data(),
                       std::int64_t{8}, static_cast<heddle_permutation_result*>(nullptr));
}

TEST(CPermute, WhatASearchRefuses) {
  Searched s(8);
  std::vector<std::int32_t> got(8, -1), few(7, -1);
  EXPECT_TRUE(c_fails(s.find(few), HEDDLE_INVALID_ARGUMENT, {"length = 7", "8"}));
  EXPECT_TRUE(c_fails(s.find(got, nullptr, 0), HEDDLE_INVALID_ARGUMENT, {"count = 0"}));
  for (const std::int32_t bad : {-1, 7}) {
    s.options.search = bad;
    EXPECT_TRUE(c_fails(s.find(got), HEDDLE_INVALID_ARGUMENT, {"options.search = "}));
  }
  s.options.search = 0;
  s.options.reserved = 1;
  EXPECT_TRUE(c_fails(s.find(got), HEDDLE_UNSUPPORTED, {"options.reserved"}));
  s.options.reserved = 0;
  s.options.pattern = {3, 2};
  EXPECT_TRUE(c_fails(s.find(got), HEDDLE_INVALID_ARGUMENT, {"3"}));
  s.options.pattern = {2, 4};
  s.views[1].type = 9;
  EXPECT_TRUE(c_fails(s.find(got), HEDDLE_INVALID_ARGUMENT, {"matrices[1].type = 9"}));
  EXPECT_EQ(got, std::vector<std::int32_t>(8, -1));
}

TEST(CPermute, ColumnsAndRows) {
  const Searched s(8);
  const Matrix& m = s.layers[0];
  const std::vector<std::int32_t> order = {3, 1, 0, 7, 6, 2, 5, 4}, rows = {4, 0, 1, 3, 2};
  Matrix out(m.type(), m.rows(), m.cols());
  const heddle_matrix to = c_view(out);
  ASSERT_TRUE(c_succeeds(heddle_permute_columns(&s.exec, &s.views[0], order.data(), 8, &to)));
  for (std::int64_t r = 0; r < m.rows(); ++r)
    for (std::int64_t c = 0; c < m.cols(); ++c)
      EXPECT_EQ(out.bits(r, c), m.bits(r, order[static_cast<std::size_t>(c)]));
  ASSERT_TRUE(c_succeeds(heddle_permute_rows(&s.exec, &s.views[0], rows.data(), 5, &to)));
  for (std::int64_t r = 0; r < m.rows(); ++r)
    for (std::int64_t c = 0; c < m.cols(); ++c)
      EXPECT_EQ(out.bits(r, c), m.bits(rows[static_cast<std::size_t>(r)], c));

  double magnitude = -1;
  const heddle_pattern pattern = {2, 4};
  ASSERT_TRUE(c_succeeds(
      heddle_permuted_magnitude(&s.exec, &s.views[0], order.data(), 8, &pattern, &magnitude)));
  EXPECT_EQ(magnitude, *permuted_magnitude(Exec::cpu(1), s.cpp[0], order, {2, 4}));
  expect_nulls_refused(heddle_permute_columns, {"exec", "matrix", "permutation", "", "out"},
                       &s.exec, &s.views[0], order.data(), 8, &to);
  expect_nulls_refused(heddle_permute_rows, {"exec", "matrix", "permutation", "", "out"}, &s.exec,
                       &s.views[0], rows.data(), 5, &to);
  expect_nulls_refused(heddle_permuted_magnitude,
                       {"exec", "matrix", "permutation", "", "pattern", "magnitude"}, &s.exec,
                       &s.views[0], order.data(), 8, &pattern, &magnitude);
  EXPECT_TRUE(c_fails(heddle_permute_columns(&s.exec, &s.views[0], order.data(), 7, &to),
                      HEDDLE_INVALID_ARGUMENT, {"7"}));
  EXPECT_TRUE(c_fails(heddle_permute_columns(&s.exec, &s.views[0], order.data(), -1, &to),
                      HEDDLE_INVALID_ARGUMENT, {"length = -1"}));
}

TEST(CPermute, InverseAndRepeat) {
  std::vector<std::int32_t> order = {3, 1, 0, 2};
  std::vector<std::int32_t> back(4), twice(8, -1);
  ASSERT_TRUE(c_succeeds(heddle_inverse_permutation(order.data(), 4, back.data())));
  EXPECT_EQ(back, *inverse(order));
  ASSERT_TRUE(c_succeeds(heddle_repeat_permutation(order.data(), 4, 2, twice.data(), 8)));
  EXPECT_EQ(twice, *repeat(order, 2));
  EXPECT_TRUE(c_fails(heddle_repeat_permutation(order.data(), 4, 2, twice.data(), 7),
                      HEDDLE_INVALID_ARGUMENT, {"room = 7", "8"}));
  EXPECT_TRUE(c_fails(heddle_repeat_permutation(order.data(), 4, -1, twice.data(), 8),
                      HEDDLE_INVALID_ARGUMENT, {"copies"}));
  expect_nulls_refused(heddle_inverse_permutation, {"permutation", "", "inverse"}, order.data(), 4,
                       back.data());
  expect_nulls_refused(heddle_repeat_permutation, {"permutation", "", "", "repeated", ""},
                       order.data(), 4, 2, twice.data(), 8);
  EXPECT_TRUE(c_succeeds(heddle_inverse_permutation(nullptr, 0, nullptr)));
  ASSERT_TRUE(c_succeeds(heddle_inverse_permutation(order.data(), 4, order.data())));
  EXPECT_EQ(order, back);
  order[0] = order[1];
  EXPECT_TRUE(c_fails(heddle_inverse_permutation(order.data(), 4, back.data()),
                      HEDDLE_INVALID_ARGUMENT, {"permutation["}));
}

}  // namespace
}  // namespace heddle::oracle
