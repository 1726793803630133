// What the sparse GEMM kernel moves and issues, counted by the testbed: what its pages claim.
#include "test/kernels/matmul/matmul_device_case.hpp"
#include "test/simt/runtime.hpp"

namespace heddle::test {
namespace {

constexpr double kSector = 32;

simt::Counters counted(const MatmulProblem& p, const MatmulConfig& config) {
  Random random(151);
  MatmulData x = make_data(p, Data::integers, random);
  const MatmulDesc desc = desc_of(p, config, x);
  Blob blob(desc.a);
  EXPECT_TRUE(succeeds(pack(Exec::cpu(1), x.a.view(), x.kept.view(), blob.view())));
  simt::set_runtime({});
  const Exec exec = Exec::cuda();
  const DeviceBytes a(blob.data(), blob.size());
  const DeviceMatrix b(x.b.view());
  const Matrix d(p.d, p.m, p.n, p.d_place);
  const DeviceMatrix out(d.view());
  const Result<MatmulPlan> plan = make_plan(exec, desc);
  EXPECT_TRUE(succeeds(plan.status()));
  const DeviceWorkspace workspace(exec, *plan);
  MatmulBuffers buffers;
  buffers.a = {desc.a, a.data(), a.size()};
  buffers.b = b.cview();
  buffers.d = out.view();
  (void)simt::take_launches();
  EXPECT_TRUE(succeeds(run(exec, *plan, buffers, workspace.view())));
  const simt::Launches launches = simt::take_launches();
  EXPECT_TRUE(launches.report.clean()) << launches.report.text();
  EXPECT_EQ(launches.count, 1u);
  return launches.report.counters;
}

// What the main loop does for `units` more units of k: prologue and epilogue cancel.
simt::Counters loop(const Kind& kind, std::int64_t m, std::int64_t n, int units,
                    const MatmulConfig& config, Order b_order = Order::col) {
  const auto at = [&](int k_units) {
    MatmulProblem p = problem_of(kind, m, n, k_units * unit_cols(kind.a), DataType::f32);
    p.b_place.order = b_order;
    return counted(p, config);
  };
  const simt::Counters less = at(units), more = at(2 * units);
  simt::Counters c;
  const auto difference = [](const simt::Traffic& big, const simt::Traffic& small) {
    return simt::Traffic{big.instructions - small.instructions, big.units - small.units,
                         big.ideal - small.ideal};
  };
  c.global_load = difference(more.global_load, less.global_load);
  c.shared_load = difference(more.shared_load, less.shared_load);
  c.shared_store = difference(more.shared_store, less.shared_store);
  c.async_store = difference(more.async_store, less.async_store);
  c.mma = more.mma - less.mma;
  c.matrix_loads = more.matrix_loads - less.matrix_loads;
  return c;
}

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
