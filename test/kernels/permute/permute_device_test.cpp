// Channel permutation with CUDA: the search makes the CPU's decisions, the gathers move bits.
#include "test/device/device.hpp"
#include "test/oracle/codes.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/problem.hpp"
#include "test/oracle/suite.hpp"

#include <numeric>
#include <vector>

#include "heddle/permute.hpp"

namespace heddle {
namespace {

using namespace oracle;
using test::DeviceMatrix;

Permutation shuffled(std::int64_t n, Random& random) {
  Permutation p(static_cast<std::size_t>(n));
  std::iota(p.begin(), p.end(), 0);
  for (std::size_t i = p.size(); i > 1; --i)
    std::swap(p[i - 1], p[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i)))]);
  return p;
}

struct Shape {
  std::int64_t rows, cols;
};

void expect_permuted(DataType type, Shape shape, const Placement& from, const Placement& to,
                     bool columns) {
  Random random(shape.rows * 131 + shape.cols);
  Matrix m(type, shape.rows, shape.cols, from), want(type, shape.rows, shape.cols, to);
  fill_codes(m, random);
  const Permutation p = shuffled(columns ? shape.cols : shape.rows, random);
  want.each([&](std::int64_t r, std::int64_t c) {
    return columns ? m.bits(r, p[static_cast<std::size_t>(c)])
                   : m.bits(p[static_cast<std::size_t>(r)], c);
  });
  const std::string name =
      problem(m, {1, 1}, from) + ":" + to_string(to) + (columns ? ":columns" : ":rows");
  test::on_device(name,
                  [&](const Exec& exec) {
                    const DeviceMatrix in(m.view(), from.misalign);
                    Matrix got(type, shape.rows, shape.cols, to);
                    got.poison();
                    const DeviceMatrix out(got.view(), to.misalign);
                    ASSERT_TRUE(succeeds(columns ? permute_columns(exec, in.cview(), p, out.view())
                                                 : permute_rows(exec, in.cview(), p, out.view())));
                    out.read_into(got.view());
                    EXPECT_TRUE(same_bits(want, got));
                    EXPECT_TRUE(got.surroundings_intact());
                    EXPECT_TRUE(in.zones_intact());
                    EXPECT_TRUE(out.zones_intact());
                  },
                  {.schedules = 3});
}

class PermuteDevice : public testing::TestWithParam<DataType> {};

TEST_P(PermuteDevice, RowsAndColumnsOfEveryPlacement) {
  HEDDLE_NEED_DEVICE();
  for (const Shape shape : {Shape{1, 1}, {5, 17}, {33, 70}})
    for (const Placement& place : placements())
      for (const bool columns : {false, true}) {
        expect_permuted(GetParam(), shape, place, place, columns);
        expect_permuted(GetParam(), shape, place, {Order::row, 0, 0}, columns);
        expect_permuted(GetParam(), shape, place, {Order::col, 2, 1}, columns);
      }
}

// kept, total and the permutation itself are the CPU's, bit for bit.
void expect_search(const Matrix& m, const Placement& place, const PermutationOptions& options,
                   const test::Effort& effort = {.schedules = 2}) {
  const auto want = find_permutation(Exec::cpu(1), m.view(), options);
  ASSERT_TRUE(succeeds(want.status()));
  test::on_device(
      problem(m, options.pattern, place) + ":search" +
          std::to_string(static_cast<int>(options.search)),
      [&](const Exec& exec) {
        const DeviceMatrix in(m.view(), place.misalign);
        const auto got = find_permutation(exec, in.cview(), options);
        ASSERT_TRUE(succeeds(got.status()));
        EXPECT_EQ(got->permutation, want->permutation);
        EXPECT_EQ(got->kept, want->kept);
        EXPECT_EQ(got->kept_identity, want->kept_identity);
        EXPECT_EQ(got->total, want->total);
        EXPECT_EQ(got->steps, want->steps);
        const auto kept = permuted_magnitude(exec, in.cview(), got->permutation, options.pattern);
        ASSERT_TRUE(succeeds(kept.status()));
        EXPECT_EQ(*kept, got->kept);
        EXPECT_TRUE(in.zones_intact());
      },
      effort);
}

TEST_P(PermuteDevice, SearchIsTheCpus) {
  HEDDLE_NEED_DEVICE();
  for (const Placement& place : placements()) {
    Random random(3);
    Matrix m(GetParam(), 35, 14, place);
    fill_normal(m, random, GetParam() == DataType::i8 ? 20 : 1);
    PermutationOptions options;
    options.escapes = 1;
    options.search = PermutationSearch::stripes_8;
    expect_search(m, place, options);
  }
}

