// The metadata alphabet and the lanes that supply it, over the whole domain.

#include "kernels/layout/metadata.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <tuple>

namespace heddle::layout {
namespace {

// ---- the alphabet -------------------------------------------------------------------------------

// What each of the sixteen nibbles says, by hand. {-1, -1}: undefined by the hardware.
constexpr std::array<std::pair<int, int>, 16> kMeaning = {{{-1, -1},
                                                           {-1, -1},
                                                           {-1, -1},
                                                           {-1, -1},
                                                           {0, 1},
                                                           {-1, -1},
                                                           {-1, -1},
                                                           {-1, -1},
                                                           {0, 2},
                                                           {1, 2},
                                                           {-1, -1},
                                                           {-1, -1},
                                                           {0, 3},
                                                           {1, 3},
                                                           {2, 3},
                                                           {-1, -1}}};

TEST(Nibbles, SixAreLegal) {
  std::set<unsigned> listed(std::begin(kLegalNibbles), std::end(kLegalNibbles));
  EXPECT_EQ(listed.size(), 6u);
  for (unsigned nibble = 0; nibble < 16; ++nibble) {
    const auto [first, second] = kMeaning[nibble];
    EXPECT_EQ(is_legal_nibble(nibble), first >= 0) << nibble;
    EXPECT_EQ(listed.count(nibble), first >= 0 ? 1u : 0u) << nibble;
    if (first < 0) continue;
    EXPECT_EQ(nibble_first(nibble), first);
    EXPECT_EQ(nibble_second(nibble), second);
    EXPECT_EQ(make_nibble(first, second), nibble);
  }
  for (unsigned more = 16; more < 256; ++more) EXPECT_FALSE(is_legal_nibble(more)) << more;
}

TEST(Nibbles, PositionsRoundTrip) {
  for (int first = 0; first < 4; ++first)
    for (int second = 0; second < 4; ++second) {
      const unsigned nibble = make_nibble(first, second);
      EXPECT_EQ(nibble_first(nibble), first);
      EXPECT_EQ(nibble_second(nibble), second);
      EXPECT_EQ(is_legal_nibble(nibble), first < second);
    }
}

TEST(Nibbles, TwoAreLegalForPairsOfHalves) {
  for (unsigned nibble = 0; nibble < 16; ++nibble)
    EXPECT_EQ(is_half_pair_nibble(nibble), nibble == 0x4 || nibble == 0xE) << nibble;
  EXPECT_EQ(half_pair_nibble(0), 0x4u);
  EXPECT_EQ(half_pair_nibble(1), 0xEu);
  EXPECT_EQ(half_pair_position(0x4), 0);
  EXPECT_EQ(half_pair_position(0xE), 1);
}

// ---- lanes --------------------------------------------------------------------------------------

using RowChunk = std::tuple<int, int, int>;  // row, chunk, selector

// Which chunk each bit field of each lane's word holds, written out from the manual lane by lane:
// quads of lanes T0..T3 serve rows g and g + 8.
std::map<std::pair<int, int>, RowChunk> manual(MetadataForm form) {
  std::map<std::pair<int, int>, RowChunk> table;  // (lane, nibble) -> (row, chunk, selector)
  for (int g = 0; g < 8; ++g)
    for (int n = 0; n < 8; ++n) {
      if (form == MetadataForm::halves) {
        const int row = n < 4 ? g : g + 8;
        table[{4 * g + 0, n}] = {row, n % 4, 0};      // T0: first 16 columns, selector 0
        table[{4 * g + 1, n}] = {row, 4 + n % 4, 0};  // T1: last 16
        table[{4 * g + 2, n}] = {row, n % 4, 1};      // T2, T3: the same for selector 1
        table[{4 * g + 3, n}] = {row, 4 + n % 4, 1};
      } else {
        table[{4 * g + 0, n}] = {g, n, 0};  // T0: row g, first 32 columns
        table[{4 * g + 1, n}] = {g + 8, n, 0};
        table[{4 * g + 2, n}] = {g, 8 + n, 0};  // T2, T3: last 32 columns
        table[{4 * g + 3, n}] = {g + 8, 8 + n, 0};
      }
    }
  return table;
}

class Lanes : public testing::TestWithParam<MetadataForm> {};
INSTANTIATE_TEST_SUITE_P(Forms, Lanes, testing::Values(MetadataForm::halves, MetadataForm::rows));

TEST_P(Lanes, AreTheManuals) {
  const auto table = manual(GetParam());
  ASSERT_EQ(table.size(), 256u);
  for (const auto& [slot, place] : table) {
    const auto [row, chunk, selector] = place;
    const MetadataSlot got = metadata_slot(GetParam(), {row, chunk, selector});
    EXPECT_EQ(got.lane, slot.first);
    EXPECT_EQ(got.nibble, slot.second);
    EXPECT_EQ(got.selector, selector);
  }
}

TEST_P(Lanes, SlotAndPlaceAreInverse) {
  std::set<RowChunk> seen;
  for (int lane = 0; lane < 32; ++lane)
    for (int nibble = 0; nibble < 8; ++nibble) {
      const ChunkPlace p = chunk_place(GetParam(), lane, nibble);
      ASSERT_TRUE(p.row >= 0 && p.row < 16 && p.chunk >= 0 &&
                  p.chunk < chunks_per_row(GetParam()) && p.selector >= 0 &&
                  p.selector < selectors(GetParam()));
      ASSERT_TRUE(seen.insert({p.row, p.chunk, p.selector}).second);
      const MetadataSlot back = metadata_slot(GetParam(), p);
      ASSERT_EQ(back.lane, lane);
      ASSERT_EQ(back.nibble, nibble);
      ASSERT_EQ(back.selector, p.selector);
    }
  EXPECT_EQ(seen.size(), 256u);
}

TEST(Lanes, CountsOfTheForms) {
  EXPECT_EQ(chunks_per_row(MetadataForm::halves), 8);
  EXPECT_EQ(chunks_per_row(MetadataForm::rows), 16);
  EXPECT_EQ(selectors(MetadataForm::halves), 2);
  EXPECT_EQ(selectors(MetadataForm::rows), 1);
}

static_assert(metadata_slot(MetadataForm::rows, {9, 12, 0}).lane == 7);
static_assert(chunk_place(MetadataForm::halves, 2, 5).row == 8);

}  // namespace
}  // namespace heddle::layout
