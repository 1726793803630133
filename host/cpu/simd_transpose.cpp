// Transposition through 128-bit vectors: a square of 16 bytes a side, interleaved log2 times.

#include "host/cpu/simd_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "host/cpu/simd_transpose.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace heddle::cpu {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR

// Without vectors: squares of one element.
template <class T>
constexpr int kSide = 1;

template <class T>
void transpose_square(const std::byte* in, std::int64_t, std::byte* out, std::int64_t) {
  std::memcpy(out, in, sizeof(T));
}

#else

template <class T>
constexpr int kSide = 16 / static_cast<int>(sizeof(T));

// out[c][r] = in[r][c] for a square of kSide.
template <class T>
HWY_INLINE void transpose_square(const std::byte* in, std::int64_t in_stride, std::byte* out,
                                 std::int64_t out_stride) {
  constexpr int kN = kSide<T>;
  const hn::FixedTag<T, kN> d;
  hn::Vec<decltype(d)> v[kN], w[kN];
  for (int i = 0; i < kN; ++i) v[i] = hn::LoadU(d, reinterpret_cast<const T*>(in + i * in_stride));
  // Zipping vector i with vector i + kN/2 rotates the bits of the (row, column) index by one.
  for (int step = kN; step > 1; step /= 2) {
    for (int i = 0; i < kN / 2; ++i) {
      w[2 * i] = hn::InterleaveLower(d, v[i], v[i + kN / 2]);
      w[2 * i + 1] = hn::InterleaveUpper(d, v[i], v[i + kN / 2]);
    }
    for (int i = 0; i < kN; ++i) v[i] = w[i];
  }
  for (int i = 0; i < kN; ++i) hn::StoreU(v[i], d, reinterpret_cast<T*>(out + i * out_stride));
}

#endif

template <class T>
void transpose_of(const std::byte* in, std::int64_t in_stride, std::byte* out,
                  std::int64_t out_stride, std::int64_t rows, std::int64_t cols) {
  constexpr std::int64_t kN = kSide<T>;
  constexpr auto kSize = static_cast<std::int64_t>(sizeof(T));
  for (std::int64_t r = 0; r < rows; r += kN)
    for (std::int64_t c = 0; c < cols; c += kN) {
      const std::byte* from = in + r * in_stride + c * kSize;
      std::byte* to = out + c * out_stride + r * kSize;
      if (rows - r >= kN && cols - c >= kN) {
        transpose_square<T>(from, in_stride, to, out_stride);
        continue;
      }
      for (std::int64_t i = 0; i < std::min(kN, rows - r); ++i)
        for (std::int64_t j = 0; j < std::min(kN, cols - c); ++j)
          std::memcpy(to + j * out_stride + i * kSize, from + i * in_stride + j * kSize, kSize);
    }
}

void transpose(std::size_t elem_bytes, const std::byte* in, std::int64_t in_stride, std::byte* out,
               std::int64_t out_stride, std::int64_t rows, std::int64_t cols) {
  const auto run = elem_bytes == 1   ? transpose_of<std::uint8_t>
                   : elem_bytes == 2 ? transpose_of<std::uint16_t>
                                     : transpose_of<std::uint32_t>;
  run(in, in_stride, out, out_stride, rows, cols);
}

// Lane 4g + q of a fragment holds word q of the upper row, of the lower row, and word 4 + q of both:
// the transpose of the four halves, and its own inverse.
#if HWY_TARGET == HWY_SCALAR

void transpose_words(const std::byte* const in[4], std::byte* const out[4]) {
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j) std::memcpy(out[j] + 4 * i, in[i] + 4 * j, 4);
}

#else

HWY_INLINE void transpose_words(const std::byte* const in[4], std::byte* const out[4]) {
  using T = std::uint32_t;
  const hn::FixedTag<T, 4> d;
  const auto load = [&](int i) HWY_ATTR { return hn::LoadU(d, reinterpret_cast<const T*>(in[i])); };
  const auto a = load(0), b = load(1), c = load(2), e = load(3);
  const auto ac_low = hn::InterleaveLower(d, a, c), ac_high = hn::InterleaveUpper(d, a, c);
  const auto be_low = hn::InterleaveLower(d, b, e), be_high = hn::InterleaveUpper(d, b, e);
  const auto store = [&](auto v, int i)
                         HWY_ATTR { hn::StoreU(v, d, reinterpret_cast<T*>(out[i])); };
  store(hn::InterleaveLower(d, ac_low, be_low), 0);
  store(hn::InterleaveUpper(d, ac_low, be_low), 1);
  store(hn::InterleaveLower(d, ac_high, be_high), 2);
  store(hn::InterleaveUpper(d, ac_high, be_high), 3);
}

#endif

void to_fragments(const std::byte* upper, const std::byte* lower, int steps, std::byte* out) {
  for (int s = 0; s < steps; ++s, upper += 32, lower += 32, out += kFragmentStride) {
    const std::byte* const rows[4] = {upper, lower, upper + 16, lower + 16};
    std::byte* const lanes[4] = {out, out + 16, out + 32, out + 48};
    transpose_words(rows, lanes);
  }
}

void from_fragments(const std::byte* in, int steps, std::byte* upper, std::byte* lower) {
  for (int s = 0; s < steps; ++s, upper += 32, lower += 32, in += kFragmentStride) {
    const std::byte* const lanes[4] = {in, in + 16, in + 32, in + 48};
    std::byte* const rows[4] = {upper, lower, upper + 16, lower + 16};
    transpose_words(lanes, rows);
  }
}

constexpr TransposeOps kTransposeOps = {transpose, to_fragments, from_fragments};

}  // namespace HWY_NAMESPACE
}  // namespace heddle::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace heddle::cpu {

const TransposeOps& transpose_ops() { HEDDLE_RETURN_BEST(kTransposeOps); }

}  // namespace heddle::cpu
#endif
