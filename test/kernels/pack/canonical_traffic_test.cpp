// Global sectors and bank conflicts of the fused prune+pack, as docs/kernels/pack_canonical.md
// claims them.
#include "test/kernels/pack/canonical_case.hpp"
#include "test/simt/counted.hpp"

namespace heddle {
namespace {

using namespace oracle;

class CanonicalTraffic : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, CanonicalTraffic,
                         testing::Values(DataType::bf16, DataType::f16, DataType::f8e4m3,
                                         DataType::f8e5m2, DataType::i8, DataType::f32),
                         by_type);

constexpr double kSector = 32;
constexpr double kAllowed = 1.05;
constexpr Shape kShapes[] = {{16, 512}, {40, 1536}};

// What one launch moved: so many bytes each way at least, and no more than 5 % above it.
void expect_traffic(const simt::Launches& launches, std::size_t read, std::size_t written) {
  const simt::Counters& counted = launches.report.counters;
  EXPECT_EQ(launches.count, 1u);
  const auto expect_sectors = [](const simt::Traffic& traffic, std::size_t bytes) {
    const double least = static_cast<double>(bytes) / kSector;
    EXPECT_GE(static_cast<double>(traffic.units), least);
    EXPECT_LE(static_cast<double>(traffic.units), kAllowed * least);
    EXPECT_LE(static_cast<double>(traffic.units), kAllowed * static_cast<double>(traffic.ideal));
  };
  expect_sectors(counted.global_load, read);
  expect_sectors(counted.global_store, written);
  EXPECT_EQ(counted.bank_conflicts(), 0u);
}

Matrix codes(DataType type, const Shape& shape) {
  Random random(1);
  Matrix m(type, shape.rows, shape.cols);
  fill_codes(m, random);
  return m;
}

std::size_t dense_bytes(const Matrix& m) {
  return static_cast<std::size_t>(m.rows() * m.cols()) * size_of(m.type());
}

// Every byte of the matrix read once and every byte of the blob written once, in whole sectors.
TEST_P(CanonicalTraffic, FusedPruneAndPackMovesEachByteOnce) {
  for (const Shape& shape : kShapes) {
    const Matrix m = codes(GetParam(), shape);
    const test::DeviceMatrix matrix(m.view());
    const DeviceBlob out(desc_of(m, {2, 4}));
    SCOPED_TRACE(problem(out.view().desc));
    expect_traffic(
        simt::launches_of([&] { return pack(Exec::cuda(), matrix.cview(), out.view()); }),
        dense_bytes(m), out.view().bytes);
  }
}

TEST_P(CanonicalTraffic, UnpackMovesEachByteOnce) {
  for (const Shape& shape : kShapes) {
    const Matrix m = codes(GetParam(), shape);
    const Mask mask = best_mask_of(m, {2, 4});
    const Blob blob = packed(m, mask, {2, 4}, PackedOrder::canonical);
    const DeviceBlob from(blob.desc(), bytes_of(blob));
    const test::DeviceMatrix out(m.view());
    SCOPED_TRACE(problem(blob.desc()));
    expect_traffic(
        simt::launches_of([&] { return unpack(Exec::cuda(), from.cview(), out.view()); }),
        blob.size() - 128, dense_bytes(m));
  }
}

}  // namespace
}  // namespace heddle
