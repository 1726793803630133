// What the kernels of scores and sums of squares move, counted by the testbed.
#include "test/device/device.hpp"
#include "test/oracle/codes.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/suite.hpp"
#include "test/simt/counted.hpp"

#include <vector>

#include "heddle/score.hpp"

namespace heddle {
namespace {

using namespace oracle;
using simt::Counters;
using simt::counters_of;
using test::DeviceBytes;
using test::DeviceMatrix;

constexpr std::int64_t kRows = 64, kCols = 1024;

Matrix aligned(DataType type, Order order) {
  Random random(5);
  Matrix m(type, kRows, kCols, {order, 0, 0});
  fill_normal(m, random);
  return m;
}

class ScoreTraffic : public testing::TestWithParam<DataType> {};

// A warp reads the columns' values once for eight rows; of order col, each lane those of its rows.
TEST_P(ScoreTraffic, EveryByteOnce) {
  const auto size = static_cast<std::int64_t>(size_of(GetParam()));
  const std::vector<float> columns(kCols, 2.0f);
  const DeviceBytes values(columns.data(), 4 * kCols);
  for (Order weight : {Order::row, Order::col})
    for (Order scores : {Order::row, Order::col})
      for (Score kind : {Score::magnitude, Score::activation_norm, Score::obs_diagonal}) {
        const DeviceMatrix w(aligned(GetParam(), weight).view());
        const DeviceMatrix out(aligned(DataType::f32, scores).view());
        const Counters counters = counters_of([&] {
          return score(Exec::cuda(), w.cview(), kind, {values.data(), kCols, DataType::f32},
                       out.view());
        });
        simt::expect_sectors(counters.global_store, kRows * kCols * 4);
        EXPECT_EQ(counters.bank_conflicts(), 0u);
        EXPECT_EQ(counters.shared_load.instructions > 0, weight != scores);
        if (kind == Score::magnitude)
          simt::expect_sectors(counters.global_load, kRows * kCols * size);
        if (kind != Score::magnitude && weight == Order::row && scores == Order::row)
          simt::expect_sectors(counters.global_load, kRows * kCols * size + kRows / 8 * kCols * 4);
      }
}

TEST_P(ScoreTraffic, SquaresReadEveryByteOnce) {
  const auto size = static_cast<std::int64_t>(size_of(GetParam()));
  for (Order order : {Order::row, Order::col}) {
    const DeviceMatrix x(aligned(GetParam(), order).view());
    const std::vector<double> zeros(kCols, 0.0);
    const DeviceBytes sums(zeros.data(), 8 * kCols);
    const Counters counters = counters_of([&] {
      return accumulate_squares(Exec::cuda(), x.cview(), reinterpret_cast<double*>(sums.data()));
    });
    if (order == Order::row) {
      simt::expect_sectors(counters.global_load, kRows * kCols * size + 8 * kCols);
      simt::expect_sectors(counters.global_store, 8 * kCols);
      EXPECT_EQ(counters.global_load.instructions,
                static_cast<std::uint64_t>(kRows * kCols * size / 512 + kCols / 32));
    } else {  // a lane has a sum: a sector for each
      EXPECT_EQ(counters.global_load.units,
                static_cast<std::uint64_t>(kRows * kCols * size / 32 + kCols));
      EXPECT_EQ(counters.shared_load.instructions, 0u);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, ScoreTraffic, testing::ValuesIn(matrix_types()), by_type);

TEST(NormsTraffic, EveryByteOnce) {
  const std::vector<double> sums(kCols, 2.0);
  const DeviceBytes from(sums.data(), 8 * kCols), to(4 * kCols);
  const Counters counters = counters_of([&] {
    return norms_of_squares(Exec::cuda(), reinterpret_cast<const double*>(from.data()), kCols,
                            reinterpret_cast<float*>(to.data()));
  });
  simt::expect_sectors(counters.global_load, 8 * kCols);
  simt::expect_sectors(counters.global_store, 4 * kCols);
}

TEST(ScoreLaunches, NoneForEmptyMatrices) {
  const DeviceBytes bytes(8);
  simt::set_runtime({});
  (void)simt::take_launches();
  EXPECT_TRUE(
      succeeds(score(Exec::cuda(), {bytes.data(), 0, 4, 4, DataType::f16, Order::row},
                     Score::magnitude, {}, {bytes.data(), 0, 4, 4, DataType::f32, Order::row})));
  EXPECT_TRUE(
      succeeds(accumulate_squares(Exec::cuda(), {bytes.data(), 0, 1, 1, DataType::f16, Order::row},
                                  reinterpret_cast<double*>(bytes.data()))));
  EXPECT_EQ(simt::take_launches().count, 0u);
}

}  // namespace
}  // namespace heddle
