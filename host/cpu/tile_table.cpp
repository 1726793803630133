#include "host/cpu/tile_table.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace heddle::cpu {
namespace {

// The distinct values of `half` of all masks, ascending.
struct Halves {
  unsigned value[TileTable::kMaxHalves] = {};
  int count = 0;
  int place(unsigned half) const {
    return static_cast<int>(std::lower_bound(value, value + count, half) - value);
  }
};

Halves halves(const tile::MaskList& list, unsigned (*half)(unsigned mask)) {
  Halves all;
  for (unsigned candidate = 0; candidate < 256; ++candidate)
    if (std::any_of(list.mask, list.mask + list.count,
                    [&](unsigned mask) { return half(mask) == candidate; }))
      all.value[all.count++] = candidate;
  return all;
}

unsigned top_of_mask(unsigned mask) { return mask >> 8; }
unsigned bottom_of_mask(unsigned mask) { return mask & 0xFFu; }

TileTable::Half half_of(unsigned eight_bits, int addend) {
  TileTable::Half half;
  half.rows[0] = static_cast<std::uint8_t>(eight_bits >> 4);
  half.rows[1] = static_cast<std::uint8_t>(eight_bits & 15u);
  half.addend = addend;
  return half;
}

// Of a row that keeps two columns: 0011, 0101, 0110, 1001, 1010, 1100.
int pair_of_row(unsigned row) {
  constexpr unsigned kRows[] = {3, 5, 6, 9, 10, 12};
  return static_cast<int>(std::find(kRows, kRows + 6, row) - kRows);
}

void index_by_pairs(TileTable& t) {
  t.by_pairs = true;
  for (int i = 0; i < t.list.count; ++i) {
    const unsigned mask = t.list.mask[i];
    const int index = 36 * pair_of_row(tile::row_of(mask, 0)) +
                      6 * pair_of_row(tile::row_of(mask, 1)) + pair_of_row(tile::row_of(mask, 2));
    t.mask_of_pairs[index] = lane_mask(mask);
  }
}

TileTable make_table(Pattern pattern, bool at_most) {
  TileTable t;
  t.list = tile::make_mask_list(pattern, at_most);
  const Halves tops = halves(t.list, top_of_mask), bottoms = halves(t.list, bottom_of_mask);
  t.tops = tops.count;
  t.bottoms = bottoms.count;

  // The height of a bottom: more than that of every smaller one that shares a top with it. Masks
  // descend, so bottoms of one top are adjacent; going up, a bottom's height is final in time.
  int height[TileTable::kMaxHalves] = {};
  for (int b = 0; b < bottoms.count; ++b) {
    for (int i = 0; i + 1 < t.list.count; ++i)
      if (bottom_of_mask(t.list.mask[i]) == bottoms.value[b] &&
          top_of_mask(t.list.mask[i]) == top_of_mask(t.list.mask[i + 1]))
        height[b] =
            std::max(height[b], height[bottoms.place(bottom_of_mask(t.list.mask[i + 1]))] + 1);
    t.bottom[b] = half_of(bottoms.value[b], height[b]);
  }

  int used = 0, next_index = 0;  // of the next top's least mask
  for (int i = 0; i < tops.count; ++i) {
    t.first[i] = static_cast<std::int16_t>(used);
    int least = TileTable::kMaxIndices, most = 0;
    for (int m = 0; m < t.list.count; ++m) {
      const unsigned mask = t.list.mask[m];
      if (top_of_mask(mask) != tops.value[i]) continue;
      const int b = bottoms.place(bottom_of_mask(mask));
      t.with[used++] = static_cast<std::uint8_t>(b);
      least = std::min(least, height[b]);
      most = std::max(most, height[b]);
      t.entries = std::max(t.entries, tile::count_bits(mask));
    }
    t.top[i] = half_of(tops.value[i], std::max(next_index - least, 0));
    next_index = t.top[i].addend + most + 1;
    for (int w = t.first[i]; w < used; ++w)
      t.mask_of_index[t.top[i].addend + height[t.with[w]]] =
          lane_mask(tops.value[i] << 8 | bottoms.value[t.with[w]]);
  }
  t.first[tops.count] = static_cast<std::int16_t>(used);
  t.index_bits = std::bit_width(static_cast<unsigned>(next_index - 1));
  t.count_bits = std::bit_width(static_cast<unsigned>(t.entries - 1));
  if (pattern == Pattern{2, 4} && !at_most) index_by_pairs(t);
  return t;
}

using Tables = std::array<TileTable, 2 * tile::kSide * tile::kSide>;

std::size_t place_of(Pattern pattern, bool at_most) {
  const int place = ((pattern.group - 1) * tile::kSide + pattern.keep - 1) * 2 + (at_most ? 1 : 0);
  return static_cast<std::size_t>(place);
}

Tables make_tables() {
  Tables all;
  for (int group = 1; group <= tile::kSide; ++group)
    for (int keep = 1; keep <= group; ++keep)
      for (const bool at_most : {false, true})
        all[place_of({keep, group}, at_most)] = make_table({keep, group}, at_most);
  return all;
}

}  // namespace

const TileTable& tile_table(Pattern pattern, bool at_most) {
  static const Tables all = make_tables();
  return all[place_of(pattern, at_most)];
}

}  // namespace heddle::cpu
