// Selection of the best entries of groups, in vectors. Groups lie across lanes: vector i holds
// entry i of as many groups as there are lanes, so a rank is a count of lane-wise comparisons.

#include "host/cpu/simd_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "host/cpu/simd_mask.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace heddle::cpu {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// ---- keys ---------------------------------------------------------------------------------------

// -min(|x|, nan) of a float type with sign in the top bit.
template <class T>
struct FloatKey {
  using Element = T;
  T nan;  // the lowest NaN's bits

  template <class D, class DI = hn::RebindToSigned<D>>
  HWY_INLINE hn::Vec<DI> operator()(D d, hn::Vec<D> bits) const {
    const DI di;
    const auto sign = hn::Set(d, static_cast<T>(T{1} << (sizeof(T) * 8 - 1)));
    const auto magnitude = hn::Min(hn::AndNot(sign, bits), hn::Set(d, nan));
    return hn::Sub(hn::Zero(di), hn::BitCast(di, magnitude));
  }
};

// -|x|: -128 stays -128, the highest rank.
struct I8Key {
  using Element = std::uint8_t;
  template <class D, class DI = hn::RebindToSigned<D>>
  HWY_INLINE hn::Vec<DI> operator()(D, hn::Vec<D> bits) const {
    const DI di;
    const auto x = hn::BitCast(di, bits);
    return hn::Min(x, hn::Sub(hn::Zero(di), x));
  }
};

struct RawKey {
  using Element = std::uint32_t;
  template <class D, class DI = hn::RebindToSigned<D>>
  HWY_INLINE hn::Vec<DI> operator()(D, hn::Vec<D> bits) const {
    return hn::BitCast(DI(), bits);
  }
};

// -1 for a set mask byte, 0 otherwise.
struct MaskKey {
  using Element = std::uint8_t;
  template <class D, class DI = hn::RebindToSigned<D>>
  HWY_INLINE hn::Vec<DI> operator()(D d, hn::Vec<D> bytes) const {
    return hn::BitCast(DI(), hn::VecFromMask(d, hn::Ne(bytes, hn::Zero(d))));
  }
};

// Calls f with the key functor of `kind`.
template <class F>
HWY_INLINE void with_key(KeyKind kind, const F& f) {
  switch (kind) {
    case KeyKind::f32: return f(FloatKey<std::uint32_t>{0x7F800001u});
    case KeyKind::f16: return f(FloatKey<std::uint16_t>{0x7C01});
    case KeyKind::bf16: return f(FloatKey<std::uint16_t>{0x7F81});
    case KeyKind::f8e4m3: return f(FloatKey<std::uint8_t>{0x7F});
    case KeyKind::f8e5m2: return f(FloatKey<std::uint8_t>{0x7D});
    case KeyKind::i8: return f(I8Key{});
    case KeyKind::raw32: return f(RawKey{});
    case KeyKind::mask: return f(MaskKey{});
  }
}

// ---- general selection by rank counting ---------------------------------------------------------

constexpr int kMaxGroup = 32;
constexpr int kRowBlock = 4;  // rows whose ranks stay in registers

// Groups at once. More lanes of a byte would win nothing: entries are put into place one by one.
constexpr std::size_t kMaxLanes = 32;

template <class T>
constexpr std::size_t max_lanes() {
  return HWY_MAX_BYTES / sizeof(T);
}

// Entry i of `groups` <= lanes groups to row i of `rows`, missing groups zero.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void load_groups(D d, const T* x, std::size_t groups, int group, T* HWY_RESTRICT rows) {
  const std::size_t lanes = hn::Lanes(d);
  if (groups == lanes && group == 4) {
    hn::Vec<D> v0, v1, v2, v3;
    hn::LoadInterleaved4(d, x, v0, v1, v2, v3);
    hn::Store(v0, d, rows);
    hn::Store(v1, d, rows + lanes);
    hn::Store(v2, d, rows + 2 * lanes);
    hn::Store(v3, d, rows + 3 * lanes);
    return;
  }
  if (groups == lanes && group == 2) {
    hn::Vec<D> v0, v1;
    hn::LoadInterleaved2(d, x, v0, v1);
    hn::Store(v0, d, rows);
    hn::Store(v1, d, rows + lanes);
    return;
  }
  if (groups < lanes) std::memset(rows, 0, static_cast<std::size_t>(group) * lanes * sizeof(T));
  transpose_ops().transpose(
      sizeof(T), reinterpret_cast<const std::byte*>(x),
      group * static_cast<std::int64_t>(sizeof(T)), reinterpret_cast<std::byte*>(rows),
      static_cast<std::int64_t>(lanes * sizeof(T)), static_cast<std::int64_t>(groups), group);
}

