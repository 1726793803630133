// Fragment coordinates over their whole domain: against the manual's table, and against the
// inverse.

#include "kernels/layout/fragment.hpp"

#include <gtest/gtest.h>

#include <set>

namespace heddle::layout {
namespace {

// PTX ISA, sparse mma.m16n8k32 of 16-bit types, figure of operand A, lane 0 .. 3 of a quad, as
// (row, compressed column) of the two halves of each register.
TEST(Fragment, SixteenBitTableByHand) {
  struct Row {
    int lane, reg, row, col;
  };
  for (const Row& t :
       {Row{0, 0, 0, 0}, Row{1, 0, 0, 2}, Row{3, 0, 0, 6}, Row{0, 1, 8, 0}, Row{0, 2, 0, 8},
        Row{3, 2, 0, 14}, Row{3, 3, 8, 14}, Row{4, 0, 1, 0}, Row{31, 0, 7, 6}, Row{31, 3, 15, 14}})
    for (int elem = 0; elem < 2; ++elem) {
      const TilePlace p = a_place({t.lane, t.reg, elem}, 2);
      EXPECT_EQ(p.row, t.row) << t.lane << " " << t.reg;
      EXPECT_EQ(p.col, t.col + elem) << t.lane << " " << t.reg;
    }
}

class Fragment : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(PerRegister, Fragment, testing::Values(1, 2, 4));

TEST_P(Fragment, IsTheManualsFormula) {
  const int e = GetParam();
  for (int g = 0; g < 8; ++g)
    for (int q = 0; q < 4; ++q)
      for (int reg = 0; reg < 4; ++reg)
        for (int elem = 0; elem < e; ++elem) {
          const TilePlace p = a_place({4 * g + q, reg, elem}, e);
          EXPECT_EQ(p.row, reg % 2 == 0 ? g : g + 8);
          EXPECT_EQ(p.col, (reg < 2 ? 0 : 4 * e) + e * q + elem);
        }
}

TEST_P(Fragment, SlotAndPlaceAreInverse) {
  const int e = GetParam();
  std::set<std::pair<int, int>> seen;
  for (int lane = 0; lane < kLanes; ++lane)
    for (int reg = 0; reg < kFragmentRegs; ++reg)
      for (int elem = 0; elem < e; ++elem) {
        const TilePlace p = a_place({lane, reg, elem}, e);
        ASSERT_TRUE(p.row >= 0 && p.row < kRowTile && p.col >= 0 && p.col < 8 * e);
        ASSERT_TRUE(seen.insert({p.row, p.col}).second);
        const LaneSlot back = a_slot(p, e);
        ASSERT_EQ(back.lane, lane);
        ASSERT_EQ(back.reg, reg);
        ASSERT_EQ(back.elem, elem);
      }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kRowTile * 8 * e)) << "every entry has a slot";
}

// Usable in constant expressions.
static_assert(a_place({5, 3, 1}, 2).row == 9 && a_place({5, 3, 1}, 2).col == 11);
static_assert(a_slot({9, 11}, 2).lane == 5 && a_slot({9, 11}, 2).reg == 3);

}  // namespace
}  // namespace heddle::layout
