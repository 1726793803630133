// Tile masks in vectors of 32-bit lanes, one tile a lane. docs/kernels/tile_mask.md.

#include "host/cpu/tile_simd.hpp"

#include "host/cpu/simd_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "host/cpu/tile_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "host/cpu/tile_simd_inl.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace heddle::cpu {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// ---- 2:4, exact ---------------------------------------------------------------------------------

// A row keeps one of six pairs of columns; pair k and pair 5 - k are each other's complement. The
// index of a mask is 36 times the pair of row 0 and 6 times that of row 1 and that of row 2: it
// fits in kPairBits and ascends with the mask.
constexpr int kPairs = 6, kPairBits = 8;

// Two candidates or more: the best and the next.
struct Ranked {
  V best, next;
};
HWY_INLINE Ranked ranked(V a, V b) { return {hn::Max(a, b), hn::Min(a, b)}; }
template <bool kNext>
HWY_INLINE void merge(Ranked& all, V candidate) {
  if constexpr (kNext) all.next = hn::Max(all.next, hn::Min(all.best, candidate));
  all.best = hn::Max(all.best, candidate);
}

// Candidates of two halves that go together whatever is chosen of each.
template <bool kNext>
HWY_INLINE void merge_halves(Ranked& all, const Ranked& top, const Ranked& bottom) {
  merge<kNext>(all, hn::Add(top.best, bottom.best));
  if constexpr (kNext)
    all.next =
        hn::Max(all.next, hn::Max(hn::Add(top.best, bottom.next), hn::Add(top.next, bottom.best)));
}

// The largest sum with its index, and with kNext the next. A top half goes with the bottom halves
// that keep what it lacks of two in every column:
//   the same pair twice      the complement twice;
//   a pair and its complement, any of the six such pairs of rows;
//   pairs that share a column: their complements, both pairs of rows in either order.
template <bool kNext>
HWY_INLINE Ranked search_pairs(D d, const V (&x)[kEntries]) {
  V row[4][kPairs];
  for (int r = 0; r < 4; ++r) {
    const int step = r == 0 ? 36 : r == 1 ? 6 : r == 2 ? 1 : 0;
    const V c0 = hn::ShiftLeft<kPairBits>(x[4 * r]), c1 = hn::ShiftLeft<kPairBits>(x[4 * r + 1]);
    const V c2 = hn::ShiftLeft<kPairBits>(x[4 * r + 2]);
    const V c3 = hn::ShiftLeft<kPairBits>(x[4 * r + 3]);
    row[r][0] = hn::Add(c2, c3);
    row[r][1] = hn::Add(hn::Add(c1, c3), hn::Set(d, step));
    row[r][2] = hn::Add(hn::Add(c1, c2), hn::Set(d, 2 * step));
    row[r][3] = hn::Add(hn::Add(c0, c3), hn::Set(d, 3 * step));
    row[r][4] = hn::Add(hn::Add(c0, c2), hn::Set(d, 4 * step));
    row[r][5] = hn::Add(hn::Add(c0, c1), hn::Set(d, 5 * step));
  }
  const auto top = [&](int i, int j) HWY_ATTR { return hn::Add(row[0][i], row[1][j]); };
  const auto bottom = [&](int i, int j) HWY_ATTR { return hn::Add(row[2][i], row[3][j]); };
  const V none = hn::Set(d, -(1 << 30));
  Ranked all{none, none};
  Ranked tops = ranked(top(0, 5), top(5, 0)), bottoms = ranked(bottom(0, 5), bottom(5, 0));
  for (int i = 1; i < kPairs - 1; ++i) {
    merge<kNext>(tops, top(i, 5 - i));
    merge<kNext>(bottoms, bottom(i, 5 - i));
  }
  merge_halves<kNext>(all, tops, bottoms);
  for (int i = 0; i < kPairs; ++i) {
    merge<kNext>(all, hn::Add(top(i, i), bottom(5 - i, 5 - i)));
    for (int j = i + 1; j < kPairs; ++j)
      if (i + j != 5)
        merge_halves<kNext>(all, ranked(top(i, j), top(j, i)),
                            ranked(bottom(5 - i, 5 - j), bottom(5 - j, 5 - i)));
  }
  return all;
}

// ---- search over a table ------------------------------------------------------------------------