// rank[i] = entries that beat entry i. keys: `rows` rows (a multiple of kRowBlock).
template <class DI, class TI = hn::TFromD<DI>>
HWY_INLINE void count_ranks(DI di, const TI* HWY_RESTRICT keys, int rows, TI* HWY_RESTRICT rank) {
  const std::size_t lanes = hn::Lanes(di);
  const auto row = [&](auto* base, int i) { return base + static_cast<std::size_t>(i) * lanes; };
  // Every lower position is taken to be ahead until the comparison says otherwise.
  for (int i = 0; i < rows; ++i) hn::Store(hn::Set(di, static_cast<TI>(i)), di, row(rank, i));
  // Entry j > i beats i only if strictly better: -1 in `ahead` counts for i and against j.
  for (int i = 0; i < rows; i += kRowBlock) {
    const auto k0 = hn::Load(di, row(keys, i)), k1 = hn::Load(di, row(keys, i + 1));
    const auto k2 = hn::Load(di, row(keys, i + 2)), k3 = hn::Load(di, row(keys, i + 3));
    auto r0 = hn::Load(di, row(rank, i)), r1 = hn::Load(di, row(rank, i + 1));
    auto r2 = hn::Load(di, row(rank, i + 2)), r3 = hn::Load(di, row(rank, i + 3));
    const auto duel = [&](auto key_i, auto key_j, auto& rank_i, auto& rank_j) HWY_ATTR {
      const auto ahead = hn::VecFromMask(di, hn::Lt(key_j, key_i));
      rank_i = hn::Sub(rank_i, ahead);
      rank_j = hn::Add(rank_j, ahead);
    };
    duel(k0, k1, r0, r1);
    duel(k0, k2, r0, r2);
    duel(k0, k3, r0, r3);
    duel(k1, k2, r1, r2);
    duel(k1, k3, r1, r3);
    duel(k2, k3, r2, r3);
    for (int j = i + kRowBlock; j < rows; ++j) {
      const auto kj = hn::Load(di, row(keys, j));
      auto rj = hn::Load(di, row(rank, j));
      duel(k0, kj, r0, rj);
      duel(k1, kj, r1, rj);
      duel(k2, kj, r2, rj);
      duel(k3, kj, r3, rj);
      hn::Store(rj, di, row(rank, j));
    }
    hn::Store(r0, di, row(rank, i));
    hn::Store(r1, di, row(rank, i + 1));
    hn::Store(r2, di, row(rank, i + 2));
    hn::Store(r3, di, row(rank, i + 3));
  }
}

// bits[lane] = the entries of rank < keep.
template <class DI, class TI = hn::TFromD<DI>>
HWY_INLINE void rank_bits(DI di, const TI* HWY_RESTRICT rank, Pattern pattern, std::size_t groups,
                          std::uint32_t* HWY_RESTRICT bits) {
  const std::size_t lanes = hn::Lanes(di);
  HWY_ALIGN TI byte[kMaxLanes];
  const auto keep = hn::Set(di, static_cast<TI>(pattern.keep));
  for (int first = 0; first < pattern.group; first += 8) {
    auto sum = hn::Zero(di);
    for (int i = first; i < pattern.group && i < first + 8; ++i) {
      const auto kept = hn::Lt(hn::Load(di, rank + static_cast<std::size_t>(i) * lanes), keep);
      const auto bit = hn::Set(di, static_cast<TI>(static_cast<std::uint8_t>(1u << (i - first))));
      sum = hn::Or(sum, hn::IfThenElseZero(kept, bit));
    }
    hn::Store(sum, di, byte);
    for (std::size_t lane = 0; lane < groups; ++lane) {
      const std::uint32_t part = static_cast<std::uint8_t>(byte[lane]);
      bits[lane] = first == 0 ? part : bits[lane] | part << first;
    }
  }
}

