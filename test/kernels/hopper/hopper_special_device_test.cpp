// NaN and infinity, masks of one kind, matrices of almost nothing.
#include "test/kernels/hopper/hopper_device_case.hpp"
#include "test/kernels/matmul/matmul_special_case.hpp"

namespace heddle::test {
namespace {

class HopperSpecial : public testing::TestWithParam<Kind> {
 protected:
  static std::vector<MatmulConfig> ways() {
    const int tokens = hopper_tokens(GetParam());
    std::vector<MatmulConfig> all = {warpgroups(2, 1, tokens, 2),
                                     split_among(warpgroups(2, 1, 128, 1, 2, 2), 1)};
    if (GetParam().a != DataType::f32) {
      all.push_back(warpgroups(2, 1, 256, 1, 1, 2));
      all.back().staged = true;
    }
    return all;
  }
  static std::vector<Order> orders() {
    if (size_of(GetParam().a) != 2) return {Order::col};
    return {Order::row, Order::col};
  }
  SpecialCases cases_{GetParam(), ways(), {Order::col}};
};
INSTANTIATE_TEST_SUITE_P(Kinds, HopperSpecial, testing::ValuesIn(hopper_kinds()), hopper_kind_name);

TEST_P(HopperSpecial, NaNInBReachesTheRowsThatSelectIt) {
  HEDDLE_NEED_HOPPER();
  if (!cases_.floats()) GTEST_SKIP() << "integers have no NaN";
  cases_.nan_in_b_reaches_the_rows_that_select_it();
}

TEST_P(HopperSpecial, NaNInAStaysInItsRow) {
  HEDDLE_NEED_HOPPER();
  if (!cases_.floats()) GTEST_SKIP() << "integers have no NaN";
  cases_.nan_in_a_stays_in_its_row();
}

// What a copy takes from behind the ends is zero, whatever lies there.
TEST_P(HopperSpecial, NaNBehindTheEndsOfB) {
  HEDDLE_NEED_HOPPER();
  SpecialCases both(GetParam(), {ways().front()}, orders());
  cases_.nan_behind_the_ends_of_b();
  both.nan_behind_the_ends_of_b();
}

TEST_P(HopperSpecial, AllZeroA) {
  HEDDLE_NEED_HOPPER();
  cases_.all_zero_a();
}

TEST_P(HopperSpecial, MasksOfOneNibble) {
  HEDDLE_NEED_HOPPER();
  cases_.masks_of_one_nibble();
}

TEST_P(HopperSpecial, LastBlockAlone) {
  HEDDLE_NEED_HOPPER();
  cases_.last_block_alone();
}

// Nothing is multiplied: the mma.sp kernel's.
TEST_P(HopperSpecial, EmptyProblems) {
  HEDDLE_NEED_HOPPER();
  cases_.empty_problems();
}

// A block of A more than half a unit: what follows a row's last block is the next row's first. NaN
// there does not leak.
TEST_P(HopperSpecial, NaNInTheNextRowsOfA) {
  HEDDLE_NEED_HOPPER();
  if (!cases_.floats()) GTEST_SKIP() << "integers have no NaN";
  Random random(647);
  const int unit = unit_cols(GetParam().a);
  for (const MatmulConfig& config : ways()) {
    DeviceCase c = case_of(GetParam(), 192, 10, 2 * unit + unit / 2, config);
    MatmulData x = make_data(c.p, c.data, random);
    const int group = c.p.pattern.group;
    for (std::int64_t r = 64; r < 128; ++r)
      for (std::int64_t s = 0; s < c.p.k; ++s) {
        x.kept.set(r, s, s % group < c.p.pattern.keep);
        if (s % group < c.p.pattern.keep) x.a.set_bits(r, s, nan_code(c.p.a));
      }
    Bound bound;
    bound.zeros_expected = true;
    expect_product(c, x, reference(c.p, x), bound);
  }
}

}  // namespace
}  // namespace heddle::test
