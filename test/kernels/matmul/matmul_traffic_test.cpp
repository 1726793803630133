// What the sparse GEMM kernel moves and issues, counted by the testbed: what its pages claim.
#include "test/kernels/matmul/matmul_traffic_case.hpp"

namespace heddle::test {
namespace {

constexpr Kind kBf16 = {DataType::bf16, DataType::bf16, 120};

// Eight row blocks share a stage of B: everything that is read and written, against packed A, B and D
// once each.
TEST(MatmulTraffic, StreamMovesItsOperandsOnce) {
  const std::int64_t m = 1024, n = 8, k = 4096;
  const MatmulProblem p = problem_of(kBf16, m, n, k, DataType::bf16);
  const simt::Counters c = counted(p, whole(8, 1, 1, 1, 2, 4));
  const double moved = kSector * static_cast<double>(c.global_load.units + c.global_store.units);
  const double needed = m * k * 1.125 + k * n * 2.0 + m * n * 2.0;
  EXPECT_LE(moved, 1.03 * needed);
  EXPECT_GE(moved, needed);
  EXPECT_EQ(c.global_load.units, c.global_load.ideal);
  EXPECT_EQ(c.global_store.units, c.global_store.ideal);
}

// A split costs its slots, written and read once.
TEST(MatmulTraffic, SlotsOfASplit) {
  const std::int64_t m = 512, n = 8, k = 4096;
  const MatmulProblem p = problem_of(kBf16, m, n, k, DataType::bf16);
  const simt::Counters one = counted(p, whole(8, 1, 1, 1, 1, 4));
  const simt::Counters four = counted(p, split(whole(8, 1, 1, 1, 4, 4), 4));
  const double slots = 4 * (512 * 8 * 4.0) / kSector;
  const auto more_stores = four.global_store.units - one.global_store.units;
  EXPECT_EQ(static_cast<double>(more_stores), slots + 1);  // and the counter
  EXPECT_NEAR(static_cast<double>(four.global_load.units - one.global_load.units), slots, 8);
}

// The widened instance moves what the native one does.
std::vector<Kind> native_kinds() {
  std::vector<Kind> native;
  for (const Kind& kind : kinds())
    if (kind.capability == 120) native.push_back(kind);
  return native;
}
class MatmulLoops : public testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(Kinds, MatmulLoops, testing::ValuesIn(native_kinds()), kind_name);

// Decode: a unit is 4 KB of values and its metadata, in loads of whole lines, each once.
TEST_P(MatmulLoops, Stream) {
  const Kind& kind = GetParam();
  const simt::Counters c = loop(kind, 512, 8, 8, whole(8, 1, 1, 1, 1, 4));
  const int units = 8 * 8;  // rows of blocks x units
  const int words = size_of(kind.a) == 1 ? 8 : 4;
  EXPECT_EQ(c.mma, units * 8u);
  EXPECT_EQ(c.matrix_loads, units * 2u);
  EXPECT_EQ(c.global_load.instructions, units * (8u + words) + 8 * 2u);  // B: 2 warps a step
  EXPECT_EQ(c.async_copies(), 8 * 2u);
  EXPECT_EQ(c.bank_conflicts(), 0u);
  // f32 has two metadata words a lane side by side, of two units: half of what a load moves.
  EXPECT_EQ(c.global_load.excess(), kind.a == DataType::f32 ? units * 4 * 4u : 0u);
}

// Prefill: 0.5 memory instructions a mma.
TEST_P(MatmulLoops, Tile) {
  const Kind& kind = GetParam();
  const simt::Counters c = loop(kind, 256, 128, 2, whole(4, 2, 1, 8, 1, 3));
  const int units = 8 * 2;  // warps x units
  EXPECT_EQ(c.mma, units * 64u);
  EXPECT_EQ(c.matrix_loads, units * 16u);
  EXPECT_EQ(c.async_copies(), units * 4u);
  const int words = size_of(kind.a) == 1 ? 8 : 4;
  EXPECT_EQ(c.global_load.instructions, units * (8u + words + 4));
  EXPECT_EQ(c.bank_conflicts(), 0u);
}

// B of order row: rows of 16, 32, 64, 128 and 256 bytes.
TEST(MatmulLoops, RowOrderHasNoBankConflicts) {
  for (const auto& [warps_n, tiles] : {std::pair{1, 1}, {1, 2}, {1, 4}, {1, 8}, {2, 8}, {4, 2}}) {
    const MatmulConfig config = whole(8 / warps_n, warps_n, 1, tiles, 1, 2);
    const simt::Counters c = loop(kBf16, 64, config.tile_n(), 2, config, Order::row);
    EXPECT_GT(c.matrix_loads, 0u);
    EXPECT_EQ(c.bank_conflicts(), 0u) << heddle::to_string(config);
  }
}

}  // namespace
}  // namespace heddle::test