INSTANTIATE_TEST_SUITE_P(Types, PermuteDevice, testing::ValuesIn(matrix_types()), by_type);

TEST(PermuteSearchDevice, EveryStrategyAndPattern) {
  HEDDLE_NEED_DEVICE();
  Random random(8);
  Matrix m(DataType::f32, 70, 18);
  fill_normal(m, random);
  using enum PermutationSearch;
  for (const PermutationSearch search : {automatic, identity, matching, swap, stripes_8}) {
    PermutationOptions options;
    options.search = search;
    options.escapes = 1;
    expect_search(m, {}, options);
  }
  for (const Pattern pattern : {Pattern{1, 2}, {1, 4}, {3, 4}, {4, 8}, {3, 7}, {7, 9}, {9, 18}}) {
    PermutationOptions options;
    options.pattern = pattern;
    options.search = swap;
    options.escapes = 1;
    expect_search(m, {}, options);
  }
}

// More than kFlush rows a lane, sums beyond 32 bits, and blocks that take several windows.
TEST(PermuteSearchDevice, ManyRows) {
  HEDDLE_NEED_DEVICE();
  Random random(9);
  Matrix m(DataType::f32, 2100, 12);
  m.each([&](std::int64_t, std::int64_t) {
    return encode(DataType::f32, 0.9 + random.uniform() / 10);
  });
  PermutationOptions options;
  options.search = PermutationSearch::stripes_8;
  options.escapes = 0;
  expect_search(m, {}, options, {.schedules = 2, .max_blocks = 1});
}

TEST(PermuteSearchDevice, TiesGoToTheFirst) {
  HEDDLE_NEED_DEVICE();
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    Random random(seed);
    Matrix m(DataType::i8, 6, 16);
    fill_integers(m, random, 0, 1);
    PermutationOptions options;
    options.search = PermutationSearch::stripes_8;
    options.escapes = 0;
    expect_search(m, {}, options, {.schedules = 1});
  }
}

TEST(PermuteSearchDevice, LargestAndSmallestMagnitudes) {
  HEDDLE_NEED_DEVICE();
  for (const double scale : {1e-44, 1e-20, 1e37}) {
    Random random(4);
    Matrix m(DataType::f32, 9, 8);
    m.each([&](std::int64_t, std::int64_t) {
      return encode(DataType::f32, static_cast<double>(random.between(0, 9)) * scale);
    });
    expect_search(m, {}, {});
  }
}

TEST(PermuteSearchDevice, StackedAndNotFinite) {
  HEDDLE_NEED_DEVICE();
  Random random(5);
  Matrix a(DataType::bf16, 7, 12), b(DataType::f32, 40, 12, {Order::col, 1, 4});
  fill_normal(a, random);
  fill_normal(b, random);
  const ConstMatrixView host[] = {std::as_const(a).view(), std::as_const(b).view()};
  const auto want = find_permutation(Exec::cpu(1), host, 2);
  ASSERT_TRUE(succeeds(want.status()));
  Matrix bad = b;
  bad.set_bits(39, 2, nan_code(DataType::f32));
  bad.set_bits(38, 11, infinity_code(DataType::f32));
  test::on_device("stacked",
                  [&](const Exec& exec) {
                    const DeviceMatrix da(a.view()), db(b.view(), 4), dbad(bad.view(), 4);
                    const ConstMatrixView views[] = {da.cview(), db.cview()};
                    const auto got = find_permutation(exec, views, 2);
                    ASSERT_TRUE(succeeds(got.status()));
                    EXPECT_EQ(got->permutation, want->permutation);
                    EXPECT_EQ(got->kept, want->kept);
                    const ConstMatrixView broken[] = {da.cview(), dbad.cview()};
                    EXPECT_TRUE(fails(find_permutation(exec, broken, 2).status(),
                                      StatusCode::invalid_argument, {"matrices[1](38, 11)"}));
                  },
                  {.schedules = 4});
}

TEST(PermuteSearchDevice, EmptyMatrices) {
  HEDDLE_NEED_DEVICE();
  test::on_device("empty",
                  [&](const Exec& exec) {
                    const ConstMatrixView rows{nullptr, 0, 8, 8, DataType::f32, Order::row};
                    const ConstMatrixView cols{nullptr, 8, 0, 0, DataType::f32, Order::row};
                    for (const ConstMatrixView& view : {rows, cols}) {
                      const auto found = find_permutation(exec, view);
                      ASSERT_TRUE(succeeds(found.status()));
                      EXPECT_EQ(found->kept, 0);
                      EXPECT_EQ(static_cast<std::int64_t>(found->permutation.size()), view.cols);
                    }
                  },
                  {.schedules = 1});
}

}  // namespace
}  // namespace heddle
