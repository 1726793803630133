// What the gathers move, counted by the testbed.
#include "test/device/device.hpp"
#include "test/oracle/suite.hpp"
#include "test/simt/counted.hpp"

#include <numeric>

#include "heddle/permute.hpp"

namespace heddle {
namespace {

using namespace oracle;
using test::DeviceBytes;

class PermuteTraffic : public testing::TestWithParam<DataType> {};

constexpr std::int64_t kRows = 64, kCols = 1024;

simt::Counters counters_of(DataType type, Order order, bool columns) {
  const auto bytes = static_cast<std::size_t>(kRows * kCols) * size_of(type);
  const DeviceBytes in(bytes), out(bytes);
  Permutation p(static_cast<std::size_t>(columns ? kCols : kRows));
  std::iota(p.rbegin(), p.rend(), 0);
  const std::int64_t ld = packed_ld(kRows, kCols, order);
  const ConstMatrixView from{in.data(), kRows, kCols, ld, type, order};
  const MatrixView to{out.data(), kRows, kCols, ld, type, order};
  return simt::counters_of([&] {
    return columns ? permute_columns(Exec::cuda(), from, p, to)
                   : permute_rows(Exec::cuda(), from, p, to);
  });
}

// Whole lines move as whole sectors; stores do in any case.
TEST_P(PermuteTraffic, StoresFillSectorsAndLinesAreReadOnce) {
  const auto sectors = static_cast<std::uint64_t>(kRows * kCols) * size_of(GetParam()) / 32;
  for (const Order order : {Order::row, Order::col})
    for (const bool columns : {false, true}) {
      const simt::Counters counters = counters_of(GetParam(), order, columns);
      EXPECT_EQ(counters.global_store.units, sectors);
      const bool lines = columns == (order == Order::col);
      if (lines) {
        // The permutation is read, too: a sector for an instruction at most.
        EXPECT_LE(counters.global_load.units, sectors + sectors / 8);
        EXPECT_EQ(counters.global_store.instructions, sectors / 16);
      }
    }
}

INSTANTIATE_TEST_SUITE_P(Types, PermuteTraffic, testing::ValuesIn(matrix_types()), by_type);

}  // namespace
}  // namespace heddle
