// The same bits under sixteen schedules, however the work is shared among blocks.
#include "test/kernels/matmul/matmul_device_case.hpp"

namespace heddle::test {
namespace {

class MatmulSchedules : public testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(Kinds, MatmulSchedules, testing::ValuesIn(kinds()), kind_name);

// Real data: sums in another order would show in the last bits.
void expect_same(const Kind& kind, std::int64_t m, std::int64_t n, int units,
                 const MatmulConfig& config) {
  Random random(137);
  DeviceCase c;
  c.p = problem_of(kind, m, n, units * unit_cols(kind.a) - 3, DataType::f32);
  c.config = config;
  c.data = Data::real;
  c.effort = {16, 0, kind.capability};
  expect_product(c, random);
}

TEST_P(MatmulSchedules, Stream) {
  HEDDLE_NEED_DEVICE();
  expect_same(GetParam(), 130, 8, 11, split(whole(1, 1, 8, 1), 5));
  expect_same(GetParam(), 100, 20, 7, split(whole(2, 1, 4, 4), 4));
}

TEST_P(MatmulSchedules, Tile) {
  HEDDLE_NEED_DEVICE();
  expect_same(GetParam(), 70, 70, 3, whole(1, 2, 4, 8, 2));
  expect_same(GetParam(), 70, 50, 4, split(whole(1, 4, 2, 1, 2), 3, 2));
}

struct Sharing {
  int tiles, units, blocks, split_blocks, split_tiles;
};

// One tile among many blocks, more blocks than steps, whole tiles after split ones, none whole.
TEST(MatmulSplits, EveryWayToShare) {
  HEDDLE_NEED_DEVICE();
  Random random(139);
  for (const Sharing& s : {Sharing{1, 5, 5, 5, 1}, Sharing{1, 3, 9, 9, 1}, Sharing{3, 4, 2, 2, 3},
                           Sharing{5, 3, 3, 3, 2}, Sharing{4, 7, 5, 5, 4}, Sharing{7, 2, 4, 3, 3},
                           Sharing{6, 1, 4, 4, 6}, Sharing{2, 9, 1, 1, 2}}) {
    MatmulConfig config = whole(1, 1, 8, 1, s.blocks, 2);
    config.split_blocks = s.split_blocks;
    config.split_tiles = s.split_tiles;
    DeviceCase c;
    c.p = problem_of({DataType::bf16, DataType::bf16, 120}, 64 * s.tiles - 5, 6, 512 * s.units,
                     DataType::f32);
    c.config = config;
    c.data = Data::real;
    c.effort = {8, 0, 120};
    expect_product(c, random);
  }
}

// Bands of tiles along m, whose last is lower.
TEST(MatmulSplits, Raster) {
  HEDDLE_NEED_DEVICE();
  Random random(149);
  for (int raster : {1, 2, 3, 8}) {
    MatmulConfig config = split(whole(1, 1, 8, 1, 3, 2), 3, 4);
    config.raster = raster;
    DeviceCase c;
    c.p = problem_of({DataType::f16, DataType::f16, 120}, 64 * 5 - 9, 27, 600, DataType::f16);
    c.config = config;
    expect_product(c, random);
  }
}

}  // namespace
}  // namespace heddle::test
