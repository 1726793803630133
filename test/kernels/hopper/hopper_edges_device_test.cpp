// Every edge of the ring and the tiles, for every instruction: exact on small integers.
#include "test/kernels/hopper/hopper_device_case.hpp"

namespace heddle::test {
namespace {

class HopperEdges : public testing::TestWithParam<Kind> {
 protected:
  void expect(std::int64_t m, std::int64_t n, std::int64_t k, const MatmulConfig& config) {
    DeviceCase c = case_of(GetParam(), m, n, k, config);
    c.p.d = cases_ % 2 == 0 ? DataType::f32 : DataType::f16;
    c.p.d_place.order = cases_ / 2 % 2 == 0 ? Order::col : Order::row;
    ++cases_;
    expect_product(c, random_);
  }
  int unit() const { return unit_cols(GetParam().a); }
  int tokens() const { return hopper_tokens(GetParam()); }
  Random random_{607};
  int cases_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Kinds, HopperEdges, testing::ValuesIn(hopper_kinds()), hopper_kind_name);

// Units: one, fewer than stages, exactly as many, one more, twice as many; and the same against the
// units that are loaded ahead.
TEST_P(HopperEdges, UnitsAlongK) {
  HEDDLE_NEED_HOPPER();
  for (int stages : {2, 3, 4})
    for (int units : {1, stages - 1, stages, stages + 1, 2 * stages})
      expect(130, 9, units * unit(), warpgroups(2, 1, tokens(), stages == 3 ? 2 : 1, 1, stages));
  for (int units = 5; units <= 10; ++units)
    expect(40, 9, units * unit(), warpgroups(2, units % 2 + 1, units % 2 == 0 ? tokens() : 128));
}

// k that is no multiple of a unit, of a block of A, of a group.
TEST_P(HopperEdges, RaggedK) {
  HEDDLE_NEED_HOPPER();
  int i = 0;
  for (int k : {1, 2, 3, unit() / 2 - 1, unit() / 2, unit() / 2 + 1, unit() - 1, unit() + 1,
                3 * unit() - 7, 4 * unit() + unit() / 2 + 2})
    expect(66, 7, k, warpgroups(2, 1, tokens(), ++i % 2 == 0 ? 2 : 1));
}

TEST_P(HopperEdges, Rows) {
  HEDDLE_NEED_HOPPER();
  for (int m : {1, 15, 17, 63, 65, 127, 128, 129})
    expect(m, 5, unit() + 8, warpgroups(2, 1, tokens(), m % 3 == 0 ? 2 : 1));
  for (int m : {64, 191, 193}) expect(m, 5, unit() + 8, warpgroups(3, 1, 192));
  for (int m : {127, 129, 255, 257}) expect(m, 5, unit() + 8, warpgroups(2, 2, 128));
}

TEST_P(HopperEdges, Tokens) {
  HEDDLE_NEED_HOPPER();
  for (int n : {1, 2, 8, 9, 31, 33, 65, 127, 129})
    expect(20, n, unit() + 8, warpgroups(2, 1, 128, n % 4 == 1 ? 4 : 1));
  for (int n : {191, 193}) expect(20, n, unit(), warpgroups(3, 1, 192));
  for (int n : {65, 255, 257}) expect(20, n, unit(), warpgroups(2, 1, 256));
}

// Blocks of a cluster whose rows lie wholly outside, one row in the last or none at all.
TEST_P(HopperEdges, RanksOutside) {
  HEDDLE_NEED_HOPPER();
  for (int m : {1, 129, 257, 385, 513})
    expect(m, 3, 2 * unit(), warpgroups(2, 1, tokens(), 4, 1, 2));
}

}  // namespace
}  // namespace heddle::test
