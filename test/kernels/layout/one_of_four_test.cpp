// 1:4 inside 2:4: four nibbles, each saying by itself which entry is kept.

#include "kernels/layout/one_of_four.hpp"

#include <gtest/gtest.h>

#include <set>

namespace heddle::layout {
namespace {

// Kept position -> (first, second) position of the pair, and which of the two is the kept one.
struct Row {
  int kept, first, second, slot;
};
constexpr Row kTable[] = {{0, 0, 1, 0}, {1, 1, 2, 0}, {2, 2, 3, 0}, {3, 0, 3, 1}};

TEST(OneOfFour, TableByHand) {
  for (const Row& row : kTable) {
    const unsigned nibble = one_of_four_nibble(row.kept);
    EXPECT_EQ(nibble, static_cast<unsigned>(row.first + 4 * row.second));
    EXPECT_EQ(one_of_four_slot(row.kept), row.slot);
    EXPECT_EQ((row.slot == 0 ? row.first : row.second), row.kept);
  }
}

TEST(OneOfFour, NibbleAndPositionAreInverse) {
  std::set<unsigned> used;
  for (int position = 0; position < 4; ++position) {
    const unsigned nibble = one_of_four_nibble(position);
    EXPECT_TRUE(is_legal_nibble(nibble));
    EXPECT_TRUE(used.insert(nibble).second);
    EXPECT_EQ(one_of_four_position(nibble), position);
  }
  for (unsigned nibble = 0; nibble < 16; ++nibble) {
    EXPECT_EQ(is_one_of_four_nibble(nibble), used.count(nibble) == 1) << nibble;
    const bool is_zero = one_of_four_position(nibble) == 0;
    EXPECT_EQ(is_zero, nibble == 0x4 || used.count(nibble) == 0) << nibble;
  }
}

}  // namespace
}  // namespace heddle::layout
