// convert to canonical order and slices of canonical blobs with CUDA: the bytes of the CPU path.
#include "test/kernels/pack/canonical_case.hpp"

namespace heddle {
namespace {

using namespace oracle;
using test::Effort;

// What is taken of a blob: everything in the other order, or rows, or columns, in the same.
struct Cut {
  enum { all, rows, cols } what = all;
  std::int64_t begin = 0, end = 0;
};

Status run(const Exec& exec, const ConstPackedView& from, const Cut& cut, const PackedView& out) {
  switch (cut.what) {
    case Cut::rows: return slice_rows(exec, from, cut.begin, cut.end, out);
    case Cut::cols: return slice_cols(exec, from, cut.begin, cut.end, out);
    default: return convert(exec, from, out);
  }
}

void expect_copied(const PackedDesc& desc, const Bytes& bytes, const Cut& cut, std::size_t at,
                   const Effort& effort) {
  PackedDesc to = desc;
  to.order = PackedOrder::canonical;
  if (cut.what == Cut::rows) to.rows = cut.end - cut.begin;
  if (cut.what == Cut::cols) to.cols = cut.end - cut.begin;
  Blob want(to);
  ASSERT_TRUE(succeeds(run(Exec::cpu(1), {desc, bytes.data(), bytes.size()}, cut, want.view())));
  test::on_device(
      problem(desc) + ":cut " + std::to_string(cut.what) + " " + std::to_string(cut.begin) + ".." +
          std::to_string(cut.end) + ":at+" + std::to_string(at),
      [&](const Exec& exec) {
        const DeviceBlob from(desc, bytes, at);
        const DeviceBlob out(to, at);
        ASSERT_TRUE(succeeds(run(exec, from.cview(), cut, out.view())));
        EXPECT_TRUE(same_bytes(out.read(), bytes_of(want)));
        EXPECT_TRUE(out.zones_intact());
        EXPECT_TRUE(same_bytes(from.read(), bytes));
      },
      effort);
}

// A blob of random entries; with `legal` off, of any bytes behind the header.
Bytes source(const PackedDesc& desc, bool legal, Random& random) {
  const Matrix m = mixed_matrix(desc.type, desc.rows, desc.cols, random);
  Mask mask(desc.rows, desc.cols);
  fill_sparse_mask(mask, random, desc.pattern);
  Bytes bytes = bytes_of(packed(m, mask, desc.pattern, desc.order));
  if (!legal)
    for (std::size_t i = 128; i < bytes.size(); ++i)
      bytes[i] = static_cast<unsigned char>(random.next());
  return bytes;
}

class CanonicalCopyDevice : public testing::TestWithParam<DataType> {
 protected:
  Random random_{11};
};
INSTANTIATE_TEST_SUITE_P(Types, CanonicalCopyDevice, testing::ValuesIn(matrix_types()), by_type);

TEST_P(CanonicalCopyDevice, ConvertsFromDeviceOrder) {
  HEDDLE_NEED_DEVICE();
  for (Pattern pattern : {Pattern{2, 4}, Pattern{1, 2}, Pattern{1, 4}}) {
    if (!device_holds(pattern, GetParam())) continue;
    for (const Shape& shape : {Shape{1, 1}, {3, 9}, {64, 64}, {65, 131}, {17, 200}})
      for (const bool legal : {true, false}) {
        const PackedDesc desc = {shape.rows, shape.cols, pattern, GetParam(), PackedOrder::device};
        const unsigned schedules = shape.rows == 3 ? 16 : 1;
        expect_copied(desc, source(desc, legal, random_), {}, shape.rows == 17 ? 1 : 0,
                      {schedules});
      }
  }
}

TEST_P(CanonicalCopyDevice, Slices) {
  HEDDLE_NEED_DEVICE();
  for (Pattern pattern : {Pattern{2, 4}, Pattern{1, 2}, Pattern{3, 8}, Pattern{3, 5},
                          Pattern{7, 32}, Pattern{1, 1}}) {
    const PackedDesc desc = {5, pattern.group * 9 - 1 + (pattern.group == 1), pattern, GetParam(),
                             PackedOrder::canonical};
    const Bytes bytes = source(desc, GetParam() != DataType::i8, random_);
    for (const auto& [begin, end] : {std::pair{0, 5}, {1, 4}, {2, 2}, {4, 5}})
      expect_copied(desc, bytes, {Cut::rows, begin, end}, 0, {2});
    for (const auto& [begin, end] : {std::pair{0, 9}, {1, 9}, {1, 8}, {3, 4}, {5, 5}})
      expect_copied(
          desc, bytes,
          {Cut::cols, begin * pattern.group, std::min(end * pattern.group, int(desc.cols))}, 1,
          {2});
  }
}

// Converting canonical to canonical copies.
TEST(CanonicalCopyDevice, OtherPatterns) {
  HEDDLE_NEED_DEVICE();
  Random random(2);
  for (const std::vector<Pattern>& list : {lane_patterns(), other_patterns()})
    for (Pattern pattern : list) {
      const PackedDesc desc = {3, pattern.group * 11 - pattern.group / 2, pattern, DataType::bf16,
                               PackedOrder::canonical};
      expect_copied(desc, source(desc, false, random), {}, 3, {1});
    }
}

TEST(CanonicalCopyDevice, EveryScheduleAndFewBlocks) {
  HEDDLE_NEED_DEVICE();
  Random random(4);
  for (PackedOrder order : {PackedOrder::canonical, PackedOrder::device})
    for (const std::int64_t blocks : {0, 1, 3}) {
      const PackedDesc desc = {19, 300, {2, 4}, DataType::f16, order};
      expect_copied(desc, source(desc, true, random), {}, 0, {blocks == 0 ? 16u : 2u, blocks});
    }
}

TEST(CanonicalCopyDevice, Empty) {
  HEDDLE_NEED_DEVICE();
  Random random(6);
  for (PackedOrder order : {PackedOrder::canonical, PackedOrder::device})
    for (const Shape& shape : {Shape{0, 0}, {0, 9}, {7, 0}}) {
      const PackedDesc desc = {shape.rows, shape.cols, {2, 4}, DataType::bf16, order};
      expect_copied(desc, source(desc, true, random), {}, 0, {1});
    }
}

}  // namespace
}  // namespace heddle
