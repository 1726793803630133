// What the warpgroup kernel moves and issues, counted by the testbed: what docs/kernels/hopper.md
// claims.
#include "test/kernels/hopper/hopper_device_case.hpp"
#include "test/kernels/matmul/matmul_traffic_case.hpp"

namespace heddle::test {
namespace {

constexpr Kind kBf16 = {DataType::bf16, DataType::bf16, kHopperCapability};

// Bytes of a unit of 64 rows: values and metadata.
double unit_bytes(const Kind& kind) { return 4096 + (size_of(kind.a) == 1 ? 1024 : 512); }

class HopperLoops : public testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(Kinds, HopperLoops, testing::ValuesIn(hopper_kinds()), hopper_kind_name);

// Units more in every block of a cluster: each reads its own rows of A once, in whole sectors, and
// half the tokens of B, which go to both; two products for every 64 rows.
TEST_P(HopperLoops, Units) {
  const Kind& kind = GetParam();
  for (int cluster : {1, 2}) {
    constexpr int kUnits = 4, kGroups = 2, kTokens = 128;
    const MatmulConfig config = warpgroups(kGroups, 1, kTokens, cluster);
    const simt::Counters c = loop(kind, config.tile_m(), kTokens, kUnits, config);
    const int rows64 = kGroups * cluster;
    EXPECT_EQ(c.wgmma, 2u * kUnits * rows64);
    EXPECT_EQ(c.mma, 0u);
    EXPECT_EQ(c.matrix_loads, 0u);
    EXPECT_EQ(double(c.bulk_bytes), kUnits * kTokens * 128.0 * cluster);  // into every block
    const double sectors = kUnits * rows64 * unit_bytes(kind) / kSector;
    // f32 has the metadata words of two units side by side: half of what a load moves.
    const double beside = kind.a == DataType::f32 ? kUnits * rows64 * 512 / kSector : 0;
    const double tokens = kUnits * kTokens * 128 / kSector;  // once for the cluster
    EXPECT_EQ(double(c.global_load.units), tokens + sectors + beside);
    EXPECT_EQ(double(c.global_load.excess()), beside);
    EXPECT_EQ(c.shared_store.instructions, 0u);
    EXPECT_EQ(c.bank_conflicts(), 0u);
  }
}

// Staged: A comes by bulk copies and leaves shared memory in 16-byte reads.
TEST_P(HopperLoops, Staged) {
  const Kind& kind = GetParam();
  if (kind.a == DataType::f32) GTEST_SKIP() << "not of f32";
  constexpr int kUnits = 4;
  MatmulConfig config = warpgroups(2, 1, 256);
  config.staged = true;
  const simt::Counters c = loop(kind, 128, 256, kUnits, config);
  EXPECT_EQ(c.wgmma, kUnits * 4u);
  EXPECT_EQ(double(c.bulk_bytes), kUnits * (256 * 128.0 + 2 * unit_bytes(kind)));
  EXPECT_EQ(double(c.global_load.units) * kSector, double(c.bulk_bytes));  // nothing else
  EXPECT_EQ(c.bank_conflicts(), 0u);
}

// B of order row is fetched and multiplied as that of order col is.
TEST(HopperLoop, RowsOfB) {
  const MatmulConfig config = warpgroups(2, 1, 128, 2);
  const simt::Counters col = loop(kBf16, 256, 128, 4, config);
  const simt::Counters row = loop(kBf16, 256, 128, 4, config, Order::row);
  EXPECT_EQ(row.wgmma, col.wgmma);
  EXPECT_EQ(row.bulk_bytes, col.bulk_bytes);
  EXPECT_EQ(row.global_load.units, col.global_load.units);
}

// Tiles x stages of everything, against packed A, B and D; results pass shared memory without a
// bank conflict, and leave in whole sectors.
TEST(HopperTraffic, WholeProduct) {
  for (Order d_order : {Order::col, Order::row})
    for (DataType d : {DataType::bf16, DataType::f32}) {
      MatmulProblem p = problem_of(kBf16, 512, 256, 512, d);
      p.d_place.order = d_order;
      const MatmulConfig config = warpgroups(2, 1, 128, 2, 2);
      const simt::Counters c = counted(p, config, kHopperCapability);
      const int tiles = 2 * 2, units = 8;
      EXPECT_EQ(c.wgmma, tiles * 2u * units * 4);
      EXPECT_EQ(double(c.bulk_bytes), tiles * units * 128 * 128.0 * 2);
      EXPECT_EQ(double(c.global_load.units) * kSector,
                2 * 512 * 512 * 1.125 + 2 * 256 * 512 * 2.0);  // A twice along n, B twice along m
      EXPECT_EQ(c.global_load.excess(), 0u);
      // An f32 sector takes two stores of 16 bytes.
      EXPECT_EQ(double(c.global_store.units) * kSector, 512.0 * 256 * (d == DataType::f32 ? 8 : 2));
      EXPECT_EQ(c.bank_conflicts(), 0u)
          << (d_order == Order::col ? "col " : "row ") << c.shared_load.excess() << " loading, "
          << c.shared_store.excess() << " storing";
    }
}

// A split costs its slots, written and read once, and a counter for each group.
TEST(HopperTraffic, SlotsOfASplit) {
  const MatmulProblem p = problem_of(kBf16, 128, 128, 1024, DataType::bf16);
  const simt::Counters one = counted(p, warpgroups(2, 1, 128), kHopperCapability);
  const simt::Counters four =
      counted(p, split_among(warpgroups(2, 1, 128, 1, 4), 1), kHopperCapability);
  const double slots = 4 * (128 * 128 * 4.0) / kSector;
  const auto more_stores = four.global_store.units - one.global_store.units;
  EXPECT_EQ(double(more_stores), slots + 2);
  EXPECT_NEAR(double(four.global_load.units - one.global_load.units), slots, 8);
  EXPECT_EQ(four.bank_conflicts(), 0u);
}

// Which kernel runs: a forced wgmma configuration falls back to mma.sp where tensor copies cannot
// fetch B or 16-byte loads A, or nothing is multiplied.
TEST(HopperTraffic, FallsBackToMma) {
  MatmulProblem p = problem_of(kBf16, 70, 20, 200, DataType::f32);
  const MatmulConfig config = warpgroups(2, 1, 128);
  const simt::Counters takes = counted(p, config, kHopperCapability);
  EXPECT_GT(takes.wgmma, 0u);
  EXPECT_EQ(takes.mma, 0u);
  p.b_place.ld_extra = 1;
  const simt::Counters not_taken = counted(p, config, kHopperCapability);
  EXPECT_EQ(not_taken.wgmma, 0u);
  EXPECT_GT(not_taken.mma, 0u);
}

}  // namespace
}  // namespace heddle::test
