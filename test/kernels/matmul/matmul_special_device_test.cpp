// NaN and infinity, masks of one kind, matrices of almost nothing, and grids of few blocks.
#include "test/kernels/matmul/matmul_device_case.hpp"

namespace heddle::test {
namespace {

class MatmulSpecial : public testing::TestWithParam<Kind> {
 protected:
  DeviceCase of(std::int64_t m, std::int64_t n, std::int64_t k, const MatmulConfig& config) {
    return case_of(GetParam(), m, n, k, config);
  }
  bool floats() const { return GetParam().a != DataType::i8; }
  Bound exact() const {
    Bound bound;
    bound.zeros_expected = true;
    return bound;
  }
  Random random_{173};
};
INSTANTIATE_TEST_SUITE_P(Kinds, MatmulSpecial, testing::ValuesIn(kinds()), kind_name);

// ---- NaN and infinity ---------------------------------------------------------------------------

// In B: to exactly the rows whose stored entries select them, zeros among these.
TEST_P(MatmulSpecial, NaNInBReachesTheRowsThatSelectIt) {
  HEDDLE_NEED_DEVICE();
  if (!floats()) GTEST_SKIP() << "integers have no NaN";
  for (bool infinite : {false, true}) {
    if (infinite && !float_format(GetParam().b).has_infinity) continue;
    for (const MatmulConfig& config : {whole(2, 1, 4, 4, 1), split(whole(1, 2, 4, 2), 2)}) {
      DeviceCase c = of(70, 20, 2 * unit_cols(GetParam().a) - 1, config);
      MatmulData x = make_data(c.p, c.data, random_);
      fill_sparse_mask(x.kept, random_, c.p.pattern);
      for (std::int64_t i : {std::int64_t{3}, c.p.k - 2})
        for (std::int64_t j : {0, 7, 19})
          x.b.set_bits(i, j, infinite ? infinity_code(c.p.b) : nan_code(c.p.b));
      const Reference want = reference(c.p, x);
      int reached = 0, spared = 0;
      for (std::int64_t r = 0; r < c.p.m; ++r) std::isfinite(want.at(r, 7)) ? ++spared : ++reached;
      ASSERT_GT(reached, 0);
      ASSERT_GT(spared, 0);
      expect_product(c, x, want, exact());
    }
  }
}

TEST_P(MatmulSpecial, NaNInAStaysInItsRow) {
  HEDDLE_NEED_DEVICE();
  if (!floats()) GTEST_SKIP() << "integers have no NaN";
  DeviceCase c = of(70, 12, unit_cols(GetParam().a) + 9, whole(2, 1, 4, 2, 1));
  MatmulData x = make_data(c.p, c.data, random_);
  for (std::int64_t row : {5, 69})
    for (std::int64_t col : {8, 9, 10, 11}) {
      x.kept.set(row, col, col % 4 == 1);
      if (col % 4 == 1) x.a.set_bits(row, col, nan_code(c.p.a));
    }
  const Reference want = reference(c.p, x);
  for (std::int64_t r = 0; r < c.p.m; ++r) ASSERT_EQ(std::isnan(want.at(r, 3)), r == 5 || r == 69);
  expect_product(c, x, want, exact());
}

// Behind the end of k and n, in the memory that follows: of both orders, by every way B is loaded.
TEST_P(MatmulSpecial, NaNBehindTheEndsOfB) {
  HEDDLE_NEED_DEVICE();
  const int unit = unit_cols(GetParam().a),
            whole_run = 16 / static_cast<int>(size_of(GetParam().a));
  for (Order order : {Order::row, Order::col})
    for (std::size_t misalign : {0, 1})
      for (std::int64_t cut : {1, 3, whole_run / 2 + 1}) {
        // With its border, a line of B is a multiple of 16 bytes.
        DeviceCase c = of(40, 32 - cut, 3 * unit - cut, whole(1, 2, 4, 2, 1));
        c.border = 32 + cut;
        c.p.b_place = {order, 0, misalign};
        expect_product(c, random_);
      }
}

// ---- A ------------------------------------------------------------------------------------------

TEST_P(MatmulSpecial, AllZeroA) {
  HEDDLE_NEED_DEVICE();
  DeviceCase c = of(40, 9, unit_cols(GetParam().a) + 1, whole(2, 1, 4, 2, 1));
  MatmulData x = make_data(c.p, c.data, random_);
  x.a.each([&](auto, auto) { return encode(c.p.a, 0); });
  for (bool kept : {true, false}) {  // stored zeros; nothing but fillers
    for (std::int64_t r = 0; r < c.p.m; ++r)
      for (std::int64_t s = 0; s < c.p.k; ++s)
        if (!kept) x.kept.set(r, s, false);
    expect_product(c, x, reference(c.p, x), exact());
  }
}

// Every group keeps the same positions: each metadata nibble alone.
TEST_P(MatmulSpecial, MasksOfOneNibble) {
  HEDDLE_NEED_DEVICE();
  const Pattern pattern = pattern_of(GetParam().a);
  for (unsigned keep = 1; keep < 1u << pattern.group; ++keep) {
    if (__builtin_popcount(keep) != pattern.keep) continue;
    for (const MatmulConfig& config : {whole(2, 1, 4, 2, 1), whole(1, 2, 4, 8, 1, 2)}) {
      DeviceCase c = of(80, 17, 2 * unit_cols(GetParam().a), config);
      MatmulData x = make_data(c.p, c.data, random_);
      for (std::int64_t r = 0; r < c.p.m; ++r)
        for (std::int64_t s = 0; s < c.p.k; ++s)
          x.kept.set(r, s, (keep >> s % pattern.group & 1) != 0);
      expect_product(c, x, reference(c.p, x), exact());
    }
  }
}

// Odd numbers of blocks along k: the second half of a unit, or of a block, is not there.
TEST_P(MatmulSpecial, LastBlockAlone) {
  HEDDLE_NEED_DEVICE();
  const int unit = unit_cols(GetParam().a);
  for (int k : {unit / 2, unit + unit / 2, 2 * unit, 3 * unit, 4 * unit + unit / 2})
    for (const MatmulConfig& config : {whole(1, 1, 8, 1, 1), whole(8, 1, 1, 2, 1)})
      for (std::int64_t m : {1, 65}) {
        DeviceCase c = of(m, 8, k, config);
        c.p.b_place.order = k % unit == 0 ? Order::row : Order::col;
        c.border = 64;
        c.effort.schedules = 1;
        expect_product(c, random_);
      }
}

// ---- nothing ------------------------------------------------------------------------------------

// k = 0: D = activation(beta C + bias). m, n or the batch = 0: nothing happens.
TEST_P(MatmulSpecial, EmptyProblems) {
  HEDDLE_NEED_DEVICE();
  for (const MatmulConfig& config : {whole(2, 1, 4, 2, 2), split(whole(1, 1, 8, 1), 3)}) {
    for (bool bias : {false, true}) {
      DeviceCase c = of(70, 9, 0, config);
      c.p.bias = bias, c.p.beta = 2, c.p.activation = Activation::relu;
      MatmulData x = make_data(c.p, c.data, random_);
      expect_product(c, x, reference(c.p, x), exact());
      c.p.beta = 0;
      expect_product(c, x, reference(c.p, x), exact());
    }
    for (const auto& [m, n] : {std::pair{0, 9}, std::pair{9, 0}, std::pair{0, 0}}) {
      DeviceCase c = of(m, n, 40, config);
      c.p.bias = true, c.p.beta = 1;
      MatmulData x = make_data(c.p, c.data, random_);
      expect_product(c, x, reference(c.p, x), exact());
    }
  }
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
