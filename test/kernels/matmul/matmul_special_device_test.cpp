// NaN and infinity, masks of one kind, matrices of almost nothing, and grids of few blocks.
#include "test/kernels/matmul/matmul_special_case.hpp"

namespace heddle::test {
namespace {

class MatmulSpecial : public testing::TestWithParam<Kind> {
 protected:
  DeviceCase of(std::int64_t m, std::int64_t n, std::int64_t k, const MatmulConfig& config) {
    return case_of(GetParam(), m, n, k, config);
  }
  SpecialCases cases_{GetParam(),
                      {whole(2, 1, 4, 4, 1), split(whole(1, 2, 4, 2), 2), whole(1, 1, 8, 1, 1),
                       whole(8, 1, 1, 2, 1)},
                      {Order::row, Order::col}};
  Random random_{173};
};
INSTANTIATE_TEST_SUITE_P(Kinds, MatmulSpecial, testing::ValuesIn(kinds()), kind_name);

TEST_P(MatmulSpecial, NaNInBReachesTheRowsThatSelectIt) {
  HEDDLE_NEED_DEVICE();
  if (!cases_.floats()) GTEST_SKIP() << "integers have no NaN";
  cases_.nan_in_b_reaches_the_rows_that_select_it();
}

TEST_P(MatmulSpecial, NaNInAStaysInItsRow) {
  HEDDLE_NEED_DEVICE();
  if (!cases_.floats()) GTEST_SKIP() << "integers have no NaN";
  cases_.nan_in_a_stays_in_its_row();
}

TEST_P(MatmulSpecial, NaNBehindTheEndsOfB) {
  HEDDLE_NEED_DEVICE();
  cases_.nan_behind_the_ends_of_b();
}

TEST_P(MatmulSpecial, AllZeroA) {
  HEDDLE_NEED_DEVICE();
  cases_.all_zero_a();
}

TEST_P(MatmulSpecial, MasksOfOneNibble) {
  HEDDLE_NEED_DEVICE();
  cases_.masks_of_one_nibble();
}

TEST_P(MatmulSpecial, LastBlockAlone) {
  HEDDLE_NEED_DEVICE();
  cases_.last_block_alone();
}

TEST_P(MatmulSpecial, EmptyProblems) {
  HEDDLE_NEED_DEVICE();
  cases_.empty_problems();
}

// ---- few blocks ---------------------------------------------------------------------------------

// Whole tiles do not care who computes them, nor how many there are to do it.
TEST_P(MatmulSpecial, AnyNumberOfBlocks) {
  HEDDLE_NEED_DEVICE();
  std::optional<Matrix> first;
  for (int blocks : {1, 2, 3, 100})
    for (std::int64_t most : {1, 2, 0}) {
      Random same(179);
      DeviceCase c = of(300, 20, 2 * unit_cols(GetParam().a) + 7, whole(1, 1, 8, 2, blocks, 2));
      c.data = Data::real;
      c.effort.schedules = 1;
      c.effort.max_blocks = most;
      MatmulData x = make_data(c.p, c.data, same);
      const Reference want = reference(c.p, x);
      std::optional<Matrix> bits;
      expect_product(c, x, want, bound_of(c.p, want), &bits);
      ASSERT_TRUE(bits);
      if (first) {
        ASSERT_TRUE(same_bits(*first, *bits)) << blocks << " blocks, at most " << most;
      }
      first = bits;
    }
}

// Split tiles: every block's range within one tile, across several, whole tiles behind them, and
// more blocks than there are steps to split.
TEST_P(MatmulSpecial, AnyNumberOfSplitBlocks) {
  HEDDLE_NEED_DEVICE();
  for (int blocks : {1, 2, 3, 5, 7, 16}) {
    DeviceCase c = of(150, 20, 9 * unit_cols(GetParam().a) + 7,
                      split(whole(1, 1, 8, 2, 2, 2), blocks,
                            blocks == 3    ? 4
                            : blocks == 16 ? 1
                                           : 4096));
    c.effort.schedules = blocks == 5 ? 16 : 1;
    expect_product(c, random_);
  }
}

// Three blocks with a part of one tile each: 2^27, -2^27 and 1 make 1 in this order alone.
TEST(MatmulSlots, AreAddedInAscendingOrder) {
  HEDDLE_NEED_DEVICE();
  DeviceCase c;
  c.p = problem_of({DataType::bf16, DataType::bf16, 120}, 40, 8, 3 * 512, DataType::f32);
  c.config = split(whole(1, 1, 8, 1, 3), 3);
  Random random(181);
  MatmulData x = make_data(c.p, c.data, random);
  x.a.each([&](auto, auto) { return encode(c.p.a, 1); });
  x.b.each([&](auto r, auto) {
    const double value = r == 0 ? 0x1p27 : r == 512 ? -0x1p27 : r == 1024 ? 1 : 0;
    return encode(c.p.b, value);
  });
  for (std::int64_t r = 0; r < c.p.m; ++r)
    for (std::int64_t s = 0; s < c.p.k; ++s) x.kept.set(r, s, s % 4 < 2);
  expect_product(c, x, reference(c.p, x), {});
}

}  // namespace
}  // namespace heddle::test
