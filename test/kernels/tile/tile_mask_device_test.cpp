// best_tile_mask with CUDA against the CPU path, bit for bit: every rule, type, placement, edge.
#include "test/kernels/tile/tile_case.hpp"

namespace heddle {
namespace {

using namespace oracle;
using test::DeviceMatrix;
using test::Effort;

struct Case {
  Shape shape;
  Placement matrix{}, mask{};
  Ranking ranking = Ranking::magnitude;
  TileFill fill = TileFill::codes;
};

void expect_best(DataType type, const TilePattern& pattern, const Case& c,
                 const Effort& effort = {2, 0}) {
  Random random(c.shape.rows * 131 + c.shape.cols + static_cast<int>(c.fill));
  Matrix m(type, c.shape.rows, c.shape.cols, c.matrix);
  fill_tiles(m, c.fill, random);
  const Mask want = cpu_mask(m, pattern, c.ranking);
  test::on_device(
      tile_problem(m, pattern, c.matrix) + ":mask " + to_string(c.mask) + ":fill " +
          std::to_string(static_cast<int>(c.fill)) +
          (c.ranking == Ranking::value ? ":by value" : ""),
      [&](const Exec& exec) {
        const DeviceMatrix dm(m.view(), c.matrix.misalign);
        Mask got(c.shape.rows, c.shape.cols, c.mask);
        got.poison();
        const DeviceMatrix dk(test::bytes_of(got.view()), c.mask.misalign);
        ASSERT_TRUE(succeeds(
            best_tile_mask(exec, dm.cview(), pattern, test::mask_of(dk.view()), c.ranking)));
        dk.read_into(test::bytes_of(got.view()));
        EXPECT_TRUE(same_bits(want, got));
        EXPECT_TRUE(got.surroundings_intact());
        Matrix after = m;
        dm.read_into(after.view());
        EXPECT_TRUE(same_bits(m, after));
        EXPECT_TRUE(dm.zones_intact());
        EXPECT_TRUE(dk.zones_intact());
      },
      effort);
}

constexpr TileRule kRules[] = {TileRule::exact, TileRule::at_most, TileRule::greedy};

class TileMaskDevice : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, TileMaskDevice, testing::ValuesIn(matrix_types()), by_type);

TEST_P(TileMaskDevice, EveryScheduleOfTwoOfFour) {
  HEDDLE_NEED_DEVICE();
  for (TileRule rule : kRules)
    for (Order order : {Order::row, Order::col})
      expect_best(GetParam(), {{2, 4}, rule}, {{9, 22}, {order, 0, 0}, {order, 0, 0}}, {6, 0});
}

// Thousands of tiles of each kind.
TEST_P(TileMaskDevice, TwoOfFourOfEveryFill) {
  HEDDLE_NEED_DEVICE();
  for (TileRule rule : kRules)
    for (TileFill fill : kTileFills)
      for (Ranking ranking : {Ranking::magnitude, Ranking::value}) {
        if (ranking == Ranking::value && fill != TileFill::codes && fill != TileFill::normal)
          continue;
        const Shape shape = fill == TileFill::codes ? Shape{8, 64} : Shape{32, 128};
        expect_best(GetParam(), {{2, 4}, rule}, {shape, {}, {}, ranking, fill}, {1, 0});
      }
}

// The order of memory does not decide a tie.
TEST_P(TileMaskDevice, TwoOfFourDownColumns) {
  HEDDLE_NEED_DEVICE();
  for (TileRule rule : kRules)
    for (TileFill fill : kTileFills)
      expect_best(GetParam(), {{2, 4}, rule},
                  {{32, 40}, {Order::col, 0, 0}, {Order::col, 0, 0}, Ranking::magnitude, fill},
                  {1, 0});
}

TEST_P(TileMaskDevice, TwoOfFourPlacements) {
  HEDDLE_NEED_DEVICE();
  for (const Placement& matrix : placements())
    for (const Placement& mask : placements())
      expect_best(GetParam(), {{2, 4}, TileRule::exact}, {{35, 43}, matrix, mask}, {1, 0});
}

TEST_P(TileMaskDevice, TwoOfFourEdges) {
  HEDDLE_NEED_DEVICE();
  const auto run = static_cast<std::int64_t>(16 / size_of(GetParam()));
  for (TileRule rule : kRules)
    for (Order order : {Order::row, Order::col})
      for (const Shape& s :
           {Shape{1, 1}, Shape{1, run}, Shape{3, run - 1}, Shape{4, run}, Shape{5, run + 1},
            Shape{4, 64 * run + 3}, Shape{37, 1}, Shape{1, 37}, Shape{66, 7}})
        expect_best(GetParam(), {{2, 4}, rule},
                    {s, {order, 0, 0}, {order, 0, 0}, Ranking::magnitude, TileFill::ties}, {1, 0});
}

TEST_P(TileMaskDevice, SmallGroups) {
  HEDDLE_NEED_DEVICE();
  for (int group = 1; group <= 4; ++group)
    for (int keep = 1; keep <= group; ++keep)
      for (TileRule rule : kRules)
        for (TileFill fill : {TileFill::codes, TileFill::ties, TileFill::heavy, TileFill::pruned})
          expect_best(GetParam(), {{keep, group}, rule},
                      {{18, 37}, {}, {}, Ranking::magnitude, fill}, {1, 0});
}

TEST_P(TileMaskDevice, SmallGroupPlacements) {
  HEDDLE_NEED_DEVICE();
  for (const Placement& matrix : placements())
    for (const Placement& mask : placements())
      for (const Pattern& pattern : {Pattern{1, 4}, Pattern{2, 3}})
        expect_best(GetParam(), {pattern, TileRule::at_most}, {{14, 19}, matrix, mask}, {1, 0});
}

TEST_P(TileMaskDevice, LargeGroups) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern& pattern :
       {Pattern{2, 5}, Pattern{3, 6}, Pattern{4, 8}, Pattern{5, 9}, Pattern{8, 16}, Pattern{16, 32},
        Pattern{31, 32}, Pattern{7, 17}, Pattern{8, 8}, Pattern{1, 12}})
    for (TileRule rule : kRules)
      for (TileFill fill : {TileFill::codes, TileFill::normal, TileFill::ties, TileFill::heavy})
        expect_best(
            GetParam(), {pattern, rule, TileSolver::fast},
            {{pattern.group + 1L, 2L * pattern.group - 1}, {}, {}, Ranking::magnitude, fill},
            {1, 0});
}

