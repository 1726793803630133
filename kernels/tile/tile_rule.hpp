#pragma once
// Masks of a tile of a group of up to 4, and which of two is better, exactly.
//
// A mask is a 16-bit number: row r, column c of the tile is bit 15 - (4 r + c), also in smaller
// groups. So of two masks the one that keeps the lowest position in which they differ is the
// larger number.

#include <cstdint>

#include "heddle/pattern.hpp"
#include "kernels/layout/host_device.hpp"
#include "kernels/tile/tile_weight.hpp"

namespace heddle::tile {

inline constexpr int kSide = 4;
inline constexpr int kEntries = 16;
inline constexpr int kMaxMasks = 192;  // 186 at most 2:4, 184 at most 3:4

HEDDLE_HD constexpr unsigned mask_bit(int position) { return 0x8000u >> position; }
HEDDLE_HD constexpr unsigned row_of(unsigned mask, int row) { return mask >> 4 * (3 - row) & 15u; }

// ---- the masks of a rule ------------------------------------------------------------------------

struct MaskList {
  int count = 0;
  std::uint16_t mask[kMaxMasks] = {};  // descending: of equally good ones the first is wanted
};

// Kept entries by column, four bits each: column 0 in the top four of 16. All at once, because
// clang counts the steps of a constant expression.
HEDDLE_HD constexpr unsigned column_counts(unsigned row) {
  return (row & 1u) | (row & 2u) << 3 | (row & 4u) << 6 | (row & 8u) << 9;
}
HEDDLE_HD constexpr int count_bits(unsigned x) {  // of 16
  x = (x & 0x5555u) + (x >> 1 & 0x5555u);
  x = (x & 0x3333u) + (x >> 2 & 0x3333u);
  x = (x & 0x0F0Fu) + (x >> 4 & 0x0F0Fu);
  return static_cast<int>((x & 0xFFu) + (x >> 8));
}
// Row r, column c.
HEDDLE_HD constexpr unsigned row_bits(int r) { return 0xF000u >> 4 * r; }
HEDDLE_HD constexpr unsigned column_bits(int c) { return 0x8888u >> c; }

HEDDLE_HD constexpr int count_of_row(unsigned row) {
  return static_cast<int>((row & 1u) + (row >> 1 & 1u) + (row >> 2 & 1u) + (row >> 3 & 1u));
}

// Rows placed so far.
struct PartialMask {
  unsigned mask = 0;     // 16 bits
  unsigned counts = 0;   // column_counts of their sum
  unsigned covered = 0;  // the rows that hold `keep`, as bits of the mask
};

// The places where no entry can be added: those of full rows and columns, of kept entries, and
// those beyond the group.
HEDDLE_HD constexpr bool is_maximal(const PartialMask& m, Pattern pattern) {
  unsigned row = 0xFu >> pattern.group;  // beyond, or a full column
  for (int c = 0; c < pattern.group; ++c)
    if (static_cast<int>(m.counts >> 4 * (3 - c) & 15u) == pattern.keep) row |= 8u >> c;
  const unsigned below = 0xFFFFu >> 4 * pattern.group;
  return (m.mask | m.covered | row * 0x1111u | below) == 0xFFFFu;
}

// Columns do not exceed keep after `rows` rows, and for the exact rule can still reach it.
HEDDLE_HD constexpr bool can_go_on(unsigned counts, int rows, Pattern pattern, bool at_most) {
  for (int c = 0; c < pattern.group; ++c) {
    const int kept = static_cast<int>(counts >> 4 * (3 - c) & 15u);
    if (kept > pattern.keep) return false;
    if (!at_most && kept + pattern.group - rows < pattern.keep) return false;
  }
  return true;
}

// All masks of an exact (not at_most) or at-most rule, group <= 4.
constexpr MaskList make_mask_list(Pattern pattern, bool at_most) {
  MaskList list;
  unsigned rows[16] = {};  // what a row may be, descending
  int choices = 0;
  for (unsigned row = 16; row-- > 0;) {
    const int kept = count_of_row(row);
    // An at-most mask leaves no row empty: some column would have room.
    const bool fits = at_most ? kept >= 1 && kept <= pattern.keep : kept == pattern.keep;
    if (fits && (row & (0xFu >> pattern.group)) == 0) rows[choices++] = row;
  }
  PartialMask before[kSide + 1];
  int next[kSide] = {};
  for (int r = 0; r >= 0;) {
    if (next[r] == choices) {
      next[r--] = 0;
      continue;
    }
    const unsigned row = rows[next[r]++];
    PartialMask m = before[r];
    m.mask |= row << 4 * (3 - r);
    m.counts += column_counts(row);
    if (count_of_row(row) == pattern.keep) m.covered |= 0xF000u >> 4 * r;
    if (!can_go_on(m.counts, r + 1, pattern, at_most)) continue;
    before[r + 1] = m;
    if (r + 1 < pattern.group)
      ++r;
    else if (!at_most || is_maximal(m, pattern))
      list.mask[list.count++] = static_cast<std::uint16_t>(m.mask);
  }
  return list;
}

// ---- which mask is better -----------------------------------------------------------------------

inline constexpr int kLimbBits = 28;

// Bits [low, low + kLimbBits) of a finite weight as a fixed-point number of unit 2^-149; low may be
// negative, where all bits are zero.
HEDDLE_HD constexpr std::uint32_t limb_of(std::uint32_t weight, int low) {
  constexpr std::uint32_t kLimb = (1u << kLimbBits) - 1;
  const int left = shift_of(weight) - low;
  const std::uint32_t significand = significand_of(weight);
  if (left >= 0) return left < kLimbBits ? significand << left & kLimb : 0;
  return left > -24 ? significand >> -left : 0;
}

// The sign of (a's sum - b's sum): NaN count, then infinity count, then the sum of finite weights
// as a real number. largest: no finite weight exceeds it.
//
// The sums are compared limb by limb from the top, as the running difference in units of the
// limb. What lies below the limb is less than one unit an entry, so it changes the difference by
// less than 16; at 16 the sign is certain.
HEDDLE_HD constexpr int compare_masks(const std::uint32_t (&weight)[kEntries],
                                      std::uint32_t largest, unsigned a, unsigned b) {
  const unsigned only_a = a & ~b, only_b = b & ~a;
  int special = 0;
  for (int i = 0; i < kEntries; ++i) {
    const int side = ((only_a & mask_bit(i)) != 0 ? 1 : 0) - ((only_b & mask_bit(i)) != 0 ? 1 : 0);
    special += weight[i] == kNan ? side * 64 : weight[i] == kInfinity ? side : 0;
  }
  if (special != 0) return special > 0 ? 1 : -1;
  std::int64_t ahead = 0;
  for (int low = top_of(largest) - kLimbBits;; low -= kLimbBits) {
    ahead *= std::int64_t{1} << kLimbBits;
    for (int i = 0; i < kEntries; ++i) {
      const std::int64_t limb = weight[i] < kInfinity ? limb_of(weight[i], low) : 0;
      ahead += (only_a & mask_bit(i)) != 0 ? limb : 0;
      ahead -= (only_b & mask_bit(i)) != 0 ? limb : 0;
    }
    if (ahead >= 16 || ahead <= -16 || low <= 0) break;
  }
  return ahead > 0 ? 1 : ahead < 0 ? -1 : 0;
}

HEDDLE_HD constexpr std::uint32_t largest_finite(const std::uint32_t (&weight)[kEntries]) {
  std::uint32_t largest = 0;
  for (int i = 0; i < kEntries; ++i)
    largest = weight[i] < kInfinity && weight[i] > largest ? weight[i] : largest;
  return largest;
}

// The best mask of a list, the lowest of equally good ones by position. Entries beyond the group or
// the matrix have weight 0. The definition; every faster way gives the same.
HEDDLE_HD constexpr unsigned best_of_list(const std::uint32_t (&weight)[kEntries],
                                          const MaskList& list) {
  const std::uint32_t largest = largest_finite(weight);
  unsigned best = list.mask[0];
  for (int i = 1; i < list.count; ++i)
    if (compare_masks(weight, largest, list.mask[i], best) > 0) best = list.mask[i];
  return best;
}

}  // namespace heddle::tile
