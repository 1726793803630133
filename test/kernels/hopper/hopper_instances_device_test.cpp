// Every instance: types, orders of B, shapes, clusters, patterns. Exact on small integers.
#include "test/kernels/hopper/hopper_device_case.hpp"

namespace heddle::test {
namespace {

class HopperInstances : public testing::TestWithParam<Kind> {
 protected:
  void expect_instances(Order b_order) {
    const Kind& kind = GetParam();
    static constexpr DataType kOut[] = {DataType::f32, DataType::f16, DataType::bf16};
    for (MatmulConfig config : hopper_instances(kind, b_order)) {
      // Two tiles along each of m and n, the second almost empty: in a cluster, so are blocks.
      const std::int64_t m = config.tile_m() + 3, n = config.tile_n() + 1;
      DeviceCase c = case_of(kind, m, n, 2 * unit_cols(kind.a) + 5, config);
      c.p.b_place.order = b_order;
      if (b_order == Order::row) c.p.b_place.ld_extra = 8 - n % 8;
      if (b_order == Order::col) c.p.b_place.ld_extra = 16 - c.p.k % 16;
      c.p.d = kOut[cases_ % 3];
      c.p.d_place.order = cases_ / 3 % 2 == 0 ? Order::col : Order::row;
      c.effort.schedules = 1;
      ++cases_;
      expect_product(c, random_);
      if (HasFailure()) return;
    }
  }
  Random random_{601};
  int cases_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Kinds, HopperInstances, testing::ValuesIn(hopper_kinds()),
                         hopper_kind_name);

TEST_P(HopperInstances, KMajor) {
  HEDDLE_NEED_HOPPER();
  expect_instances(Order::col);
}

TEST_P(HopperInstances, NMajor) {
  HEDDLE_NEED_HOPPER();
  if (hopper_instances(GetParam(), Order::row).empty()) GTEST_SKIP() << "only of 16 bits";
  expect_instances(Order::row);
}

TEST_P(HopperInstances, Patterns) {
  HEDDLE_NEED_HOPPER();
  for (Pattern pattern : {Pattern{2, 4}, Pattern{1, 4}, Pattern{1, 2}})
    for (int cluster : {1, 4}) {
      if (!device_holds(pattern, GetParam().a)) continue;
      const int tokens = hopper_tokens(GetParam());
      DeviceCase c = case_of(GetParam(), 200, 9, 4 * unit_cols(GetParam().a),
                             warpgroups(2, 1, tokens, cluster));
      c.p.pattern = pattern;
      expect_product(c, random_);
    }
}

}  // namespace
}  // namespace heddle::test
