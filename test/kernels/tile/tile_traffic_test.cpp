// What the tile kernels move, counted by the testbed: sectors, bank conflicts, launches.
#include "test/kernels/pack/device_case.hpp"
#include "test/kernels/tile/tile_case.hpp"
#include "test/simt/counted.hpp"

namespace heddle {
namespace {

using namespace oracle;
using test::DeviceBytes;
using test::DeviceMatrix;

void expect_ideal(const char* what, const simt::Traffic& traffic, std::uint64_t bytes) {
  EXPECT_LE(static_cast<double>(traffic.units), 1.05 * static_cast<double>(bytes / 32)) << what;
  EXPECT_GE(traffic.units, bytes / 32) << what;
  EXPECT_EQ(traffic.units, traffic.ideal) << what;
}

constexpr Shape kAligned = {64, 256};
constexpr std::uint64_t kElements = 64 * 256;

Matrix aligned(DataType type, Order order) {
  Random random(5);
  Matrix m(type, kAligned.rows, kAligned.cols, {order, 0, 0});
  fill_normal(m, random, type == DataType::i8 ? 40.0 : 1.0);
  return m;
}

class TileTraffic : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, TileTraffic, testing::ValuesIn(matrix_types()), by_type);

TEST_P(TileTraffic, MaskMovesEveryByteOnce) {
  for (const Order order : {Order::row, Order::col})
    for (const TileRule rule : {TileRule::exact, TileRule::at_most, TileRule::greedy}) {
      const Matrix m = aligned(GetParam(), order);
      const DeviceMatrix dm(m.view());
      const DeviceBytes mask(kElements);
      const MaskView view{mask.data(), m.rows(), m.cols(), packed_ld(m.rows(), m.cols(), order),
                          order};
      const simt::Counters counters = simt::counters_of([&] {
        EXPECT_TRUE(succeeds(best_tile_mask(Exec::cuda(), dm.cview(), {{2, 4}, rule}, view)));
      });
      expect_ideal("loads", counters.global_load, kElements * size_of(GetParam()));
      expect_ideal("stores", counters.global_store, kElements);
      EXPECT_EQ(counters.global_load.instructions, kElements * size_of(GetParam()) / 512);
      EXPECT_EQ(counters.shared_load.instructions + counters.shared_store.instructions, 0u);
    }
}

TEST_P(TileTraffic, PackReadsOnceAndWritesBoth) {
  if (size_of(GetParam()) > 2) GTEST_SKIP() << "no fused kernel for f32";
  for (const Order order : {Order::row, Order::col})
    for (const bool masked : {false, true}) {
      const Matrix m = aligned(GetParam(), order);
      const DeviceMatrix dm(m.view());
      const DeviceBytes bytes(kElements);
      const DeviceBlob out(desc_of(m, {2, 4}, PackedOrder::device));
      const DeviceBlob turned({m.cols(), m.rows(), {2, 4}, GetParam(), PackedOrder::device});
      std::optional<MaskView> mask;
      if (masked)
        mask =
            MaskView{bytes.data(), m.rows(), m.cols(), packed_ld(m.rows(), m.cols(), order), order};
      const simt::Counters counters = simt::counters_of([&] {
        EXPECT_TRUE(succeeds(
            pack_tiles(Exec::cuda(), dm.cview(), {{2, 4}}, out.view(), turned.view(), mask)));
      });
      expect_ideal("loads", counters.global_load, kElements * size_of(GetParam()));
      expect_ideal("stores", counters.global_store,
                   out.read().size() + turned.read().size() + (masked ? kElements : 0));
      EXPECT_EQ(counters.bank_conflicts(), 0u);
    }
}

// Greedy, which reads rows and columns alike. (The fast solver's exchanges wait for one another.)
TEST(LargeTileTraffic, NoBankConflicts) {
  for (const Pattern& pattern : {Pattern{4, 8}, Pattern{8, 16}, Pattern{16, 32}})
    for (const Order order : {Order::row, Order::col}) {
      const Matrix m = aligned(DataType::bf16, order);
      const DeviceMatrix dm(m.view());
      const DeviceBytes mask(kElements);
      const MaskView view{mask.data(), m.rows(), m.cols(), packed_ld(m.rows(), m.cols(), order),
                          order};
      const simt::Counters counters = simt::counters_of([&] {
        EXPECT_TRUE(
            succeeds(best_tile_mask(Exec::cuda(), dm.cview(), {pattern, TileRule::greedy}, view)));
      });
      expect_ideal("loads", counters.global_load, kElements * 2);
      EXPECT_EQ(counters.bank_conflicts(), 0u);
    }
}

}  // namespace
}  // namespace heddle
