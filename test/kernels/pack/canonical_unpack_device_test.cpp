// unpack of canonical blobs with CUDA: the bytes of the CPU path for any metadata.
#include "test/kernels/pack/canonical_case.hpp"

namespace heddle {
namespace {

using namespace oracle;
using test::DeviceMatrix;
using test::Effort;

struct Case {
  Placement out{};
  std::size_t blob_at = 0;
};

// Header and sizes are good, everything else is anything.
Bytes garbage(const PackedDesc& desc, Random& random) {
  Blob blob(desc);
  const Matrix zeros(desc.type, desc.rows, desc.cols);
  EXPECT_TRUE(succeeds(pack(Exec::cpu(1), zeros.view(), blob.view())));
  Bytes bytes = bytes_of(blob);
  for (std::size_t i = canonical_layout(desc)->values_offset; i < bytes.size(); ++i)
    bytes[i] = static_cast<unsigned char>(random.next());
  return bytes;
}

void expect_unpacked(const PackedDesc& desc, const Bytes& bytes, const Case& c,
                     const Effort& effort = {}) {
  Matrix want(desc.type, desc.rows, desc.cols, c.out);
  ASSERT_TRUE(succeeds(unpack(Exec::cpu(1), {desc, bytes.data(), bytes.size()}, want.view())));
  test::on_device(
      problem(desc) + ":out " + to_string(c.out) + ":blob at+" + std::to_string(c.blob_at),
      [&](const Exec& exec) {
        const DeviceBlob blob(desc, bytes, c.blob_at);
        Matrix got(desc.type, desc.rows, desc.cols, c.out);
        got.poison();
        const DeviceMatrix out(got.view(), c.out.misalign);
        ASSERT_TRUE(succeeds(unpack(exec, blob.cview(), out.view())));
        out.read_into(got.view());
        EXPECT_TRUE(same_bits(want, got));
        EXPECT_TRUE(got.surroundings_intact());
        EXPECT_TRUE(out.zones_intact());
        EXPECT_TRUE(same_bytes(blob.read(), bytes));
      },
      effort);
}

// The blob of a matrix: what comes out must be the masked matrix.
void expect_restored(DataType type, Shape shape, Pattern pattern, const Case& c,
                     const Effort& effort = {}) {
  Random random(shape.rows * 31 + shape.cols);
  const Matrix m = mixed_matrix(type, shape.rows, shape.cols, random);
  Mask mask(shape.rows, shape.cols);
  fill_sparse_mask(mask, random, pattern);
  const Blob blob = canonical_blob(m, mask, pattern);
  ASSERT_TRUE(same_bits(unpacked(blob), masked(m, mask)));
  expect_unpacked(blob.desc(), bytes_of(blob), c, effort);
}

class CanonicalUnpackDevice : public testing::TestWithParam<DataType> {
 protected:
  Random random_{7};
};
INSTANTIATE_TEST_SUITE_P(Types, CanonicalUnpackDevice, testing::ValuesIn(matrix_types()), by_type);

TEST_P(CanonicalUnpackDevice, EverySchedule) {
  HEDDLE_NEED_DEVICE();
  for (Pattern pattern : {Pattern{2, 4}, Pattern{1, 2}, Pattern{1, 4}, Pattern{4, 8}, Pattern{3, 8},
                          Pattern{3, 5}, Pattern{7, 32}}) {
    const Shape shape = {pattern.group == 32 ? 1 : 3, pattern.group * 33 - 1};
    expect_restored(GetParam(), shape, pattern, {});
    expect_restored(GetParam(), shape, pattern, {{Order::row, 3, 1}, 1});
  }
}

TEST_P(CanonicalUnpackDevice, EveryPlacement) {
  HEDDLE_NEED_DEVICE();
  for (Pattern pattern : lane_patterns())
    for (const Shape& shape : {Shape{3, 7}, {5, 64}, {2, 131}})
      for (const Placement& place : placements())
        expect_restored(GetParam(), shape, pattern, {place, place.misalign}, {1});
}

TEST_P(CanonicalUnpackDevice, BlobAnywhere) {
  HEDDLE_NEED_DEVICE();
  for (Pattern pattern : {Pattern{2, 4}, Pattern{4, 8}, Pattern{5, 12}})
    for (const std::size_t at : {1, 2, 3, 4, 8, 12, 16})
      expect_restored(GetParam(), {3, pattern.group * 32}, pattern, {{}, at}, {1});
}

TEST_P(CanonicalUnpackDevice, AnyMetadata) {
  HEDDLE_NEED_DEVICE();
  for (const std::vector<Pattern>& list : {lane_patterns(), other_patterns()})
    for (Pattern pattern : list)
      for (const Shape& shape : {Shape{3, pattern.group * 8}, {2, pattern.group * 17 - 1}}) {
        const PackedDesc desc = {shape.rows, shape.cols, pattern, GetParam(),
                                 PackedOrder::canonical};
        expect_unpacked(desc, garbage(desc, random_), {}, {1});
        expect_unpacked(desc, garbage(desc, random_), {{Order::col, 1, 1}, 1}, {1});
      }
}

TEST(CanonicalUnpackDevice, TileEdges) {
  HEDDLE_NEED_DEVICE();
  for (Pattern pattern :
       {Pattern{2, 4}, Pattern{1, 2}, Pattern{4, 8}, Pattern{3, 8}, Pattern{3, 5}})
    for (const std::int64_t groups : {1, 7, 8, 9, 31, 32, 33, 127, 128, 129, 257})
      for (const std::int64_t rows : {1, 8, 9}) {
        if (groups > 100 && rows == 8) continue;
        expect_restored(DataType::bf16, {rows, groups * pattern.group - (rows == 9)}, pattern, {},
                        {2});
      }
}

TEST(CanonicalUnpackDevice, EveryPair) {
  HEDDLE_NEED_DEVICE();
  Random random(9);
  for (int group = 1; group <= 32; ++group)
    for (int keep = 1; keep <= group; ++keep) {
      const PackedDesc desc = {1,
                               group * 9 - group / 3,
                               {keep, group},
                               keep % 2 == 0 ? DataType::f16 : DataType::i8,
                               PackedOrder::canonical};
      expect_unpacked(desc, garbage(desc, random), {}, {1});
      if (testing::Test::HasFailure()) return;
    }
}

TEST(CanonicalUnpackDevice, FewBlocks) {
  HEDDLE_NEED_DEVICE();
  for (Pattern pattern : {Pattern{2, 4}, Pattern{3, 5}})
    for (const std::int64_t blocks : {1, 3})
      expect_restored(DataType::f16, {19, 1050}, pattern, {}, {1, blocks});
}

TEST(CanonicalUnpackDevice, Empty) {
  HEDDLE_NEED_DEVICE();
  for (Pattern pattern : {Pattern{2, 4}, Pattern{3, 5}})
    for (const Shape& shape : {Shape{0, 0}, {0, 9}, {7, 0}})
      expect_restored(DataType::bf16, shape, pattern, {}, {1});
}

}  // namespace
}  // namespace heddle
