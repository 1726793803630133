#pragma once
// The masks of an exact or at-most rule of a group up to 4, arranged for a search over all of them:
// a mask is a top half (rows 0, 1) with one of the bottom halves (rows 2, 3) that go with it.
//
// Every half has an addend, such that a mask's index, the sum of its halves' addends, ascends with
// the mask as a number (kernels/tile/tile_rule.hpp). So the largest (sum << index_bits) + index
// is the best mask, of equally good ones the one that keeps the lowest differing position.

#include <cstdint>

#include "kernels/tile/tile_rule.hpp"

namespace heddle::cpu {

struct TileTable {
  static constexpr int kMaxHalves = 64;
  static constexpr int kMaxIndices = 512;

  struct Half {
    std::uint8_t rows[2] = {};  // four bits each, column 0 in the top one
    std::int32_t addend = 0;
  };

  tile::MaskList list;
  int tops = 0, bottoms = 0;
  Half top[kMaxHalves] = {}, bottom[kMaxHalves] = {};
  std::int16_t first[kMaxHalves + 1] = {};       // of top t in `with`; the last is the end
  std::uint8_t with[tile::kMaxMasks] = {};       // bottoms
  std::int32_t mask_of_index[kMaxIndices] = {};  // 16 bits
  // 2:4, exact: lane_mask by 36 i + 6 j + k, where rows 0, 1, 2 keep pairs i, j, k of columns,
  // pairs ascending as numbers.
  bool by_pairs = false;
  std::int32_t mask_of_pairs[256] = {};
  int index_bits = 0;
  int entries = 0;     // the most that a mask keeps
  int count_bits = 0;  // of `entries`
};

// A mask as the CPU path stores it: bit 4 r + c is row r, column c.
constexpr std::uint16_t lane_mask(unsigned mask) {
  mask = (mask & 0x5555u) << 1 | (mask >> 1 & 0x5555u);
  mask = (mask & 0x3333u) << 2 | (mask >> 2 & 0x3333u);
  mask = (mask & 0x0F0Fu) << 4 | (mask >> 4 & 0x0F0Fu);
  return static_cast<std::uint16_t>((mask & 0xFFu) << 8 | mask >> 8);
}

// group <= 4; rule exact or at_most.
const TileTable& tile_table(Pattern pattern, bool at_most);

}  // namespace heddle::cpu
