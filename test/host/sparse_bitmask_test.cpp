// Packed matrices in compressed-tensors' sparse-bitmask: both ways, against its description.

#include <string>

#include "test/host/interchange_case.hpp"

namespace heddle {
namespace {

using namespace oracle;

struct SparseArrays {
  Bytes values, bitmask;
  std::vector<std::int64_t> row_offsets;
  std::int64_t count = 0;
  ConstSparseBitmask view() const {
    return {values.data(), count, bitmask.data(), row_offsets.data()};
  }
  SparseBitmask view() { return {values.data(), count, bitmask.data(), row_offsets.data()}; }
};

// +-0 is zero; every NaN is not.
bool is_zero(const Matrix& m, std::int64_t r, std::int64_t c) { return m.at(r, c) == 0; }

SparseArrays sparse_arrays(const Matrix& m) {
  SparseArrays out;
  const std::int64_t stride = (m.cols() + 7) / 8;
  const std::size_t size = size_of(m.type());
  out.bitmask.resize(static_cast<std::size_t>(m.rows() * stride));
  for (std::int64_t r = 0; r < m.rows(); ++r) {
    out.row_offsets.push_back(out.count);
    for (std::int64_t c = 0; c < m.cols(); ++c) {
      if (is_zero(m, r, c)) continue;
      out.bitmask[static_cast<std::size_t>(r * stride + c / 8)] |=
          static_cast<unsigned char>(1 << c % 8);
      out.values.resize(out.values.size() + size);
      put(out.values, out.values.size() - size, m.bits(r, c), size);
      ++out.count;
    }
  }
  return out;
}

// What a mask keeps, zeros that are no +0 and entries that are zero dropped from the mask.
Mask nonzeros(const Matrix& m, const Mask& mask) {
  Mask out(m.rows(), m.cols());
  for (std::int64_t r = 0; r < m.rows(); ++r)
    for (std::int64_t c = 0; c < m.cols(); ++c) out.set(r, c, mask.kept(r, c) && !is_zero(m, r, c));
  return out;
}

class SparseBitmaskTest : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, SparseBitmaskTest, testing::ValuesIn(matrix_types()), by_type);

TEST_P(SparseBitmaskTest, EveryByteBothWays) {
  Random random(321);
  std::vector<Shape> shapes = edge_shapes();
  shapes.insert(shapes.end(), {{0, 5}, {5, 0}, {3, cpu::kUnitCols + 5}, {130, 70}});
  for (const Pattern pattern : packed_patterns())
    for (const Shape& shape : shapes) {
      const Matrix m = mixed_matrix(GetParam(), shape.rows, shape.cols, random);
      const Mask mask = best_mask_of(m, pattern);
      const Matrix kept = masked(m, nonzeros(m, mask));
      SCOPED_TRACE(problem(m, pattern, {}));
      const SparseArrays want = sparse_arrays(kept);
      for (PackedOrder order : orders_of(pattern, GetParam())) {
        const Blob blob = packed(m, mask, pattern, order);
        const Blob clean = packed(kept, nonzeros(m, mask), pattern, order);
        for (const int threads : {1, 3}) {
          const Result<std::int64_t> count = count_nonzeros(Exec::cpu(threads), blob.view());
          ASSERT_TRUE(succeeds(count.status()));
          ASSERT_EQ(*count, want.count);
          SparseArrays got = want;
          got.values.assign(got.values.size(), 0xA5);
          got.bitmask.assign(got.bitmask.size(), 0xA5);
          got.row_offsets.assign(got.row_offsets.size(), -7);
          ASSERT_TRUE(succeeds(to_sparse_bitmask(Exec::cpu(threads), blob.view(), got.view())));
          ASSERT_EQ(got.row_offsets, want.row_offsets);
          ASSERT_EQ(got.bitmask, want.bitmask);
          ASSERT_EQ(got.values, want.values);
          Blob back(blob.desc());
          ASSERT_TRUE(succeeds(
              from_sparse_bitmask(Exec::cpu(threads), std::as_const(want).view(), back.view())));
          ASSERT_TRUE(same_bytes(back, clean));
          ASSERT_TRUE(back.zones_intact());
        }
      }
    }
}

SparseArrays full_rows(std::int64_t rows, std::int64_t cols) {
  Matrix m(DataType::f16, rows, cols);
  m.each([](std::int64_t, std::int64_t c) { return c % 4 < 2 ? 0x3C00u : 0u; });
  return sparse_arrays(m);
}

Status read(const SparseArrays& arrays, std::int64_t rows, std::int64_t cols) {
  Blob blob({rows, cols, {2, 4}, DataType::f16, PackedOrder::canonical});
  return from_sparse_bitmask(Exec::cpu(2), arrays.view(), blob.view());
}

TEST(SparseBitmaskFaults, AreNamed) {
  constexpr std::int64_t kRows = 130, kCols = 20;
  const SparseArrays good = full_rows(kRows, kCols);
  ASSERT_TRUE(succeeds(read(good, kRows, kCols)));
  SparseArrays bad = good;
  bad.bitmask[70 * 3] ^= 6;  // entry 2 instead of entry 1
  ASSERT_TRUE(succeeds(read(bad, kRows, kCols)));
  bad.bitmask[70 * 3] = 0x37;  // five bits: one too many for the offsets
  EXPECT_TRUE(fails(read(bad, kRows, kCols), StatusCode::corrupt, {"row_offsets[70] = 700"}));
  bad.bitmask[70 * 3] = 0x17;  // three in the first group, one in the second
  EXPECT_TRUE(
      fails(read(bad, kRows, kCols), StatusCode::not_compliant, {"row 70 group 0", "2 of 4"}));
  bad = good;
  bad.bitmask[99 * 3 + 2] = 0x12;  // column 20 of 20
  EXPECT_TRUE(fails(read(bad, kRows, kCols), StatusCode::corrupt, {"row 99", "past column 19"}));
  for (const std::int64_t offset : {std::int64_t{-1}, std::int64_t{1}, std::int64_t{1} << 62}) {
    bad = good;
    bad.row_offsets[0] = offset;
    EXPECT_TRUE(fails(read(bad, kRows, kCols), StatusCode::corrupt, {"row_offsets[0] = "}));
    bad = good;
    bad.row_offsets[129] = -offset;
    EXPECT_TRUE(fails(read(bad, kRows, kCols), StatusCode::corrupt, {"row_offsets[128] = 1280"}));
  }
  bad = good;
  ++bad.row_offsets[64];
  EXPECT_TRUE(fails(read(bad, kRows, kCols), StatusCode::corrupt, {"row_offsets[63] = 630"}));
  bad = good;
  --bad.count;
  EXPECT_TRUE(fails(read(bad, kRows, kCols), StatusCode::corrupt, {"row_offsets[129] = 1290"}));
}

// Rows that are refused become zeros: not what the memory, or another row's scratch, held before.
TEST(SparseBitmaskFaults, LeaveNothingElseInTheirRows) {
  constexpr std::int64_t kRows = 130, kCols = 20;
  SparseArrays bad = full_rows(kRows, kCols);
  bad.bitmask[70 * 3] = 0x17;  // three in the first group, one in the second
  bad.bitmask[128 * 3 + 2] = 0x12;
  Matrix want(DataType::f16, kRows, kCols);
  want.each([](std::int64_t r, std::int64_t c) {
    return r != 70 && r != 128 && c % 4 < 2 ? 0x3C00u : 0u;
  });
  for (const PackedOrder order : {PackedOrder::canonical, PackedOrder::device}) {
    Blob blob({kRows, kCols, {2, 4}, DataType::f16, order});
    EXPECT_EQ(from_sparse_bitmask(Exec::cpu(1), bad.view(), blob.view()).code(),
              StatusCode::not_compliant);
    Matrix back(DataType::f16, kRows, kCols);
    ASSERT_TRUE(succeeds(unpack(Exec::cpu(1), blob.cview(), back.view())));
    EXPECT_TRUE(same_bits(back, want)) << to_string(order);
  }
}

TEST(SparseBitmaskFaults, Arguments) {
  SparseArrays arrays = full_rows(4, 8);
  Blob blob({4, 8, {2, 4}, DataType::f16, PackedOrder::canonical});
  ASSERT_TRUE(succeeds(from_sparse_bitmask(Exec::cpu(1), arrays.view(), blob.view())));
  const auto refused = [&](const SparseBitmask& view, const char* what, const char* rule) {
    EXPECT_TRUE(fails(to_sparse_bitmask(Exec::cpu(1), blob.cview(), view),
                      StatusCode::invalid_argument, {what, rule}));
  };
  SparseBitmask view = arrays.view();
  view.count = 15;
  refused(view, "out.count = 15", "must be 16");
  view.count = 17;
  refused(view, "out.count = 17", "must be 16");
  view.count = 33;
  refused(view, "out.count = 33", "[0, 32]");
  view = arrays.view();
  view.bitmask = nullptr;
  refused(view, "out.bitmask = null", "must not be null");
  view = arrays.view();
  view.row_offsets = nullptr;
  refused(view, "out.row_offsets = null", "must not be null");
  view = arrays.view();
  view.values = blob.data();
  refused(view, "out.values", "overlap");
  EXPECT_TRUE(fails(count_nonzeros(Exec::cuda(), blob.cview()).status(), StatusCode::unsupported,
                    {"exec = cuda"}));
}

}  // namespace
}  // namespace heddle
