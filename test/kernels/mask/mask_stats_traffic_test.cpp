// What mask_stats moves, counted by the testbed.
#include "test/device/device.hpp"
#include "test/oracle/codes.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/suite.hpp"
#include "test/simt/counted.hpp"

#include <vector>

#include "heddle/mask.hpp"

namespace heddle {
namespace {

using namespace oracle;
using simt::Launches;
using simt::Traffic;
using test::DeviceBytes;
using test::DeviceMatrix;

constexpr std::int64_t kRows = 64, kCols = 1024;

class MaskStatsTraffic : public testing::TestWithParam<DataType> {};

// The matrix and the mask once, and 32 bytes for each tile of 128 runs by 32 rows.
TEST_P(MaskStatsTraffic, EveryByteOnce) {
  const auto size = static_cast<std::int64_t>(size_of(GetParam()));
  Random random(5);
  Matrix m(GetParam(), kRows, kCols);
  fill_normal(m, random);
  const DeviceMatrix matrix(m.view());
  const std::vector<unsigned char> ones(static_cast<std::size_t>(kRows * kCols), 1);
  const DeviceBytes mask(ones.data(), ones.size());
  const Launches launches = simt::launches_of([&] {
    return mask_stats(Exec::cuda(), matrix.cview(), {mask.data(), kRows, kCols, kCols, Order::row})
        .status();
  });
  EXPECT_EQ(launches.count, 2u);
  const std::int64_t wide = 128 * 16 / size, tiles = kRows / 32 * ((kCols + wide - 1) / wide);
  const Traffic& load = launches.report.counters.global_load;
  const auto own = static_cast<std::uint64_t>(kRows * kCols * (size + 1) / 32);
  EXPECT_GE(load.units, own);
  EXPECT_LE(load.units, own + static_cast<std::uint64_t>(4 * tiles));  // the tiles' sums
  const Traffic& store = launches.report.counters.global_store;
  EXPECT_LE(store.units, static_cast<std::uint64_t>(4 * (tiles + 1)));
}

INSTANTIATE_TEST_SUITE_P(Types, MaskStatsTraffic, testing::ValuesIn(matrix_types()), by_type);

}  // namespace
}  // namespace heddle
