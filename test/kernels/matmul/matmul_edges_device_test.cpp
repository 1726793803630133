// Every edge of the pipeline and the tiles, for every instruction: exact on small integers.
#include "test/kernels/matmul/matmul_device_case.hpp"

namespace heddle::test {
namespace {

class MatmulEdges : public testing::TestWithParam<Kind> {
 protected:
  void expect(std::int64_t m, std::int64_t n, std::int64_t k, const MatmulConfig& config) {
    static constexpr DataType kOut[] = {DataType::f32, DataType::f16, DataType::bf16};
    DeviceCase c;
    c.p = problem_of(GetParam(), m, n, k, kOut[cases_ % 3]);
    c.p.d_place.order = cases_ % 2 == 0 ? Order::col : Order::row;
    c.config = config;
    c.effort = {2, 0, GetParam().capability};
    ++cases_;
    expect_product(c, random_);
  }
  Random random_{131};
  int cases_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Kinds, MatmulEdges, testing::ValuesIn(kinds()), kind_name);

// k: a part of a unit, one unit, fewer steps than stages, exactly as many, one more, odd.
TEST_P(MatmulEdges, StepsAlongK) {
  HEDDLE_NEED_DEVICE();
  const int unit = unit_cols(GetParam().a);
  for (int stages : {2, 3, 4})
    for (int units : {1, stages - 1, stages, stages + 1})
      expect(17, 9, units * unit, whole(8, 1, 1, 2, 1, stages));
  for (int k : {1, 2, 3, 5, unit / 2 - 1, unit / 2, unit / 2 + 1, unit - 1, unit + 1, 3 * unit - 7})
    for (int warps_k : {1, 8}) expect(20, 7, k, whole(8 / warps_k, 1, warps_k, 1, 1, 4));
}

// n: every number of tokens of two granules, and around 64, with the warps along n or not.
TEST_P(MatmulEdges, Tokens) {
  HEDDLE_NEED_DEVICE();
  const int k = 2 * unit_cols(GetParam().a) + 3;
  for (int n = 1; n <= 17; ++n) expect(33, n, k, whole(2, 1, 4, n <= 8 ? 1 : n <= 16 ? 2 : 4, 1));
  for (int n : {63, 64, 65}) {
    expect(16, n, k, whole(1, 2, 4, 4, 2));
    expect(16, n, k, whole(2, 1, 4, 8, 2));
  }
}

TEST_P(MatmulEdges, Rows) {
  HEDDLE_NEED_DEVICE();
  const int k = unit_cols(GetParam().a) + 5;
  for (int m : {1, 15, 16, 17, 63, 64, 65, 127, 129, 200}) {
    expect(m, 5, k, whole(1, 1, 8, 1, 2));
    expect(m, 12, k, whole(4, 2, 1, 1, 2));
  }
}

// Every arrangement of the warps, every number of tiles, whole and split.
TEST_P(MatmulEdges, Arrangements) {
  HEDDLE_NEED_DEVICE();
  const int k = 5 * unit_cols(GetParam().a) - 2;
  for (int warps_m : {1, 2, 4, 8})
    for (int warps_n = 1; warps_m * warps_n <= 8; warps_n *= 2) {
      const int warps_k = 8 / (warps_m * warps_n);
      const int tiles = 1 << cases_ % 4;
      const MatmulConfig c =
          whole(warps_m, warps_n, warps_k, warps_k * warps_n * tiles > 32 ? 4 : tiles, 2, 2);
      expect(70, 8 * c.tiles * warps_n - 3, k, c);
      expect(150, 8 * c.tiles * warps_n + 3, k, split(c, 3));
    }
}

}  // namespace
}  // namespace heddle::test