template <class Key>
void select_by(const Key& key, const void* x, std::int64_t groups, Pattern pattern,
               std::uint32_t* bits) {
  using T = typename Key::Element;
  using TI = std::make_signed_t<T>;
  const hn::CappedTag<T, kMaxLanes> d;
  const hn::RebindToSigned<decltype(d)> di;
  const std::size_t lanes = hn::Lanes(d);
  HWY_ALIGN T raw[kMaxGroup * kMaxLanes];
  HWY_ALIGN TI keys[kMaxGroup * kMaxLanes];
  HWY_ALIGN TI rank[kMaxGroup * kMaxLanes];
  const int rows = (pattern.group + kRowBlock - 1) / kRowBlock * kRowBlock;
  const auto* elements = static_cast<const T*>(x);
  for (std::int64_t g = 0; g < groups; g += static_cast<std::int64_t>(lanes)) {
    const std::size_t batch = groups - g < static_cast<std::int64_t>(lanes)
                                  ? static_cast<std::size_t>(groups - g)
                                  : lanes;
    load_groups(d, elements + g * pattern.group, batch, pattern.group, raw);
    for (int i = 0; i < rows; ++i) {
      const std::size_t at = static_cast<std::size_t>(i) * lanes;
      // Rows past the group only fill the block: the worst key, at the highest positions.
      hn::Store(
          i < pattern.group ? key(d, hn::Load(d, raw + at)) : hn::Set(di, hwy::LimitsMax<TI>()), di,
          keys + at);
    }
    count_ranks(di, keys, rows, rank);
    rank_bits(di, rank, pattern, batch, bits + g);
  }
}

void select(KeyKind kind, const void* x, std::int64_t groups, Pattern pattern,
            std::uint32_t* bits) {
  with_key(kind, [&](auto key) { select_by(key, x, groups, pattern, bits); });
}

// ---- 2:4 in one pass ----------------------------------------------------------------------------

// The kept pair of four entries is (0,1), (2,3), or the better of each half:
//   the worse of 0,1 survives unless the better of 2,3 beats it     (`cross`)
//   the better of 0,1 falls only if the worse of 2,3 beats it       (`upper`, implies `cross`)
template <class Key, class D>
HWY_INLINE void prune_vectors(const Key& key, D d, hn::Vec<D> v0, hn::Vec<D> v1, hn::Vec<D> v2,
                              hn::Vec<D> v3, hn::Vec<D>& first, hn::Vec<D>& second,
                              hn::Vec<D>& nibble) {
  using T = hn::TFromD<D>;
  const auto k0 = key(d, v0), k1 = key(d, v1), k2 = key(d, v2), k3 = key(d, v3);
  const auto to_bits = [&](auto mask) HWY_ATTR { return hn::RebindMask(d, mask); };
  const auto lower1 = to_bits(hn::Lt(k1, k0));  // 1 beats 0
  const auto higher3 = to_bits(hn::Lt(k3, k2));
  const auto cross = to_bits(hn::Lt(hn::Min(k2, k3), hn::Max(k0, k1)));
  const auto upper = to_bits(hn::Lt(hn::Max(k2, k3), hn::Min(k0, k1)));
  const auto set = [&](int value) HWY_ATTR { return hn::Set(d, static_cast<T>(value)); };

  first = hn::IfThenElse(upper, v2, hn::IfThenElse(hn::And(cross, lower1), v1, v0));
  second = hn::IfThenElse(cross, hn::IfThenElse(hn::Or(upper, higher3), v3, v2), v1);
  // (0,2) = 8, then 1 more for (1,.) and 4 more for (.,3).
  const auto mixed =
      hn::Or(hn::IfThenElse(lower1, set(9), set(8)), hn::IfThenElse(higher3, set(4), set(0)));
  nibble = hn::IfThenElse(upper, set(0xE), hn::IfThenElse(cross, mixed, set(0x4)));
}

template <class D>
HWY_INLINE void store_nibbles(D d, hn::Vec<D> nibble, std::uint8_t* out) {
  using T = hn::TFromD<D>;
  if constexpr (sizeof(T) == 1) {
    hn::StoreU(nibble, d, out);
  } else {
    const hn::Rebind<std::uint8_t, D> d8;
    hn::StoreU(hn::DemoteTo(d8, hn::BitCast(hn::RebindToSigned<D>(), nibble)), d8, out);
  }
}