// Sums of a row by the pattern that keeps them, bit 3 - c for column c.
struct RowSums {
  HWY_ALIGN std::int32_t sum[4][16][kMaxLanes];
};

HWY_INLINE void add_rows(D d, const V (&x)[kEntries], int index_bits, RowSums& sums) {
  for (int r = 0; r < 4; ++r) {
    V s[16];
    s[0] = hn::Zero(d);
    for (int c = 0; c < 4; ++c) s[8 >> c] = hn::ShiftLeftSame(x[4 * r + c], index_bits);
    s[3] = hn::Add(s[1], s[2]);
    for (int p = 5; p < 8; ++p) s[p] = hn::Add(s[4], s[p - 4]);
    for (int p = 9; p < 16; ++p) s[p] = hn::Add(s[8], s[p - 8]);
    for (int p = 0; p < 16; ++p) hn::Store(s[p], d, sums.sum[r][p]);
  }
}

template <bool kNext>
HWY_INLINE Ranked search_table(D d, const V (&x)[kEntries], const TileTable& table) {
  RowSums sums;
  add_rows(d, x, table.index_bits, sums);
  HWY_ALIGN std::int32_t bottoms[TileTable::kMaxHalves][kMaxLanes];
  const auto half_sum = [&](int row, const TileTable::Half& half) HWY_ATTR {
    return hn::Add(hn::Set(d, half.addend), hn::Add(hn::Load(d, sums.sum[row][half.rows[0]]),
                                                    hn::Load(d, sums.sum[row + 1][half.rows[1]])));
  };
  for (int b = 0; b < table.bottoms; ++b) hn::Store(half_sum(2, table.bottom[b]), d, bottoms[b]);
  const V none = hn::Set(d, -1);
  Ranked all{none, none};
  for (int t = 0; t < table.tops; ++t) {
    const V top = half_sum(0, table.top[t]);
    for (int i = table.first[t]; i < table.first[t + 1]; ++i)
      merge<kNext>(all, hn::Add(top, hn::Load(d, bottoms[table.with[i]])));
  }
  return all;
}

template <class F>
HWY_INLINE void list_lanes(D d, Lanes lanes, const F& f) {
  if (hn::AllFalse(d, lanes)) return;
  HWY_ALIGN std::int32_t flags[kMaxLanes];
  hn::Store(hn::VecFromMask(d, lanes), d, flags);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i)
    if (flags[i] != 0) f(i);
}

// One lane-full of tiles: masks, and the lanes that are undecided.
template <class Type, bool kByPairs>
HWY_INLINE Lanes search_lanes(const TileStrip& strip, std::int64_t tile, const TileTable& table,
                              std::uint16_t* masks) {
  const D d;
  constexpr bool kNext = !kAlwaysExact<Type>;
  V x[kEntries], inexact;
  Lanes undecided;
  load_magnitudes<Type>(d, strip.rows, tile, strip.ranking == Ranking::value, x);
  const int index_bits = kByPairs ? kPairBits : table.index_bits;
  quantise<Type>(d, std::min(31 - index_bits - table.count_bits, 22), x, inexact, undecided);
  Ranked all;
  if constexpr (kByPairs)
    all = search_pairs<kNext>(d, x);
  else
    all = search_table<kNext>(d, x, table);
  if constexpr (kNext) {
    // Every entry lost less than a unit, so a mask that is this far behind stays behind.
    const V gap =
        hn::Sub(hn::ShiftRightSame(all.best, index_bits), hn::ShiftRightSame(all.next, index_bits));
    const auto close = hn::Lt(gap, hn::Set(d, table.entries));
    undecided = hn::Or(undecided, hn::And(close, hn::Ne(inexact, hn::Zero(d))));
  }
  const V index = hn::And(all.best, hn::Set(d, (1 << index_bits) - 1));
  const V mask = hn::GatherIndex(d, kByPairs ? table.mask_of_pairs : table.mask_of_index, index);
  const hn::Rebind<std::uint16_t, D> d16;
  hn::StoreU(hn::DemoteTo(d16, mask), d16, masks);
  return undecided;
}

