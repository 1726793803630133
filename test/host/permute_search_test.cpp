// find_permutation against enumeration, the published example and the definition.
#include "test/oracle/fill.hpp"
#include "test/oracle/suite.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <vector>

#include "heddle/permute.hpp"

namespace heddle {
namespace {

using namespace oracle;

// What a group keeps, from the definition.
double kept_by(const Matrix& m, const std::vector<std::int32_t>& group, int keep) {
  double kept = 0;
  for (std::int64_t r = 0; r < m.rows(); ++r) {
    std::vector<double> magnitude;
    for (const std::int32_t c : group) magnitude.push_back(std::fabs(m.at(r, c)));
    std::sort(magnitude.rbegin(), magnitude.rend());
    for (std::size_t i = 0; i < magnitude.size() && i < static_cast<std::size_t>(keep); ++i)
      kept += magnitude[i];
  }
  return kept;
}

double kept_by(const Matrix& m, const Permutation& order, Pattern pattern) {
  double kept = 0;
  for (std::size_t c = 0; c < order.size(); c += static_cast<std::size_t>(pattern.group)) {
    const std::size_t end = std::min(c + static_cast<std::size_t>(pattern.group), order.size());
    kept += kept_by(m,
                    {order.begin() + static_cast<std::ptrdiff_t>(c),
                     order.begin() + static_cast<std::ptrdiff_t>(end)},
                    pattern.keep);
  }
  return kept;
}

// The most that any grouping of the columns in `free` keeps, a partial group somewhere among them.
class Enumeration {
 public:
  Enumeration(const Matrix& m, Pattern pattern) : m_(m), pattern_(pattern) {}

  double best() {
    const auto cols = static_cast<unsigned>(m_.cols());
    return best((1u << cols) - 1, cols % static_cast<unsigned>(pattern_.group));
  }

 private:
  double best(unsigned free, unsigned rest) {
    if (free == 0) return 0;
    const auto known = best_.find(free);  // `rest` follows from the number of free columns
    if (known != best_.end()) return known->second;
    const unsigned lowest = free & (~free + 1);
    double most = 0;
    for (unsigned others = free ^ lowest, s = others;; s = (s - 1) & others) {
      const auto size = static_cast<unsigned>(__builtin_popcount(s)) + 1;
      if (size == static_cast<unsigned>(pattern_.group))
        most = std::max(most, value(s | lowest) + best(others ^ s, rest));
      else if (rest != 0 && size == rest)
        most = std::max(most, value(s | lowest) + best(others ^ s, 0));
      if (s == 0) break;
    }
    return best_[free] = most;
  }
  double value(unsigned set) {
    const auto known = value_.find(set);
    if (known != value_.end()) return known->second;
    std::vector<std::int32_t> group;
    for (std::int32_t c = 0; c < m_.cols(); ++c)
      if (set >> c & 1) group.push_back(c);
    return value_[set] = kept_by(m_, group, pattern_.keep);
  }