TEST_P(TileMaskDevice, EverySchedulePerLargeSide) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern& pattern : {Pattern{4, 8}, Pattern{6, 13}, Pattern{10, 20}})
    for (TileRule rule : kRules)
      expect_best(GetParam(), {pattern, rule, TileSolver::fast},
                  {{24, 21}, {}, {}, Ranking::value, TileFill::normal}, {4, 0});
}

TEST_P(TileMaskDevice, LargeGroupPlacements) {
  HEDDLE_NEED_DEVICE();
  for (const Placement& matrix : placements())
    for (const Placement& mask : placements())
      expect_best(GetParam(), {{3, 7}, TileRule::exact, TileSolver::fast}, {{15, 20}, matrix, mask},
                  {1, 0});
}

TEST_P(TileMaskDevice, FewBlocksDoAllTheWork) {
  HEDDLE_NEED_DEVICE();
  const auto of = [](std::int64_t rows, std::int64_t cols) {
    return Case{{rows, cols}, {}, {}, Ranking::magnitude, TileFill::normal};
  };
  for (std::int64_t blocks : {1, 3})
    for (TileRule rule : kRules) {
      expect_best(GetParam(), {{2, 4}, rule}, of(68, 300), {1, blocks});
      expect_best(GetParam(), {{1, 4}, rule}, of(70, 100), {1, blocks});
      expect_best(GetParam(), {{4, 8}, rule, TileSolver::fast}, of(40, 70), {1, blocks});
    }
}

TEST_P(TileMaskDevice, EmptyMatrices) {
  HEDDLE_NEED_DEVICE();
  for (const Shape& shape : {Shape{0, 5}, Shape{5, 0}, Shape{0, 0}})
    for (const Pattern& pattern : {Pattern{2, 4}, Pattern{1, 3}, Pattern{3, 5}})
      expect_best(GetParam(), {pattern, TileRule::exact, TileSolver::fast}, {shape}, {1, 0});
}

TEST(TileMaskDeviceLimits, LargeGroupsNeedTheFastSolver) {
  HEDDLE_NEED_DEVICE();
  const Matrix m(DataType::f16, 8, 8);
  const DeviceMatrix dm(m.view());
  const test::DeviceBytes mask(64);
  const MaskView view{mask.data(), 8, 8, 8, Order::row};
  EXPECT_TRUE(fails(best_tile_mask(Exec::cuda(), dm.cview(), {{4, 8}}, view),
                    StatusCode::unsupported, {"fast"}));
}

// The tile that tells the classes apart keeps 63 of at most two, 54 of exactly two.
TEST(TileMaskDeviceLimits, AtMostKeepsMore) {
  HEDDLE_NEED_DEVICE();
  const int tile[16] = {0, 9, 9, 0, 9, 0, 9, 0, 9, 9, 0, 0, 0, 0, 0, 9};
  for (DataType type : matrix_types()) {
    Matrix m(type, 4, 4);
    for (int i = 0; i < 16; ++i) m.set(i / 4, i % 4, tile[i]);
    for (TileRule rule : {TileRule::exact, TileRule::at_most})
      test::on_device("m4k4:2:4", [&](const Exec& exec) {
        const DeviceMatrix dm(m.view());
        const test::DeviceBytes mask(16);
        const MaskView view{mask.data(), 4, 4, 4, Order::row};
        ASSERT_TRUE(succeeds(best_tile_mask(exec, dm.cview(), {{2, 4}, rule}, view)));
        int kept = 0;
        const std::vector<unsigned char> bytes = mask.read();
        for (int i = 0; i < 16; ++i) kept += bytes[static_cast<std::size_t>(i)] * tile[i];
        EXPECT_EQ(kept, rule == TileRule::exact ? 54 : 63);
      });
  }
}

}  // namespace
}  // namespace heddle