// Calls lanes(strip, tile, masks) for a lane-full of tiles at a time, the last ones in copies with
// zeros behind them.
template <class T, class F>
HWY_INLINE std::int64_t for_lanes(const TileStrip& strip, std::uint16_t* masks,
                                  std::int32_t* undecided, const F& lanes) {
  const D d;
  const auto count = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t listed = 0, tile = 0;
  for (; tile + count <= strip.tiles; tile += count)
    list_lanes(d, lanes(strip, tile, masks + tile), [&](std::size_t i) {
      undecided[listed++] = static_cast<std::int32_t>(tile) + static_cast<std::int32_t>(i);
    });
  const std::int64_t rest = strip.tiles - tile;
  if (rest <= 0 || rest >= count) return listed;  // the latter to tell the compiler
  HWY_ALIGN T copy[4][4 * kMaxLanes] = {};
  HWY_ALIGN std::uint16_t out[kMaxLanes];
  TileStrip tail = strip;
  for (int r = 0; r < 4; ++r) {
    std::memcpy(copy[r], strip.rows[r] + 4 * tile * static_cast<std::int64_t>(sizeof(T)),
                static_cast<std::size_t>(4 * rest) * sizeof(T));
    tail.rows[r] = reinterpret_cast<const std::byte*>(copy[r]);
  }
  list_lanes(d, lanes(tail, 0, out), [&](std::size_t i) {
    if (static_cast<std::int64_t>(i) < rest)
      undecided[listed++] = static_cast<std::int32_t>(tile) + static_cast<std::int32_t>(i);
  });
  std::memcpy(masks + tile, out, static_cast<std::size_t>(rest) * sizeof(std::uint16_t));
  return listed;
}

template <class Type>
std::int64_t search_by(const TileStrip& strip, const TileTable& table, std::uint16_t* masks,
                       std::int32_t* undecided) {
  const auto run = [&](auto by_pairs) HWY_ATTR {
    return for_lanes<typename Type::Element>(
        strip, masks, undecided,
        [&](const TileStrip& from, std::int64_t tile, std::uint16_t* out) HWY_ATTR {
          return search_lanes<Type, decltype(by_pairs)::value>(from, tile, table, out);
        });
  };
  return table.by_pairs ? run(std::true_type()) : run(std::false_type());
}

std::int64_t search(const TileStrip& strip, const TileTable& table, std::uint16_t* masks,
                    std::int32_t* undecided) {
  return with_type(strip.type, [&](auto type) {
    return search_by<decltype(type)>(strip, table, masks, undecided);
  });
}

// ---- greedy -------------------------------------------------------------------------------------

// Keys of 31 bits, descending: the weight's rank above 15 - position. Those of f32 lack the four
// lowest bits; `unsure` are lanes where these could matter.
template <class Type>
HWY_INLINE void greedy_keys(D d, V (&x)[kEntries], V& low) {
  low = hn::Zero(d);
  for (int i = 0; i < kEntries; ++i) {
    V key = x[i];
    if constexpr (!std::is_same_v<Type, I8>) key = hn::Min(key, hn::Set(d, Type::kNan));
    if constexpr (sizeof(typename Type::Element) == 4) {
      low = hn::Or(low, hn::And(key, hn::Set(d, 15)));
      key = hn::AndNot(hn::Set(d, 15), key);
    } else {
      key = hn::ShiftLeft<4>(key);
    }
    x[i] = hn::Or(key, hn::Set(d, 15 - i));
  }
}

// Batcher's network: 63 comparators sort 16 numbers, descending.
HWY_INLINE void sort_descending(V (&x)[kEntries]) {
  for (int p = 1; p < kEntries; p *= 2)
    for (int k = p; k >= 1; k /= 2)
      for (int j = k % p; j + k < kEntries; j += 2 * k)
        for (int i = 0; i < k && i + j + k < kEntries; ++i)
          if ((i + j) / (2 * p) == (i + j + k) / (2 * p)) {
            const V a = x[i + j], b = x[i + j + k];
            x[i + j] = hn::Max(a, b);
            x[i + j + k] = hn::Min(a, b);
          }
}