  const Matrix& m_;
  Pattern pattern_;
  std::map<unsigned, double> best_, value_;
};

bool is_permutation_of(const Permutation& p, std::int64_t cols) {
  Permutation sorted = p, all(static_cast<std::size_t>(cols));
  std::sort(sorted.begin(), sorted.end());
  std::iota(all.begin(), all.end(), 0);
  return sorted == all;
}

PermutationResult find(const Matrix& m, const PermutationOptions& options, int threads = 1) {
  const Matrix& constant = m;
  auto result = find_permutation(Exec::cpu(threads), constant.view(), options);
  EXPECT_TRUE(succeeds(result.status()));
  if (!result.ok()) return {};
  EXPECT_TRUE(is_permutation_of(result->permutation, m.cols()));
  const double scale = std::max(result->total, 1e-30);
  EXPECT_NEAR(result->kept, kept_by(m, result->permutation, options.pattern), 1e-12 * scale);
  EXPECT_GE(result->kept, result->kept_identity);
  return *result;
}

// numpy.random.seed(seed); numpy.random.rand(rows, cols)
Matrix numpy_rand(unsigned seed, std::int64_t rows, std::int64_t cols) {
  std::mt19937 twister(seed);
  Matrix m(DataType::f32, rows, cols);
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < cols; ++c) {
      const std::uint32_t high = twister() >> 5, low = twister() >> 6;
      m.set(r, c, (high * 67108864.0 + low) / 9007199254740992.0);
    }
  return m;
}

// Random contents: continuous, tied, heavy tails.
void fill_some(Matrix& m, Random& random, int kind) {
  if (kind == 0) return fill_normal(m, random);
  if (kind == 1) return fill_integers(m, random, -3, 3);
  fill_normal(m, random);
  for (std::int64_t r = 0; r < m.rows(); ++r)
    for (std::int64_t c = 0; c < m.cols(); ++c) m.set(r, c, std::pow(m.at(r, c), 5.0));
}

TEST(PermutationOptimum, EightAndTwelveColumns) {
  for (const std::int64_t cols : {8, 12})
    for (std::int64_t n = 0; n < effort(cols == 8 ? 120 : 24); ++n) {
      Random random(static_cast<std::uint64_t>(n * 100 + cols));
      constexpr std::int64_t kRows[] = {1, 3, 16, 33, 64};
      Matrix m(DataType::f32, kRows[n % 5], cols);
      fill_some(m, random, static_cast<int>(n % 3));
      const double best = Enumeration(m, {2, 4}).best();
      PermutationOptions options;
      for (const PermutationSearch kind :
           {PermutationSearch::automatic, PermutationSearch::exhaustive,
            cols == 8 ? PermutationSearch::stripes_8 : PermutationSearch::stripes_12}) {
        options.search = kind;
        const PermutationResult found = find(m, options);
        EXPECT_GE(found.kept, best - 1e-6 * found.total) << cols << " columns, matrix " << n;
        if (n % 3 == 1) {
          EXPECT_EQ(found.kept, best);
        }
      }
    }
}

TEST(PermutationOptimum, ExhaustiveForAnyPatternAndWidth) {
  PermutationOptions options;
  options.search = PermutationSearch::exhaustive;
  for (const Pattern pattern : {Pattern{1, 2}, {2, 3}, {1, 4}, {3, 4}, {2, 5}, {4, 8}, {1, 1}})
    for (std::int64_t cols = 1; cols <= 11; ++cols) {
      Random random(static_cast<std::uint64_t>(cols));
      Matrix m(DataType::i8, 9, cols);
      fill_integers(m, random, -9, 9);
      options.pattern = pattern;
      EXPECT_EQ(find(m, options).kept, Enumeration(m, pattern).best())
          << to_string(pattern) << ", " << cols << " columns";
    }
}

TEST(PermutationOptimum, MatchingForGroupsOfTwo) {
  PermutationOptions options;
  options.pattern = {1, 2};
  for (std::int64_t n = 0; n < effort(160); ++n) {
    Random random(static_cast<std::uint64_t>(n));
    const std::int64_t cols = 2 + n % 12;
    Matrix m(DataType::i8, 1 + n % 7, cols);
    fill_integers(m, random, -4, 4);
    options.search = n % 2 ? PermutationSearch::matching : PermutationSearch::automatic;
    EXPECT_EQ(find(m, options).kept, Enumeration(m, options.pattern).best()) << cols << " columns";
  }
}

// Sums of quanta beyond 32 bits in one lane.
TEST(PermutationOptimum, ManyRowsOfManyKept) {
  PermutationOptions options;
  options.search = PermutationSearch::exhaustive;
  options.pattern = {8, 9};
  Random random(1);
  Matrix m(DataType::f32, 1200, 11);
  m.each(
      [&](std::int64_t, std::int64_t) { return encode(DataType::f32, 0.91 * random.uniform()); });
  const double best = Enumeration(m, options.pattern).best();
  EXPECT_NEAR(find(m, options).kept, best, 1e-8 * best);
}

// A heuristic for groups of four; it must be as good where the last group is partial.
TEST(PermutationOptimum, MatchingTwiceIsClose) {
  PermutationOptions options;
  options.search = PermutationSearch::matching;
  for (const std::int64_t cols : {8, 9, 10, 11, 12, 13}) {
    double gain = 0, most = 0;
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
      Random random(seed);
      Matrix m(DataType::f32, 24, cols);
      fill_normal(m, random);
      const PermutationResult found = find(m, options);
      gain += found.kept - found.kept_identity;
      most += Enumeration(m, {2, 4}).best() - found.kept_identity;
    }
    EXPECT_GT(gain, 0.6 * most) << cols << " columns";
  }
}

