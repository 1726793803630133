// Elements of 4 x 4 tiles in vectors of 32-bit lanes, one tile a lane, as magnitudes and as integers.
// Included once for every instruction set, by sources that hwy/foreach_target.h repeats.

#if defined(HEDDLE_TILE_SIMD_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef HEDDLE_TILE_SIMD_INL
#undef HEDDLE_TILE_SIMD_INL
#else
#define HEDDLE_TILE_SIMD_INL
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "heddle/types.hpp"
#include "kernels/tile/tile_rule.hpp"

HWY_BEFORE_NAMESPACE();
namespace heddle::cpu {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<std::int32_t>;
using V = hn::Vec<D>;
using Lanes = hn::Mask<D>;
constexpr std::size_t kMaxLanes = HWY_MAX_BYTES / 4;
constexpr int kEntries = tile::kEntries;

HWY_INLINE Lanes no_lanes(D d) { return hn::Lt(hn::Zero(d), hn::Zero(d)); }

// ---- elements as magnitudes ---------------------------------------------------------------------

// A float type: mantissa bits, the lowest NaN, the lowest code that is not finite.
template <class T, int kMantissaBits, std::int32_t kLowestNan, std::int32_t kLowestSpecial>
struct FloatType {
  using Element = T;
  static constexpr int kMantissa = kMantissaBits;
  static constexpr std::int32_t kNan = kLowestNan, kSpecial = kLowestSpecial;
};
using F32 = FloatType<std::uint32_t, 23, 0x7F800001, 0x7F800000>;
using F16 = FloatType<std::uint16_t, 10, 0x7C01, 0x7C00>;
using Bf16 = FloatType<std::uint16_t, 7, 0x7F81, 0x7F80>;
using E4m3 = FloatType<std::uint8_t, 3, 0x7F, 0x7F>;
using E5m2 = FloatType<std::uint8_t, 2, 0x7D, 0x7C>;
struct I8 {
  using Element = std::uint8_t;
};
// Weights are multiples of one unit that none holds 2^18 times: no search loses anything.
template <class Type>
constexpr bool kAlwaysExact = std::is_same_v<Type, I8> || std::is_same_v<Type, E4m3>;

template <class F>
std::int64_t with_type(DataType type, const F& f) {
  switch (type) {
    case DataType::f32: return f(F32());
    case DataType::f16: return f(F16());
    case DataType::bf16: return f(Bf16());
    case DataType::f8e4m3: return f(E4m3());
    case DataType::f8e5m2: return f(E5m2());
    case DataType::i8:
    case DataType::i32: break;
  }
  return f(I8());
}

// Bits of |x|, or of max(x, 0), NaN staying NaN.
template <class Type>
HWY_INLINE V magnitude(D d, V bits, bool by_value) {
  constexpr std::uint32_t kSign = 1u << (sizeof(typename Type::Element) * 8 - 1);
  const V sign = hn::Set(d, static_cast<std::int32_t>(kSign));
  const V size = hn::AndNot(sign, bits);
  if (!by_value) return size;
  const auto none = hn::And(hn::TestBit(bits, sign), hn::Lt(size, hn::Set(d, Type::kNan)));
  return hn::IfThenZeroElse(none, size);
}
template <>
HWY_INLINE V magnitude<I8>(D d, V bits, bool by_value) {
  const auto negative = hn::TestBit(bits, hn::Set(d, 0x80));
  if (by_value) return hn::IfThenZeroElse(negative, bits);
  return hn::IfThenElse(negative, hn::Sub(hn::Set(d, 0x100), bits), bits);
}

// The four elements of a row of each tile, in lanes. Narrow types come as words of whole tiles.
template <class T>
HWY_INLINE void load_row(D d, const std::byte* row, std::int64_t tile, V& v0, V& v1, V& v2, V& v3) {
  const std::byte* at = row + 4 * tile * std::int64_t{sizeof(T)};
#if HWY_TARGET == HWY_SCALAR  // which loads from addresses that suit the type alone
  std::int32_t words[sizeof(T)];
  std::memcpy(words, at, sizeof(words));
#else
  const auto* words = reinterpret_cast<const std::int32_t*>(at);
#endif
  if constexpr (sizeof(T) == 4) {
    hn::LoadInterleaved4(d, words, v0, v1, v2, v3);
  } else if constexpr (sizeof(T) == 2) {
    const V low = hn::Set(d, 0xFFFF);
    V left, right;
    hn::LoadInterleaved2(d, words, left, right);
    v0 = hn::And(left, low);
    v1 = hn::And(hn::ShiftRight<16>(left), low);
    v2 = hn::And(right, low);
    v3 = hn::And(hn::ShiftRight<16>(right), low);
  } else {
    const V low = hn::Set(d, 0xFF);
    const V all = hn::LoadU(d, words);
    v0 = hn::And(all, low);
    v1 = hn::And(hn::ShiftRight<8>(all), low);
    v2 = hn::And(hn::ShiftRight<16>(all), low);
    v3 = hn::And(hn::ShiftRight<24>(all), low);
  }
}

template <class Type>
HWY_INLINE void load_magnitudes(D d, const std::byte* const* rows, std::int64_t tile, bool by_value,
                                V (&size)[kEntries]) {
  for (int r = 0; r < 4; ++r) {
    V* row = size + 4 * r;
    load_row<typename Type::Element>(d, rows[r], tile, row[0], row[1], row[2], row[3]);
    for (int c = 0; c < 4; ++c) row[c] = magnitude<Type>(d, row[c], by_value);
  }
}

HWY_INLINE V largest_of(const V (&x)[kEntries]) {
  V largest = x[0];
  for (int i = 1; i < kEntries; ++i) largest = hn::Max(largest, x[i]);
  return largest;
}

// ---- weights as integers ------------------------------------------------------------------------

// Magnitudes of a type to the bits of floats.
template <class Type>
HWY_INLINE V float_bits(D d, V size) {
  if constexpr (std::is_same_v<Type, F32>) return size;
  if constexpr (std::is_same_v<Type, Bf16>) return hn::ShiftLeft<16>(size);
  // A subnormal is its integer times the least one; as a float it is normal, so that no mode of the
  // processor flushes it.
  constexpr int kMantissa = Type::kMantissa, kBias = 127 - 15;
  const hn::RebindToFloat<D> df;
  const V normal = hn::Add(hn::ShiftLeft<23 - kMantissa>(size), hn::Set(d, kBias << 23));
  const auto least = hn::BitCast(df, hn::Set(d, (kBias + 1 - kMantissa) << 23));
  const V small = hn::BitCast(d, hn::Mul(hn::ConvertTo(df, size), least));
  return hn::IfThenElse(hn::Lt(size, hn::Set(d, 1 << kMantissa)), small, normal);
}

// Magnitudes to integers below 2^bits in a unit common to the tile, rounded down. inexact: not zero
// in lanes that lost something; special: lanes with a weight that is not finite, whose integers
// mean nothing. The products are by powers of two, and exact: the least unit is 2^(31 - 127 - 22).
template <class Type>
HWY_INLINE void quantise(D d, int bits, V (&x)[kEntries], V& inexact, Lanes& special) {
  special = hn::Gt(largest_of(x), hn::Set(d, Type::kSpecial - 1));
  inexact = hn::Zero(d);
  if constexpr (std::is_same_v<Type, E4m3>) {
    const V one = hn::Set(d, 1);
    for (int i = 0; i < kEntries; ++i) {
      const V down = hn::Sub(hn::Max(hn::ShiftRight<3>(x[i]), one), one);  // exponent, from 0
      x[i] = hn::Shl(hn::Sub(x[i], hn::ShiftLeft<3>(down)), down);
    }
    return;
  }
  const hn::RebindToFloat<D> df;
  for (int i = 0; i < kEntries; ++i) x[i] = float_bits<Type>(d, x[i]);
  // Tiles below 2^-96 take that unit too: they are inexact then, and close.
  V exponent = hn::ShiftRight<23>(largest_of(x));
  exponent = hn::Min(hn::Max(exponent, hn::Set(d, 31)), hn::Set(d, 254));
  const V up = hn::Sub(hn::Set(d, 254 + bits - 1), exponent);
  const V down = hn::Sub(exponent, hn::Set(d, bits - 1));
  const auto scale = hn::BitCast(df, hn::ShiftLeft<23>(up));
  const auto unit = hn::BitCast(df, hn::ShiftLeft<23>(down));
  for (int i = 0; i < kEntries; ++i) {
    const V whole = hn::ConvertTo(d, hn::Mul(hn::BitCast(df, x[i]), scale));  // truncates
    const V again = hn::BitCast(d, hn::Mul(hn::ConvertTo(df, whole), unit));
    inexact = hn::Or(inexact, hn::Xor(again, x[i]));
    x[i] = whole;
  }
}
template <>
HWY_INLINE void quantise<I8>(D d, int, V (&)[kEntries], V& inexact, Lanes& special) {
  inexact = hn::Zero(d);
  special = no_lanes(d);
}

}  // namespace HWY_NAMESPACE
}  // namespace heddle::cpu
HWY_AFTER_NAMESPACE();

#endif
