#include "test/oracle/fill.hpp"

#include <algorithm>
#include <vector>

#include "test/oracle/codes.hpp"
#include "test/oracle/rank.hpp"

namespace heddle::oracle {
namespace {

void fill_mask(Mask& mask, Random& random, Pattern pattern, bool full) {
  for (std::int64_t r = 0; r < mask.rows(); ++r)
    for (std::int64_t begin = 0; begin < mask.cols(); begin += pattern.group) {
      const std::int64_t size = std::min<std::int64_t>(pattern.group, mask.cols() - begin);
      const std::int64_t most = std::min<std::int64_t>(pattern.keep, size);
      std::int64_t wanted = full ? most : random.between(0, most);
      // Selection sampling: each position with the probability that keeps the count exact.
      for (std::int64_t i = 0; i < size; ++i) {
        const bool keep = random.below(size - i) < wanted;
        mask.set(r, begin + i, keep);
        if (keep) --wanted;
      }
    }
}

}  // namespace

void fill_normal(Matrix& m, Random& random, double scale) {
  m.each([&](auto, auto) { return encode(m.type(), scale * random.normal()); });
}

void fill_integers(Matrix& m, Random& random, int low, int high) {
  m.each(
      [&](auto, auto) { return encode(m.type(), static_cast<double>(random.between(low, high))); });
}

void fill_codes(Matrix& m, Random& random) {
  m.each([&](auto, auto) {
    const auto bits = static_cast<std::uint32_t>(random.next());
    return bits_of(m.type()) == 32 ? bits : bits & ((1u << bits_of(m.type())) - 1);
  });
}

void fill_ties(Matrix& m, Random& random) {
  const DataType type = m.type();
  std::vector<std::uint32_t> codes;
  for (double value : {0.0, -0.0, 1.0, -1.0, 2.0, -2.0}) codes.push_back(encode(type, value));
  if (is_integer(type)) {
    codes.push_back(0x80);  // -128: its size has no positive twin
    codes.push_back(0x7F);
  } else {
    codes.push_back(nan_code(type));
    codes.push_back(negate_code(type, nan_code(type)));
    codes.push_back(encode(type, smallest_subnormal(type)));
    if (float_format(type).has_infinity) {
      codes.push_back(infinity_code(type));
      codes.push_back(negate_code(type, infinity_code(type)));
      codes.push_back(infinity_code(type) | 1u);  // a NaN of another payload
    }
  }
  const auto count = static_cast<std::int64_t>(codes.size());
  m.each([&](auto, auto) { return codes[static_cast<std::size_t>(random.below(count))]; });
}

void fill_full_mask(Mask& mask, Random& random, Pattern pattern) {
  fill_mask(mask, random, pattern, true);
}
void fill_sparse_mask(Mask& mask, Random& random, Pattern pattern) {
  fill_mask(mask, random, pattern, false);
}

Mask best_mask_of(const Matrix& m, Pattern pattern) {
  Mask mask(m.rows(), m.cols());
  std::vector<RankKey> keys;
  for (std::int64_t r = 0; r < m.rows(); ++r)
    for (std::int64_t begin = 0; begin < m.cols(); begin += pattern.group) {
      const std::int64_t end = std::min<std::int64_t>(begin + pattern.group, m.cols());
      keys.clear();
      for (std::int64_t c = begin; c < end; ++c)
        keys.push_back(magnitude_key(m.type(), m.bits(r, c)));
      const std::vector<bool> kept = best_by_rank(keys, pattern.keep);
      for (std::int64_t c = begin; c < end; ++c)
        mask.set(r, c, kept[static_cast<std::size_t>(c - begin)]);
    }
  return mask;
}

Matrix masked(const Matrix& m, const Mask& mask, Placement placement) {
  Matrix out(m.type(), m.rows(), m.cols(), placement);
  out.each([&](auto r, auto c) { return mask.kept(r, c) ? m.bits(r, c) : 0u; });
  return out;
}

Matrix relaid(const Matrix& m, Placement placement) {
  Matrix out(m.type(), m.rows(), m.cols(), placement);
  out.each([&](auto r, auto c) { return m.bits(r, c); });
  return out;
}

Mask relaid(const Mask& m, Placement placement) {
  Mask out(m.rows(), m.cols(), placement);
  for (std::int64_t r = 0; r < m.rows(); ++r)
    for (std::int64_t c = 0; c < m.cols(); ++c) out.set_byte(r, c, m.byte(r, c));
  return out;
}

Matrix submatrix(const Matrix& m, std::int64_t r0, std::int64_t r1, std::int64_t c0,
                 std::int64_t c1) {
  Matrix out(m.type(), r1 - r0, c1 - c0);
  out.each([&](auto r, auto c) { return m.bits(r0 + r, c0 + c); });
  return out;
}

Mask submask(const Mask& m, std::int64_t r0, std::int64_t r1, std::int64_t c0, std::int64_t c1) {
  Mask out(r1 - r0, c1 - c0);
  for (std::int64_t r = r0; r < r1; ++r)
    for (std::int64_t c = c0; c < c1; ++c) out.set_byte(r - r0, c - c0, m.byte(r, c));
  return out;
}

}  // namespace heddle::oracle