// apex's README: dense 4083.169, plain 2:4 2852.377; 2919.757 with windows of 8, 2921.947 of 12
// columns, in 0.86 s on a V100.
TEST(PermutationCurve, BeatsThePublishedSearchOnItsExample) {
  const Matrix m = numpy_rand(1, 128, 64);
  PermutationOptions options;
  options.search = PermutationSearch::stripes_8;
  options.escapes = 0;
  const PermutationResult eight = find(m, options);
  EXPECT_NEAR(eight.total, 4083.169, 1e-3);
  EXPECT_NEAR(eight.kept_identity, 2852.377, 1e-3);
  EXPECT_GT(eight.kept, 2919.7);
  options.escapes = 200;
  EXPECT_GT(find(m, options).kept, 2923.5);
  options.escapes = 0;
  options.search = PermutationSearch::automatic;
  EXPECT_GT(find(m, options).kept, 2920.9);  // without an escape
  options.escapes = 100;
  const PermutationResult found = find(m, options);
  EXPECT_GT(found.kept, 2921.947);
  EXPECT_LT(found.steps, 4'000'000);
}

struct Way {
  PermutationSearch search;
  Pattern pattern;
};
std::vector<Way> ways() {
  std::vector<Way> ways;
  for (const Pattern pattern : {Pattern{2, 4}, {1, 2}, {1, 4}, {2, 3}, {4, 8}, {5, 16}}) {
    ways.push_back({PermutationSearch::automatic, pattern});
    ways.push_back({PermutationSearch::swap, pattern});
    if (pattern.group != 3) ways.push_back({PermutationSearch::matching, pattern});
    if (pattern.group <= 4) ways.push_back({PermutationSearch::stripes_8, pattern});
    if (pattern.group <= 4 && pattern.group > 2)
      ways.push_back({PermutationSearch::stripes_12, pattern});
  }
  return ways;
}

TEST(PermutationWays, EveryWidthGainsAndKeepsItsWord) {
  for (const Way& way : ways())
    for (const std::int64_t cols : {0, 1, 3, 4, 5, 17, 30, 43}) {
      Random random(static_cast<std::uint64_t>(cols));
      Matrix m(DataType::f32, 19, cols);
      fill_normal(m, random);
      PermutationOptions options;
      options.pattern = way.pattern;
      options.search = way.search;
      options.escapes = 2;
      const PermutationResult found = find(m, options);
      const bool gains = cols >= 30 && way.search != PermutationSearch::matching;
      if (gains) {
        EXPECT_GT(found.kept, found.kept_identity) << to_string(way.pattern);
      }
      EXPECT_NEAR(found.kept_identity,
                  kept_by(
                      m,
                      [&] {
                        Permutation order(static_cast<std::size_t>(cols));
                        std::iota(order.begin(), order.end(), 0);
                        return order;
                      }(),
                      way.pattern),
                  1e-9);
    }
}

