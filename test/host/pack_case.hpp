#pragma once
// What the tests of packed matrices share.

#include <gtest/gtest.h>

#include <vector>

#include "heddle/pack.hpp"
#include "test/oracle/device.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/packed.hpp"
#include "test/oracle/problem.hpp"
#include "test/oracle/shapes.hpp"
#include "test/oracle/suite.hpp"

namespace heddle::oracle {

inline const std::vector<Pattern>& packed_patterns() {
  static const std::vector<Pattern> all = {{2, 4}, {1, 2}, {1, 4},  {4, 8},   {3, 5},
                                           {1, 1}, {2, 3}, {7, 32}, {16, 32}, {32, 32}};
  return all;
}

inline PackedDesc desc_of(const Matrix& m, Pattern pattern,
                          PackedOrder order = PackedOrder::canonical) {
  return {m.rows(), m.cols(), pattern, m.type(), order};
}

// The orders that hold this pattern and type.
inline std::vector<PackedOrder> orders_of(Pattern pattern, DataType type) {
  if (device_holds(pattern, type)) return {PackedOrder::canonical, PackedOrder::device};
  return {PackedOrder::canonical};
}

// Ties, special values and zeros in some matrices, any bits in others.
inline Matrix mixed_matrix(DataType type, std::int64_t rows, std::int64_t cols, Random& random) {
  Matrix m(type, rows, cols);
  if (random.below(2) == 0)
    fill_ties(m, random);
  else
    fill_codes(m, random);
  return m;
}

// Packs by mask with one thread; the blob every other way is compared with.
inline Blob packed(const Matrix& m, const Mask& mask, Pattern pattern, PackedOrder order) {
  Blob blob(desc_of(m, pattern, order));
  EXPECT_TRUE(succeeds(pack(Exec::cpu(1), m.view(), mask.view(), blob.view())));
  return blob;
}

inline Matrix unpacked(const Blob& blob) {
  Matrix m(blob.desc().type, blob.desc().rows, blob.desc().cols);
  m.poison();
  EXPECT_TRUE(succeeds(unpack(Exec::cpu(1), blob.view(), m.view())));
  return m;
}

}  // namespace heddle::oracle