template <class Key>
void prune_2of4_by(const Key& key, const void* x, std::int64_t groups, void* values,
                   std::uint8_t* nibbles) {
  using T = typename Key::Element;
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto* in = static_cast<const T*>(x);
  auto* out = static_cast<T*>(values);
  hn::Vec<decltype(d)> v0, v1, v2, v3, first, second, nibble;
  std::int64_t g = 0;
  for (; g + lanes <= groups; g += lanes) {
    hn::LoadInterleaved4(d, in + g * 4, v0, v1, v2, v3);
    prune_vectors(key, d, v0, v1, v2, v3, first, second, nibble);
    hn::StoreInterleaved2(first, second, d, out + g * 2);
    store_nibbles(d, nibble, nibbles + g);
  }
  if (g >= groups) return;
  // The rest through padded copies.
  HWY_ALIGN T tail_in[4 * max_lanes<T>()] = {};
  HWY_ALIGN T tail_out[2 * max_lanes<T>()];
  HWY_ALIGN std::uint8_t tail_nibbles[HWY_MAX_BYTES];
  const auto rest = static_cast<std::size_t>(groups - g);
  std::memcpy(tail_in, in + g * 4, rest * 4 * sizeof(T));
  hn::LoadInterleaved4(d, tail_in, v0, v1, v2, v3);
  prune_vectors(key, d, v0, v1, v2, v3, first, second, nibble);
  hn::StoreInterleaved2(first, second, d, tail_out);
  store_nibbles(d, nibble, tail_nibbles);
  std::memcpy(out + g * 2, tail_out, rest * 2 * sizeof(T));
  std::memcpy(nibbles + g, tail_nibbles, rest);
}

void prune_2of4(KeyKind kind, const void* x, std::int64_t groups, void* values,
                std::uint8_t* nibbles) {
  with_key(kind, [&](auto key) { prune_2of4_by(key, x, groups, values, nibbles); });
}

// ---- streams ------------------------------------------------------------------------------------

template <class T>
void nonzero_bits_of(bool sign_matters, const void* x, std::int64_t n, std::uint64_t* words) {
  const hn::CappedTag<T, 64> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto* in = static_cast<const T*>(x);
  const auto drop = hn::Set(d, static_cast<T>(sign_matters ? 0 : T{1} << (sizeof(T) * 8 - 1)));
  HWY_ALIGN T padded[64];
  for (std::int64_t first = 0; first < n; first += 64) {
    const T* block = in + first;
    if (n - first < 64) {
      std::memset(padded, 0, sizeof(padded));
      std::memcpy(padded, block, static_cast<std::size_t>(n - first) * sizeof(T));
      block = padded;
    }
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < 64; i += lanes) {
      const auto v = hn::AndNot(drop, hn::LoadU(d, block + i));
      std::uint8_t part[8 + 8] = {};
      hn::StoreMaskBits(d, hn::Ne(v, hn::Zero(d)), part);
      std::uint64_t piece;
      std::memcpy(&piece, part, 8);
      word |= piece << i;
    }
    words[first / 64] = word;
  }
}

void nonzero_bits(std::size_t elem_bytes, bool sign_matters, const void* x, std::int64_t n,
                  std::uint64_t* words) {
  if (elem_bytes == 1) return nonzero_bits_of<std::uint8_t>(sign_matters, x, n, words);
  if (elem_bytes == 2) return nonzero_bits_of<std::uint16_t>(sign_matters, x, n, words);
  nonzero_bits_of<std::uint32_t>(sign_matters, x, n, words);
}

template <class T>
void apply_mask_of(const void* x, const std::uint8_t* mask, void* out, std::int64_t n) {
  const hn::ScalableTag<T> d;
  const hn::Rebind<std::uint8_t, decltype(d)> d8;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto* in = static_cast<const T*>(x);
  auto* to = static_cast<T*>(out);
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto bytes = hn::LoadU(d8, mask + i);
    const auto v = hn::LoadU(d, in + i);
    if constexpr (sizeof(T) == 1) {
      hn::StoreU(hn::IfThenElseZero(hn::Ne(bytes, hn::Zero(d8)), v), d, to + i);
    } else {
      const auto wide = hn::PromoteTo(d, bytes);
      hn::StoreU(hn::IfThenElseZero(hn::Ne(wide, hn::Zero(d)), v), d, to + i);
    }
  }
  for (; i < n; ++i) {
    T v = 0;
    if (mask[i] != 0) std::memcpy(&v, in + i, sizeof(T));
    std::memcpy(to + i, &v, sizeof(T));
  }
}

void apply_mask(std::size_t elem_bytes, const void* x, const std::uint8_t* mask, void* out,
                std::int64_t n) {
  if (elem_bytes == 1) return apply_mask_of<std::uint8_t>(x, mask, out, n);
  if (elem_bytes == 2) return apply_mask_of<std::uint16_t>(x, mask, out, n);
  apply_mask_of<std::uint32_t>(x, mask, out, n);
}

constexpr MaskOps kMaskOps = {select, prune_2of4, nonzero_bits, apply_mask};

}  // namespace HWY_NAMESPACE
}  // namespace heddle::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace heddle::cpu {

const MaskOps& mask_ops() { HEDDLE_RETURN_BEST(kMaskOps); }

}  // namespace heddle::cpu
#endif