TEST(PermutationWays, ThreadsAndPlacementsAgree) {
  for (const Way& way : ways()) {
    PermutationOptions options;
    options.pattern = way.pattern;
    options.search = way.search;
    options.escapes = 1;
    options.seed = 5;
    Random random(3);
    Matrix m(DataType::f16, 150, 26);
    fill_normal(m, random);
    const PermutationResult want = find(m, options);
    for (const int threads : {2, 3})
      EXPECT_EQ(find(m, options, threads).permutation, want.permutation);
    for (const Placement& place : placements()) {
      const Matrix other = relaid(m, place);
      EXPECT_EQ(find(other, options).permutation, want.permutation) << to_string(place);
    }
  }
}

TEST(PermutationWays, EveryType) {
  for (const DataType type : matrix_types()) {
    Random random(1);
    Matrix m(type, 40, 24);
    fill_integers(m, random, -7, 7);
    PermutationOptions options;
    options.escapes = 5;
    Matrix plain(DataType::f32, 40, 24);
    plain.each([&](std::int64_t r, std::int64_t c) { return encode(DataType::f32, m.at(r, c)); });
    const PermutationResult found = find(m, options), want = find(plain, options);
    EXPECT_EQ(found.permutation, want.permutation) << to_string(type);
    EXPECT_EQ(found.kept, want.kept);
    EXPECT_EQ(found.total, want.total);
  }
}

TEST(PermutationWays, MagnitudesOfAnySize) {
  for (const double scale : {1e-44, 1e-30, 1e30, 3e37}) {
    Matrix m(DataType::f32, 5, 8);
    Random random(2);
    fill_integers(m, random, 0, 9);
    Matrix scaled(DataType::f32, 5, 8);
    for (std::int64_t r = 0; r < 5; ++r)
      for (std::int64_t c = 0; c < 8; ++c) scaled.set(r, c, m.at(r, c) * scale);
    const double best = Enumeration(scaled, {2, 4}).best();
    EXPECT_NEAR(find(scaled, {}).kept, best, 1e-6 * best);
  }
  const Matrix zeros(DataType::f32, 5, 40);
  EXPECT_EQ(find(zeros, {}).kept, 0);
}

TEST(PermutationWays, StackedMatricesAreOne) {
  Random random(4);
  Matrix all(DataType::f32, 50, 20);
  fill_normal(all, random);
  const Matrix top = submatrix(all, 0, 17, 0, 20), bottom = submatrix(all, 17, 50, 0, 20);
  const ConstMatrixView parts[] = {top.view(), bottom.view()};
  const auto found = find_permutation(Exec::cpu(1), parts, 2);
  ASSERT_TRUE(succeeds(found.status()));
  const PermutationResult want = find(all, {});
  EXPECT_EQ(found->permutation, want.permutation);
  EXPECT_EQ(found->kept, want.kept);
}

TEST(PermutationWays, PermutedMagnitudeIsTheDefinition) {
  Random random(6);
  Matrix m(DataType::bf16, 33, 14);
  fill_normal(m, random);
  const Matrix& constant = m;
  const Permutation order{13, 0, 12, 1, 11, 2, 10, 3, 9, 4, 8, 5, 7, 6};
  for (const Pattern pattern : {Pattern{2, 4}, {3, 5}, {1, 32}, {1, 1}}) {
    const auto kept = permuted_magnitude(Exec::cpu(2), constant.view(), order, pattern);
    ASSERT_TRUE(succeeds(kept.status()));
    EXPECT_NEAR(*kept, kept_by(m, order, pattern), 1e-9);
  }
}

TEST(PermutationLimits, StepsStopEverySearch) {
  const Matrix m = numpy_rand(3, 32, 64);
  for (const Way& way : ways()) {
    PermutationOptions options;
    options.pattern = way.pattern;
    options.search = way.search;
    options.max_steps = 1000;
    options.escapes = 1 << 20;
    const PermutationResult found = find(m, options);
    EXPECT_LT(found.steps, 20'000'000);
    EXPECT_EQ(find(m, options).permutation, found.permutation);
  }
}

