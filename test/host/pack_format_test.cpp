// The bytes of a blob, all of them: header, values, metadata, padding; and conversion between the
// orders.

#include <algorithm>

#include "test/host/pack_case.hpp"

namespace heddle {
namespace {

using namespace oracle;
using Bytes = std::vector<unsigned char>;

// docs/formats.md, "The blob": 128 bytes, little-endian.
Bytes header(const PackedDesc& desc, std::size_t total) {
  Bytes bytes = {'H', 'E', 'D', 'D', 'L', 'E', 'N', 'M'};
  const auto put = [&](std::uint64_t value, int size) {
    for (int b = 0; b < size; ++b) bytes.push_back(static_cast<unsigned char>(value >> (8 * b)));
  };
  put(1, 4);
  put(desc.order == PackedOrder::canonical ? 1 : 2, 4);
  put(static_cast<std::uint64_t>(desc.type), 4);
  put(static_cast<std::uint64_t>(desc.pattern.keep), 4);
  put(static_cast<std::uint64_t>(desc.pattern.group), 4);
  put(128, 4);
  put(static_cast<std::uint64_t>(desc.rows), 8);
  put(static_cast<std::uint64_t>(desc.cols), 8);
  put(total, 8);
  bytes.resize(128);
  return bytes;
}

Bytes canonical_blob(const Matrix& m, const Mask& mask, Pattern pattern) {
  const Bytes values = canonical_values(m, mask, pattern);
  const Bytes metadata = canonical_metadata(m, mask, pattern);
  const std::size_t metadata_at = (128 + values.size() + 127) / 128 * 128;
  Bytes blob = header(desc_of(m, pattern), metadata_at + metadata.size());
  blob.insert(blob.end(), values.begin(), values.end());
  blob.resize(metadata_at);
  blob.insert(blob.end(), metadata.begin(), metadata.end());
  return blob;
}

Bytes device_blob(const Matrix& m, const Mask& mask, Pattern pattern) {
  const Bytes payload = device_payload(m, mask, pattern);
  Bytes blob = header(desc_of(m, pattern, PackedOrder::device), 128 + payload.size());
  blob.insert(blob.end(), payload.begin(), payload.end());
  return blob;
}

testing::AssertionResult holds(const Blob& blob, const Bytes& want) {
  if (blob.size() != want.size())
    return testing::AssertionFailure() << blob.size() << " bytes, wanted " << want.size();
  const auto at = std::mismatch(want.begin(), want.end(), blob.data()).first - want.begin();
  if (at == static_cast<std::ptrdiff_t>(want.size())) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "byte " << at << " is " << int{blob.data()[at]}
                                     << ", wanted " << int{want[static_cast<std::size_t>(at)]};
}

class Format : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, Format, testing::ValuesIn(matrix_types()), by_type);

TEST_P(Format, EveryByteOfEitherOrder) {
  Random random(71);
  for (Pattern pattern : packed_patterns())
    for (const Shape& shape : edge_shapes())
      for (bool best : {true, false}) {
        const Matrix m = mixed_matrix(GetParam(), shape.rows, shape.cols, random);
        Mask mask = best_mask_of(m, pattern);
        if (!best) fill_sparse_mask(mask, random, pattern);
        SCOPED_TRACE(problem(m, pattern, {}) + (best ? "" : " sparse mask"));
        const Blob canonical = packed(m, mask, pattern, PackedOrder::canonical);
        ASSERT_TRUE(holds(canonical, canonical_blob(m, mask, pattern)));
        if (!device_holds(pattern, GetParam())) continue;
        const Blob device = packed(m, mask, pattern, PackedOrder::device);
        ASSERT_TRUE(holds(device, device_blob(m, mask, pattern)));
      }
}

TEST_P(Format, EveryByteAcrossPieces) {
  Random random(72);
  for (const Shape& shape : chunk_shapes())
    for (Pattern pattern : {Pattern{2, 4}, Pattern{1, 2}, Pattern{1, 4}, Pattern{11, 27}}) {
      const Matrix m = mixed_matrix(GetParam(), shape.rows, shape.cols, random);
      const Mask mask = best_mask_of(m, pattern);
      SCOPED_TRACE(problem(m, pattern, {}));
      Blob canonical(desc_of(m, pattern));
      ASSERT_TRUE(succeeds(pack(Exec::cpu(2), m.view(), canonical.view())));
      ASSERT_TRUE(holds(canonical, canonical_blob(m, mask, pattern)));
      if (!device_holds(pattern, GetParam())) continue;
      Blob device(desc_of(m, pattern, PackedOrder::device));
      ASSERT_TRUE(succeeds(pack(Exec::cpu(2), m.view(), device.view())));
      ASSERT_TRUE(holds(device, device_blob(m, mask, pattern)));
    }
}

TEST_P(Format, CanonicalLayoutSaysWhereThePartsAre) {
  for (int group = 1; group <= 32; ++group)
    for (int keep = 1; keep <= group; ++keep)
      for (const Shape& shape : {Shape{1, 1}, {3, 33}, {7, 64}, {0, 5}, {5, 0}}) {
        const PackedDesc desc = {
            shape.rows, shape.cols, {keep, group}, GetParam(), PackedOrder::canonical};
        const Result<CanonicalLayout> parts = canonical_layout(desc);
        ASSERT_TRUE(parts.ok()) << parts.status().to_string();
        const std::int64_t entries = (shape.cols + group - 1) / group * keep;
        const auto rows = static_cast<std::size_t>(shape.rows);
        EXPECT_EQ(parts->compressed_cols, entries);
        EXPECT_EQ(parts->values_bytes,
                  rows * static_cast<std::size_t>(entries) * size_of(GetParam()));
        EXPECT_EQ(parts->metadata_row_bytes,
                  static_cast<std::size_t>(entries * position_bits({keep, group}) + 7) / 8);
        EXPECT_EQ(parts->metadata_bytes, rows * parts->metadata_row_bytes);
        EXPECT_EQ(parts->values_offset, 128u);
        EXPECT_EQ(parts->metadata_offset % 128, 0u);
        EXPECT_GE(parts->metadata_offset, parts->values_offset + parts->values_bytes);
        EXPECT_LT(parts->metadata_offset, parts->values_offset + parts->values_bytes + 128);
        EXPECT_EQ(*packed_size(desc), parts->metadata_offset + parts->metadata_bytes);
      }
}

TEST(FormatSizes, SixtyFourBits) {
  const PackedDesc wide = {std::int64_t{1} << 33, 8, {2, 4}, DataType::f16, PackedOrder::canonical};
  EXPECT_EQ(*packed_size(wide), 128 + (std::size_t{1} << 33) * (4 * 2 + 1));
  const PackedDesc device = {64, std::int64_t{1} << 36, {2, 4}, DataType::i8, PackedOrder::device};
  EXPECT_EQ(*packed_size(device), 128 + (std::size_t{1} << 30) * (64 * 32 + 64 * 8));
}

// ---- between the orders -------------------------------------------------------------------------

TEST_P(Format, ConversionIsExactBothWays) {
  Random random(73);
  for (Pattern pattern : {Pattern{2, 4}, Pattern{1, 2}, Pattern{1, 4}}) {
    if (!device_holds(pattern, GetParam())) continue;
    for (const std::vector<Shape>* shapes : {&edge_shapes(), &chunk_shapes()})
      for (const Shape& shape : *shapes)
        for (int kind = 0; kind < 3; ++kind) {
          Matrix m = mixed_matrix(GetParam(), shape.rows, shape.cols, random);
          if (kind == 2) m = Matrix(GetParam(), shape.rows, shape.cols);  // stored zeros alone
          Mask mask = best_mask_of(m, pattern);
          if (kind == 1) fill_sparse_mask(mask, random, pattern);
          if (kind == 2) fill_full_mask(mask, random, pattern);
          SCOPED_TRACE(problem(m, pattern, {}) + " kind " + std::to_string(kind));
          Blob canonical = packed(m, mask, pattern, PackedOrder::canonical);
          const Blob direct = packed(m, mask, pattern, PackedOrder::device);
          canonical.freeze();
          for (int threads : {1, 3}) {
            Blob device(direct.desc(), 1), back(canonical.desc(), 1);
            ASSERT_TRUE(succeeds(convert(Exec::cpu(threads), canonical.cview(), device.view())));
            ASSERT_TRUE(same_bytes(device, direct));
            ASSERT_TRUE(device.zones_intact());
            ASSERT_TRUE(succeeds(convert(Exec::cpu(threads), device.cview(), back.view())));
            ASSERT_TRUE(same_bytes(back, canonical));
            ASSERT_TRUE(back.zones_intact());
          }
          ASSERT_TRUE(canonical.unchanged());
        }
  }
}

TEST_P(Format, ConversionToTheSameOrderCopies) {
  Random random(74);
  const Matrix m = mixed_matrix(GetParam(), 65, 70, random);
  for (PackedOrder order : orders_of({1, 2}, GetParam())) {
    const Blob blob = packed(m, best_mask_of(m, {1, 2}), {1, 2}, order);
    Blob copy(blob.desc());
    ASSERT_TRUE(succeeds(convert(Exec::cpu(2), blob.cview(), copy.view())));
    EXPECT_TRUE(same_bytes(copy, blob));
  }
}

// Every kept position of 1:4, with a zero kept and with a value: position and value survive.
TEST_P(Format, OneOfFourRemembersWhichZeroIsKept) {
  if (GetParam() == DataType::f32) return;  // device order holds no 1:4 of f32
  Matrix m(GetParam(), 4, 8);
  Mask mask(4, 8);
  for (std::int64_t r = 0; r < 4; ++r) {
    mask.set(r, r, true);
    mask.set(r, 4 + r, true);
    m.set(r, 4 + r, 3);
  }
  const Blob canonical = packed(m, mask, {1, 4}, PackedOrder::canonical);
  Blob device(desc_of(m, {1, 4}, PackedOrder::device)), back(canonical.desc());
  ASSERT_TRUE(succeeds(convert(Exec::cpu(1), canonical.cview(), device.view())));
  ASSERT_TRUE(succeeds(verify(Exec::cpu(1), device.cview())));
  ASSERT_TRUE(succeeds(convert(Exec::cpu(1), device.cview(), back.view())));
  EXPECT_TRUE(same_bytes(back, canonical));
}

TEST_P(Format, OpenPackedReadsTheHeader) {
  Random random(75);
  const Matrix m = mixed_matrix(GetParam(), 9, 14, random);
  for (PackedOrder order : orders_of({1, 2}, GetParam())) {
    const Blob blob = packed(m, best_mask_of(m, {1, 2}), {1, 2}, order);
    Bytes longer(blob.data(), blob.data() + blob.size());
    longer.resize(blob.size() + 57);
    for (std::size_t size : {blob.size(), longer.size()}) {
      const Result<ConstPackedView> view = open_packed(longer.data(), size);
      ASSERT_TRUE(view.ok()) << view.status().to_string();
      EXPECT_EQ(view->desc.rows, 9);
      EXPECT_EQ(view->desc.cols, 14);
      EXPECT_EQ(view->desc.pattern, (Pattern{1, 2}));
      EXPECT_EQ(view->desc.type, GetParam());
      EXPECT_EQ(view->desc.order, order);
      EXPECT_EQ(view->data, longer.data());
      EXPECT_TRUE(succeeds(verify(Exec::cpu(1), *view)));
    }
  }
}

TEST(PackedOrders, Names) {
  EXPECT_STREQ(to_string(PackedOrder::canonical), "canonical");
  EXPECT_STREQ(to_string(PackedOrder::device), "device");
  EXPECT_STREQ(to_string(static_cast<PackedOrder>(0)), "invalid");
  EXPECT_STREQ(to_string(static_cast<PackedOrder>(3)), "invalid");
}

}  // namespace
}  // namespace heddle
