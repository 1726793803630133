// Formats of others through the C ABI: the same bytes as the C++ functions.

#include "test/host/interchange_case.hpp"

#include "heddle/c/interchange.h"
#include "test/host/c/c_case.hpp"

namespace heddle::oracle {
namespace {

heddle_packed_arrays c_arrays(Arrays& arrays) {
  return {arrays.values.data(), arrays.values.size(), arrays.metadata.data(),
          arrays.metadata.size()};
}

TEST(CInterchange, BothWays) {
  Random random(341);
  const Matrix m = mixed_matrix(DataType::f16, 64, 96, random);
  const Mask mask = best_mask_of(m, {2, 4});
  const Blob blob = packed(m, mask, {2, 4}, PackedOrder::device);
  const heddle_packed in = c_view(blob);
  const heddle_exec exec = c_cpu(2);
  const auto check = [&](auto layout_of, auto to, auto from, const Arrays& want) {
    heddle_arrays_layout layout{};
    ASSERT_TRUE(c_succeeds(layout_of(&in.desc, &layout)));
    EXPECT_EQ(layout.values_cols, 48);
    EXPECT_EQ(layout.values_bytes, want.values.size());
    EXPECT_EQ(layout.metadata_bytes, want.metadata.size());
    EXPECT_EQ(static_cast<std::size_t>(layout.metadata_cols) * layout.metadata_element_bytes * 64,
              layout.metadata_bytes);
    Arrays got = {Bytes(layout.values_bytes), Bytes(layout.metadata_bytes)};
    const heddle_packed_arrays arrays = c_arrays(got);
    ASSERT_TRUE(c_succeeds(to(&exec, &in, &arrays)));
    EXPECT_TRUE(got == want);
    Blob back(blob.desc());
    const heddle_packed out = c_view(back);
    ASSERT_TRUE(c_succeeds(from(&exec, &arrays, &out)));
    EXPECT_TRUE(same_bytes(back, blob));
    heddle_packed_arrays small = arrays;
    --small.metadata_bytes;
    EXPECT_TRUE(c_fails(to(&exec, &in, &small), HEDDLE_INVALID_ARGUMENT, {"out.metadata_bytes"}));
    EXPECT_TRUE(
        c_fails(from(&exec, &small, &out), HEDDLE_INVALID_ARGUMENT, {"arrays.metadata_bytes"}));
    expect_nulls_refused(layout_of, {"desc", "layout"}, &in.desc, &layout);
    expect_nulls_refused(to, {"exec", "packed", "out"}, &exec, &in, &arrays);
    expect_nulls_refused(from, {"exec", "arrays", "out"}, &exec, &arrays, &out);
  };
  check(heddle_sm80_layout, heddle_to_sm80, heddle_from_sm80, sm80_arrays(m, mask));
  check(heddle_bitmask_layout, heddle_to_bitmask, heddle_from_bitmask, bitmask_arrays(m, mask));
}

TEST(CInterchange, SparseBitmask) {
  Matrix m(DataType::i8, 5, 12);
  m.each([](std::int64_t r, std::int64_t c) { return c % 4 < r % 3 ? 7u : 0u; });
  const Blob blob = packed(m, best_mask_of(m, {2, 4}), {2, 4}, PackedOrder::canonical);
  const heddle_packed in = c_view(blob);
  const heddle_exec exec = c_cpu();
  std::int64_t count = -1;
  ASSERT_TRUE(c_succeeds(heddle_count_nonzeros(&exec, &in, &count)));
  ASSERT_EQ(count, 3 * (0 + 1 + 2 + 0 + 1));
  Bytes values(12), bits(10);
  std::vector<std::int64_t> offsets(5);
  const heddle_sparse_bitmask arrays = {values.data(), count, bits.data(), offsets.data()};
  ASSERT_TRUE(c_succeeds(heddle_to_sparse_bitmask(&exec, &in, &arrays)));
  EXPECT_EQ(values, Bytes(12, 7));
  EXPECT_EQ(bits, (Bytes{0, 0, 0x11, 1, 0x33, 3, 0, 0, 0x11, 1}));
  EXPECT_EQ(offsets, (std::vector<std::int64_t>{0, 0, 3, 9, 9}));
  Blob back(blob.desc());
  const heddle_packed out = c_view(back);
  ASSERT_TRUE(c_succeeds(heddle_from_sparse_bitmask(&exec, &arrays, &out)));
  EXPECT_TRUE(same_bytes(back, blob));
  expect_nulls_refused(heddle_count_nonzeros, {"exec", "packed", "count"}, &exec, &in, &count);
  expect_nulls_refused(heddle_to_sparse_bitmask, {"exec", "packed", "out"}, &exec, &in, &arrays);
  expect_nulls_refused(heddle_from_sparse_bitmask, {"exec", "arrays", "out"}, &exec, &arrays, &out);
}

}  // namespace
}  // namespace heddle::oracle