TEST(PermutationLimits, SecondsStop) {
  const Matrix m = numpy_rand(3, 32, 64);
  PermutationOptions options;
  options.max_seconds = 0.05;
  options.escapes = std::int64_t{1} << 40;
  for (const PermutationSearch kind : {PermutationSearch::automatic, PermutationSearch::swap}) {
    options.search = kind;
    const PermutationResult found = find(m, options);
    EXPECT_LT(found.seconds, 30);
    EXPECT_GT(found.kept, found.kept_identity);
  }
}

TEST(PermutationLimits, ProgressReportsAndStops) {
  const Matrix m = numpy_rand(3, 32, 64);
  PermutationOptions options;
  options.escapes = std::int64_t{1} << 40;
  int calls = 0;
  PermutationProgress last;
  options.progress = [&](const PermutationProgress& p) {
    last = p;
    return ++calls < 2;
  };
  const PermutationResult found = find(m, options);
  EXPECT_EQ(calls, 3);  // two while it ran, one at the end
  EXPECT_EQ(last.kept, found.kept);
  EXPECT_EQ(last.total, found.total);
  EXPECT_EQ(last.steps, found.steps);
  EXPECT_EQ(last.kept_identity, found.kept_identity);
}

TEST(PermutationArguments, AreChecked) {
  const Matrix m = numpy_rand(1, 4, 40);
  const ConstMatrixView view = m.view();
  const Exec cpu = Exec::cpu(1);
  const auto with = [&](auto change) {
    PermutationOptions options;
    change(options);
    return find_permutation(cpu, view, options).status();
  };
  using enum StatusCode;
  EXPECT_TRUE(fails(with([](auto& o) { o.pattern = {5, 4}; }), invalid_argument, {"pattern"}));
  EXPECT_TRUE(fails(with([](auto& o) { o.escapes = -1; }), invalid_argument, {"escapes = -1"}));
  EXPECT_TRUE(fails(with([](auto& o) { o.max_seconds = -1; }), invalid_argument, {"max_seconds"}));
  EXPECT_TRUE(fails(with([](auto& o) { o.max_steps = -2; }), invalid_argument, {"max_steps = -2"}));
  EXPECT_TRUE(fails(with([](auto& o) { o.search = static_cast<PermutationSearch>(9); }),
                    invalid_argument, {"search = 9"}));
  EXPECT_TRUE(fails(with([](auto& o) { o.search = PermutationSearch::exhaustive; }), unsupported,
                    {"exhaustive", "40 columns", "2:4"}));
  EXPECT_TRUE(fails(with([](auto& o) {
                      o.search = PermutationSearch::matching;
                      o.pattern = {2, 6};
                    }),
                    unsupported, {"matching", "2:6"}));
  EXPECT_TRUE(fails(with([](auto& o) {
                      o.search = PermutationSearch::stripes_8;
                      o.pattern = {2, 5};
                    }),
                    unsupported, {"stripes_8", "5"}));
  EXPECT_TRUE(
      fails(find_permutation(cpu, nullptr, 0, {}).status(), invalid_argument, {"count = 0"}));
  EXPECT_TRUE(
      fails(find_permutation(cpu, nullptr, 2, {}).status(), invalid_argument, {"matrices = null"}));
  const Matrix narrow(DataType::f32, 4, 39);
  const ConstMatrixView parts[] = {view, narrow.view()};
  EXPECT_TRUE(fails(find_permutation(cpu, parts, 2, {}).status(), invalid_argument,
                    {"matrices[1].cols = 39", "40"}));
  Matrix bad = numpy_rand(1, 70, 40);
  bad.set_bits(69, 3, nan_code(DataType::f32));
  bad.set_bits(65, 7, infinity_code(DataType::f32));
  const ConstMatrixView with_bad[] = {view, bad.view()};
  EXPECT_TRUE(fails(find_permutation(cpu, with_bad, 2, {}).status(), invalid_argument,
                    {"matrices[1](65, 7)"}));
  EXPECT_TRUE(fails(permuted_magnitude(cpu, view, Permutation(39), {2, 4}).status(),
                    invalid_argument, {"39 entries", "40 columns"}));
}

}  // namespace
}  // namespace heddle
