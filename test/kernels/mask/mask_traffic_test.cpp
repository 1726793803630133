// What the mask kernels move, counted by the testbed: launches, sectors, bank conflicts.
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
using simt::Counters;
using simt::Launches;
using simt::launches_of;
using simt::Traffic;
using test::DeviceBytes;
using test::DeviceMatrix;

// `traffic` moved `bytes` in whole sectors, and no more than the ideal of each instruction.
void expect_ideal(const Traffic& traffic, std::int64_t bytes) {
  EXPECT_EQ(traffic.ideal * 32, static_cast<std::uint64_t>(bytes));
  EXPECT_LE(static_cast<double>(traffic.units), 1.05 * static_cast<double>(traffic.ideal));
}

constexpr std::int64_t kRows = 64, kCols = 1024;

Matrix aligned(DataType type, Order order) {
  Random random(5);
  Matrix m(type, kRows, kCols, {order, 0, 0});
  fill_normal(m, random);
  return m;
}

Counters best_mask_counters(const Matrix& m, Pattern pattern, Order mask_order) {
  const DeviceMatrix matrix(m.view());
  const DeviceBytes mask(static_cast<std::size_t>(kRows * kCols));
  const MaskView view{mask.data(), kRows, kCols, packed_ld(kRows, kCols, mask_order), mask_order};
  const Launches launches =
      launches_of([&] { return best_mask(Exec::cuda(), matrix.cview(), pattern, view); });
  EXPECT_EQ(launches.count, 1u);
  return launches.report.counters;
}

class MaskTraffic : public testing::TestWithParam<DataType> {};

TEST_P(MaskTraffic, AlignedTwoOfFourMovesEveryByteOnce) {
  for (Order order : {Order::row, Order::col}) {
    const Matrix m = aligned(GetParam(), order);
    const Counters counters = best_mask_counters(m, {2, 4}, order);
    expect_ideal(counters.global_load, kRows * kCols * static_cast<int>(size_of(GetParam())));
    expect_ideal(counters.global_store, kRows * kCols);
    EXPECT_EQ(counters.bank_conflicts(), 0u);
    EXPECT_EQ(counters.shared_load.instructions, 0u);
    if (order == Order::row) {  // 16 bytes a lane
      EXPECT_EQ(counters.global_load.instructions,
                static_cast<std::uint64_t>(kRows * kCols / 512) * size_of(GetParam()));
    }
  }
}

// 4:8 has all 32 elements of a step in whole groups; 1-byte loads of a warp fill one sector.
TEST_P(MaskTraffic, MixedOrdersGoThroughSharedMemoryWithoutConflicts) {
  for (Order matrix : {Order::row, Order::col})
    for (Order mask : {Order::row, Order::col})
      for (const Pattern& pattern : {Pattern{2, 4}, Pattern{8, 16}}) {
        if (matrix == mask && pattern.group == 4) continue;
        const Counters counters = best_mask_counters(aligned(GetParam(), matrix), pattern, mask);
        expect_ideal(counters.global_load, kRows * kCols * static_cast<int>(size_of(GetParam())));
        expect_ideal(counters.global_store, kRows * kCols);
        EXPECT_GT(counters.shared_load.instructions, 0u);
        EXPECT_EQ(counters.bank_conflicts(), 0u);
      }
}

TEST_P(MaskTraffic, CheckReadsEveryByteOnce) {
  const std::int64_t bytes = kRows * kCols * static_cast<int>(size_of(GetParam()));
  for (Order order : {Order::row, Order::col})
    for (const Pattern& pattern : {Pattern{2, 4}, Pattern{8, 16}}) {
      const Matrix zeros(GetParam(), kRows, kCols, {order, 0, 0});
      const DeviceMatrix matrix(zeros.view());
      const DeviceBytes report(sizeof(CheckReport));
      const Launches launches = launches_of([&] {
        return check(Exec::cuda(), matrix.cview(), pattern,
                     reinterpret_cast<CheckReport*>(report.data()));
      });
      EXPECT_EQ(launches.count, 3u);  // begin, check, finish
      const Traffic& load = launches.report.counters.global_load;
      EXPECT_GE(load.units * 32, static_cast<std::uint64_t>(bytes));
      EXPECT_LE(load.units, static_cast<std::uint64_t>(bytes / 32 + 3));  // the tally is read, too
    }
}

TEST_P(MaskTraffic, ApplyMaskMovesEveryByteOnce) {
  const Matrix m = aligned(GetParam(), Order::row);
  const DeviceMatrix matrix(m.view()), out(m.view());
  const std::vector<unsigned char> ones(static_cast<std::size_t>(kRows * kCols), 1);
  const DeviceBytes mask(ones.data(), ones.size());
  const ConstMaskView view{mask.data(), kRows, kCols, kCols, Order::row};
  const Launches launches =
      launches_of([&] { return apply_mask(Exec::cuda(), matrix.cview(), view, out.view()); });
  EXPECT_EQ(launches.count, 1u);
  const auto size = static_cast<std::int64_t>(size_of(GetParam()));
  expect_ideal(launches.report.counters.global_load, kRows * kCols * (size + 1));
  expect_ideal(launches.report.counters.global_store, kRows * kCols * size);
}

INSTANTIATE_TEST_SUITE_P(Types, MaskTraffic, testing::ValuesIn(matrix_types()), by_type);

TEST(ListTraffic, ItemsShareLaunches) {
  const Matrix m(DataType::f16, 3, 40);
  const DeviceMatrix matrix(m.view());
  const DeviceBytes mask(120), out(300 * 240);
  const MaskedMatrix item{matrix.cview(), {mask.data(), 3, 40, 40, Order::row}, matrix.view()};
  const MaskedMatrix empty{};
  struct Expected {
    std::size_t full, empty;
    unsigned launches;
  };
  for (const Expected& e : {Expected{0, 0, 0},
                            {1, 0, 1},
                            {2, 0, 1},
                            {128, 0, 1},
                            {129, 0, 2},
                            {300, 0, 3},
                            {0, 1, 0},
                            {0, 300, 0},
                            {128, 200, 1},
                            {1, 300, 1}}) {
    std::vector<MaskedMatrix> list(e.empty, empty);
    for (std::size_t i = 0; i < e.full; ++i) {
      list.push_back(item);
      list.back().out.data = out.data() + 240 * i;
    }
    const Launches launches =
        launches_of([&] { return apply_masks(Exec::cuda(), list.data(), list.size()); });
    EXPECT_EQ(launches.count, e.launches) << e.full << " matrices and " << e.empty << " empty";
  }
}

TEST(BestMaskLaunches, NoneForEmptyMatrices) {
  const DeviceBytes bytes(1);
  const Launches launches = launches_of([&] {
    return best_mask(Exec::cuda(), {bytes.data(), 0, 4, 4, DataType::f16, Order::row}, {2, 4},
                     {bytes.data(), 0, 4, 4, Order::row});
  });
  EXPECT_EQ(launches.count, 0u);
}

}  // namespace
}  // namespace heddle
