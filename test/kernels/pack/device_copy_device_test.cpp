// convert and slices that end in device order, with CUDA: the CPU path's bytes.
#include "test/kernels/pack/device_case.hpp"

namespace heddle {
namespace {

using namespace oracle;
using test::Effort;

Blob blob_of(DataType type, Pattern pattern, const Shape& shape, PackedOrder order) {
  const Matrix m = device_matrix(type, shape.rows, shape.cols);
  Random random(shape.rows + shape.cols);
  Mask mask(shape.rows, shape.cols);
  fill_sparse_mask(mask, random, pattern);
  return packed(m, mask, pattern, order);
}

// `make(exec, packed, out)` on the device must give the bytes it gives on the host.
template <class Make>
void expect_same(const Blob& from, const PackedDesc& desc, const Make& make, std::size_t at = 0,
                 const Effort& effort = {.schedules = 2}) {
  Blob want(desc);
  ASSERT_TRUE(succeeds(make(Exec::cpu(1), from.cview(), want.view())));
  test::on_device(
      problem(from.desc()) + " to " + problem(desc) + ":blob at+" + std::to_string(at),
      [&](const Exec& exec) {
        const DeviceBlob in(from.desc(), bytes_of(from), at), out(desc, at);
        ASSERT_TRUE(succeeds(make(exec, in.cview(), out.view())));
        EXPECT_TRUE(same_bytes(out.read(), bytes_of(want)));
        EXPECT_TRUE(in.zones_intact());
        EXPECT_TRUE(out.zones_intact());
      },
      effort);
}

PackedDesc with(PackedDesc desc, PackedOrder order) {
  desc.order = order;
  return desc;
}

void expect_converted(const Blob& from, std::size_t at = 0,
                      const Effort& effort = {.schedules = 2}) {
  expect_same(
      from, with(from.desc(), PackedOrder::device),
      [](const Exec& exec, const ConstPackedView& in, const PackedView& out) {
        return convert(exec, in, out);
      },
      at, effort);
}

void expect_rows(const Blob& from, std::int64_t begin, std::int64_t end, std::size_t at = 0) {
  PackedDesc desc = from.desc();
  desc.rows = end - begin;
  expect_same(
      from, desc,
      [&](const Exec& exec, const ConstPackedView& in, const PackedView& out) {
        return slice_rows(exec, in, begin, end, out);
      },
      at);
}

void expect_cols(const Blob& from, std::int64_t begin, std::int64_t end, std::size_t at = 0) {
  PackedDesc desc = from.desc();
  desc.cols = end - begin;
  expect_same(
      from, desc,
      [&](const Exec& exec, const ConstPackedView& in, const PackedView& out) {
        return slice_cols(exec, in, begin, end, out);
      },
      at);
}

class DeviceCopy : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, DeviceCopy, testing::ValuesIn(matrix_types()), by_type);

TEST_P(DeviceCopy, EverySchedule) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern pattern : device_patterns(GetParam()))
    expect_converted(blob_of(GetParam(), pattern, {65, 130}, PackedOrder::canonical), 0, {});
}

TEST_P(DeviceCopy, FromEitherOrder) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern pattern : device_patterns(GetParam()))
    for (const PackedOrder order : {PackedOrder::canonical, PackedOrder::device})
      for (const Shape& shape : device_shapes())
        expect_converted(blob_of(GetParam(), pattern, shape, order));
}

TEST_P(DeviceCopy, BlobsAnywhere) {
  HEDDLE_NEED_DEVICE();
  for (const PackedOrder order : {PackedOrder::canonical, PackedOrder::device})
    for (const std::size_t at : {1, 2, 4, 8})
      expect_converted(blob_of(GetParam(), device_patterns(GetParam()).front(), {65, 66}, order),
                       at);
}

TEST_P(DeviceCopy, FewBlocks) {
  HEDDLE_NEED_DEVICE();
  for (const PackedOrder order : {PackedOrder::canonical, PackedOrder::device})
    for (const std::int64_t blocks : {1, 3})
      expect_converted(blob_of(GetParam(), device_patterns(GetParam()).front(), {129, 200}, order),
                       0, {.schedules = 2, .max_blocks = blocks});
}

// Whole blocks move as they are, the rest entry by entry.
TEST_P(DeviceCopy, Slices) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern pattern : device_patterns(GetParam())) {
    const Blob from = blob_of(GetParam(), pattern, {150, 203}, PackedOrder::device);
    for (const auto& [begin, end] : {std::pair{0, 64},
                                     {64, 150},
                                     {64, 64},
                                     {1, 66},
                                     {70, 71},
                                     {128, 150},
                                     {63, 149},
                                     {0, 150}})
      expect_rows(from, begin, end);
    for (const auto& [begin, end] : {std::pair{0, 128},
                                     {64, 203},
                                     {4, 72},
                                     {68, 68},
                                     {128, 203},
                                     {200, 203},
                                     {4, 203},
                                     {64, 100}})
      expect_cols(from, begin, end);
    if (pattern.group == 2) expect_cols(from, 2, 70);  // chunks are cut in two
    expect_rows(from, 64, 128, 1);
    expect_cols(from, 64, 203, 8);
  }
}

TEST_P(DeviceCopy, Empty) {
  HEDDLE_NEED_DEVICE();
  for (const PackedOrder order : {PackedOrder::canonical, PackedOrder::device})
    for (const Shape& shape : {Shape{0, 0}, Shape{0, 5}, Shape{5, 0}})
      expect_converted(blob_of(GetParam(), device_patterns(GetParam()).front(), shape, order));
}

}  // namespace
}  // namespace heddle
