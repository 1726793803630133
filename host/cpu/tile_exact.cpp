#include "host/cpu/tile_exact.hpp"

#include <algorithm>

namespace heddle::cpu {
namespace {

// Weights as integers: finite ones by their kBits highest bits below the largest one's; more than
// any mask's finite sum for an infinity, more than any mask's infinities for a NaN.
constexpr int kBits = 40;
constexpr std::int64_t kInfinityValue = std::int64_t{1} << (kBits + 4);
constexpr std::int64_t kNanValue = std::int64_t{1} << (kBits + 8);
// Sums of 16 of them and the index take 63 bits.
static_assert(kBits + 8 + 4 + 9 < 63 && TileTable::kMaxIndices <= 1 << 9);

struct Integers {
  std::int64_t value[tile::kEntries];
  bool exact = true;
};

Integers integers_of(const std::uint32_t (&weight)[tile::kEntries]) {
  Integers out;
  const int low = tile::top_of(tile::largest_finite(weight)) - kBits;
  for (int i = 0; i < tile::kEntries; ++i) {
    const std::uint32_t w = weight[i];
    if (w >= tile::kInfinity) {
      out.value[i] = w == tile::kInfinity ? kInfinityValue : kNanValue;
      continue;
    }
    const int left = tile::shift_of(w) - low;  // at most kBits - 24
    const std::int64_t significand = tile::significand_of(w);
    out.value[i] = left >= 0 ? significand << left : left > -24 ? significand >> -left : 0;
    out.exact = out.exact && tile::quantises_exactly(w, low);
  }
  return out;
}

}  // namespace

std::uint16_t best_tile(const std::uint32_t (&weight)[tile::kEntries], const TileTable& table) {
  const Integers integers = integers_of(weight);
  std::int64_t sum[tile::kSide][16];  // of a row's entries, by the pattern that keeps them
  for (int r = 0; r < tile::kSide; ++r) {
    sum[r][0] = 0;
    for (unsigned p = 1; p < 16; ++p) {
      const unsigned lowest = p & (0u - p);
      const int column = lowest == 8 ? 0 : lowest == 4 ? 1 : lowest == 2 ? 2 : 3;
      sum[r][p] = sum[r][p ^ lowest] + (integers.value[4 * r + column] << table.index_bits);
    }
  }
  std::int64_t bottom[TileTable::kMaxHalves];
  for (int b = 0; b < table.bottoms; ++b) {
    const TileTable::Half& half = table.bottom[b];
    bottom[b] = sum[2][half.rows[0]] + sum[3][half.rows[1]] + half.addend;
  }
  std::int64_t best = -1, second = -1;
  for (int t = 0; t < table.tops; ++t) {
    const TileTable::Half& half = table.top[t];
    const std::int64_t top = sum[0][half.rows[0]] + sum[1][half.rows[1]] + half.addend;
    for (int i = table.first[t]; i < table.first[t + 1]; ++i) {
      const std::int64_t candidate = top + bottom[table.with[i]];
      second = std::max(second, std::min(best, candidate));
      best = std::max(best, candidate);
    }
  }
  // Rounding down took less than a unit from every entry, so a mask this far behind stays behind.
  const bool certain = integers.exact || second < 0 ||
                       (best >> table.index_bits) - (second >> table.index_bits) >= table.entries;
  if (!certain) return lane_mask(tile::best_of_list(weight, table.list));
  return static_cast<std::uint16_t>(
      table.mask_of_index[best & ((std::int64_t{1} << table.index_bits) - 1)]);
}

}  // namespace heddle::cpu
