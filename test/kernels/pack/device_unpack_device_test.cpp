// unpack from device order with CUDA: what was packed; of anything else, what the CPU path makes.
#include "test/kernels/pack/device_case.hpp"

namespace heddle {
namespace {

using namespace oracle;
using test::DeviceMatrix;
using test::Effort;

void expect_unpacked(const PackedDesc& desc, const Bytes& blob, std::size_t blob_at,
                     const Matrix& want, const Placement& place, const Effort& effort = {}) {
  const std::string name =
      problem(desc) + ":" + to_string(place) + ":blob at+" + std::to_string(blob_at);
  test::on_device(
      name,
      [&](const Exec& exec) {
        const DeviceBlob in(desc, blob, blob_at);
        Matrix got(desc.type, desc.rows, desc.cols, place);
        got.poison();
        const DeviceMatrix out(got.view(), place.misalign);
        ASSERT_TRUE(succeeds(unpack(exec, in.cview(), out.view())));
        out.read_into(got.view());
        EXPECT_TRUE(same_bits(want, got));
        EXPECT_TRUE(got.surroundings_intact());
        EXPECT_TRUE(out.zones_intact());
        EXPECT_TRUE(in.zones_intact());
      },
      effort);
}

// The best entries of a matrix, packed and back.
void expect_round_trip(DataType type, Pattern pattern, const Shape& shape, std::size_t blob_at,
                       const Placement& place, const Effort& effort = {}) {
  const Matrix m = device_matrix(type, shape.rows, shape.cols);
  const Mask mask = best_mask_of(m, pattern);
  expect_unpacked(desc_of(m, pattern, PackedOrder::device), device_bytes(m, mask, pattern), blob_at,
                  masked(m, mask), place, effort);
}

class DeviceUnpack : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, DeviceUnpack, testing::ValuesIn(matrix_types()), by_type);

TEST_P(DeviceUnpack, EverySchedule) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern pattern : device_patterns(GetParam())) {
    expect_round_trip(GetParam(), pattern, {64, 128}, 0, {});
    expect_round_trip(GetParam(), pattern, {65, 67}, 1, {Order::col, 5, 1});
  }
}

TEST_P(DeviceUnpack, EveryShape) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern pattern : device_patterns(GetParam()))
    for (const Shape& shape : device_shapes())
      expect_round_trip(GetParam(), pattern, shape, 0, {}, {.schedules = 2});
}

TEST_P(DeviceUnpack, EveryPlacement) {
  HEDDLE_NEED_DEVICE();
  constexpr std::size_t kBlobAt[] = {0, 8, 4, 2, 1, 16};
  const Pattern pattern = device_patterns(GetParam()).front();
  for (const Shape& shape : {Shape{65, 66}, Shape{3, 129}, Shape{5, 1}})
    for (std::size_t i = 0; i < placements().size(); ++i)
      expect_round_trip(GetParam(), pattern, shape, kBlobAt[i], placements()[i], {.schedules = 2});
  for (const std::size_t at : {1, 2, 4, 8, 16})
    expect_round_trip(GetParam(), pattern, {66, 128}, at,
                      {Order::row, static_cast<std::int64_t>(at), at}, {.schedules = 2});
}

// Rows are aligned, but the last ones, or their last columns, are not whole.
TEST_P(DeviceUnpack, AlignedEdges) {
  HEDDLE_NEED_DEVICE();
  const Pattern pattern = device_patterns(GetParam()).front();
  for (const Shape& shape : {Shape{64, 63}, Shape{63, 64}, Shape{65, 127}})
    expect_round_trip(GetParam(), pattern, shape, 0, {Order::row, -shape.cols % 8 + 8, 0},
                      {.schedules = 2});
}

TEST_P(DeviceUnpack, FewBlocks) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern pattern : device_patterns(GetParam()))
    for (const std::int64_t blocks : {1, 3})
      expect_round_trip(GetParam(), pattern, {129, 200}, 0, {},
                        {.schedules = 3, .max_blocks = blocks});
}

// Any bytes in the payload: illegal positions are dealt with as the CPU path does.
TEST_P(DeviceUnpack, AnyMetadata) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern pattern : device_patterns(GetParam()))
    for (const Shape& shape : {Shape{65, 70}, Shape{128, 128}}) {
      Blob blob({shape.rows, shape.cols, pattern, GetParam(), PackedOrder::device});
      Random random(shape.cols);
      for (std::size_t i = 0; i < blob.size(); ++i)
        blob.data()[i] = static_cast<unsigned char>(random.next());
      expect_unpacked(blob.desc(), bytes_of(blob), 0, unpacked(blob), {}, {.schedules = 2});
    }
}

TEST_P(DeviceUnpack, Empty) {
  HEDDLE_NEED_DEVICE();
  for (const Shape& shape : {Shape{0, 0}, Shape{0, 5}, Shape{5, 0}})
    expect_round_trip(GetParam(), device_patterns(GetParam()).front(), shape, 0, {},
                      {.schedules = 1});
}

}  // namespace
}  // namespace heddle