// Takes entries by descending key. `used` has four bits for every row and, above, every column;
// the highest is set when there is no more room.
HWY_INLINE V take_in_order(D d, const V (&x)[kEntries], Pattern pattern) {
  std::uint32_t start = 0;
  for (int i = 0; i < 4; ++i) {
    const auto field = static_cast<std::uint32_t>(i < pattern.group ? 8 - pattern.keep : 8);
    start |= field << 4 * i | field << (16 + 4 * i);
  }
  V used = hn::Set(d, static_cast<std::int32_t>(start)), mask = hn::Zero(d);
  const V one = hn::Set(d, 1), fifteen = hn::Set(d, 15);
  for (int i = 0; i < kEntries; ++i) {
    const V position = hn::AndNot(x[i], fifteen);
    const V row = hn::And(position, hn::Set(d, 12));
    const V column = hn::ShiftLeft<2>(hn::And(position, hn::Set(d, 3)));
    const V step = hn::Or(hn::Shl(one, row), hn::Shl(hn::Set(d, 0x10000), column));
    const auto room = hn::Eq(hn::And(used, hn::ShiftLeft<3>(step)), hn::Zero(d));
    used = hn::Add(used, hn::IfThenElseZero(room, step));
    mask = hn::Or(mask, hn::IfThenElseZero(room, hn::Shl(one, position)));
  }
  return mask;
}

template <class Type>
HWY_INLINE Lanes greedy_lanes(const TileStrip& strip, std::int64_t tile, Pattern pattern,
                              std::uint16_t* masks) {
  const D d;
  V x[kEntries], low;
  load_magnitudes<Type>(d, strip.rows, tile, strip.ranking == Ranking::value, x);
  greedy_keys<Type>(d, x, low);
  sort_descending(x);
  const V mask = take_in_order(d, x, pattern);
  const hn::Rebind<std::uint16_t, D> d16;
  hn::StoreU(hn::DemoteTo(d16, mask), d16, masks);
  if constexpr (sizeof(typename Type::Element) < 4) {
    return no_lanes(d);
  } else {
    // Neighbours that differ in the position alone, and not by being zeros or the only ones.
    auto close = no_lanes(d);
    for (int i = 0; i + 1 < kEntries; ++i)
      close = hn::Or(close, hn::Lt(hn::Xor(x[i], x[i + 1]), hn::Set(d, 16)));
    return hn::And(close, hn::Ne(low, hn::Zero(d)));
  }
}

template <class Type>
std::int64_t greedy_by(const TileStrip& strip, Pattern pattern, std::uint16_t* masks,
                       std::int32_t* undecided) {
  return for_lanes<typename Type::Element>(
      strip, masks, undecided,
      [&](const TileStrip& from, std::int64_t tile, std::uint16_t* out)
          HWY_ATTR { return greedy_lanes<Type>(from, tile, pattern, out); });
}

std::int64_t greedy(const TileStrip& strip, Pattern pattern, std::uint16_t* masks,
                    std::int32_t* undecided) {
  return with_type(strip.type, [&](auto type) {
    return greedy_by<decltype(type)>(strip, pattern, masks, undecided);
  });
}

// ---- masks to bytes -----------------------------------------------------------------------------

void expand(const std::uint16_t* masks, std::int64_t tiles, std::uint8_t* const* rows) {
  std::int64_t tile = 0;
#if HWY_TARGET != HWY_SCALAR
  const D d;
  const hn::Rebind<std::uint16_t, D> d16;
  const hn::Repartition<std::uint8_t, D> d8;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (; tile + lanes <= tiles; tile += lanes) {
    V m = hn::PromoteTo(d, hn::LoadU(d16, masks + tile));
    for (int r = 0; r < 4; ++r, m = hn::ShiftRight<4>(m)) {
      // Bit c goes to the lowest of byte c.
      const V spread = hn::Mul(hn::And(m, hn::Set(d, 15)), hn::Set(d, 0x00204081));
      hn::StoreU(hn::BitCast(d8, hn::And(spread, hn::Set(d, 0x01010101))), d8, rows[r] + 4 * tile);
    }
  }
#endif
  for (; tile < tiles; ++tile)
    for (int i = 0; i < kEntries; ++i)
      rows[i / 4][4 * tile + i % 4] = static_cast<std::uint8_t>(masks[tile] >> i & 1);
}

constexpr TileOps kTileOps = {search, greedy, expand};

}  // namespace HWY_NAMESPACE
}  // namespace heddle::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace heddle::cpu {

const TileOps& tile_ops() { HEDDLE_RETURN_BEST(kTileOps); }

}  // namespace heddle::cpu
#endif
