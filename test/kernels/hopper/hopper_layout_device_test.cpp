// Where B, C, D and the blob lie: orders, gaps, odd addresses, batches, and what no tensor copy can
// fetch, which falls back. Exact on small integers, and nothing around them changes.
#include "test/kernels/hopper/hopper_device_case.hpp"
#include "test/kernels/matmul/matmul_batch_case.hpp"

namespace heddle::test {
namespace {

class HopperLayout : public testing::TestWithParam<Kind> {
 protected:
  DeviceCase of(std::int64_t m, std::int64_t n, std::int64_t k, const MatmulConfig& config) {
    return case_of(GetParam(), m, n, k, config);
  }
  std::vector<Order> orders() const {  // that the kernel takes
    if (size_of(GetParam().a) != 2) return {Order::col};
    return {Order::row, Order::col};
  }
  // As B's lines are, or of 16 bytes more each.
  void expect_places(DeviceCase c) {
    for (Order order : orders())
      for (std::int64_t wider : {0, 1, 5})
        for (std::size_t misalign : {0, 16}) {
          c.p.b_place = {order, 0, misalign};
          align_b(c);
          c.p.b_place.ld_extra += wider * 16 / static_cast<std::int64_t>(size_of(c.p.b));
          expect_product(c, random_);
        }
  }
  int unit() const { return unit_cols(GetParam().a); }
  int tokens() const { return hopper_tokens(GetParam()); }
  Random random_{653};
};
INSTANTIATE_TEST_SUITE_P(Kinds, HopperLayout, testing::ValuesIn(hopper_kinds()), hopper_kind_name);

TEST_P(HopperLayout, PlacesOfB) {
  HEDDLE_NEED_HOPPER();
  expect_places(of(20, 21, 3 * unit() - 3, warpgroups(2, 1, tokens(), 2)));
  expect_places(of(20, 32, 2 * unit(), warpgroups(2, 1, 128)));
}

// What tensor copies cannot fetch, under a configuration that wants them to.
TEST_P(HopperLayout, FallsBack) {
  HEDDLE_NEED_HOPPER();
  const MatmulConfig config = split_among(warpgroups(2, 1, tokens(), 1, 2), 1);
  for (Order order : orders())
    for (const Placement& place : {Placement{order, 3, 0}, Placement{order, 16, 1},
                                   Placement{order, 16, 8}, Placement{order, 0, 0}}) {
      DeviceCase c = of(70, 21, 2 * unit() + 3, config);
      c.odd_lines = true;
      c.p.b_place = place;
      expect_product(c, random_);
    }
  for (std::size_t misalign : {1, 4, 8}) {
    DeviceCase c = of(70, 21, 2 * unit() + 3, config);
    c.blob_misalign = misalign;
    expect_product(c, random_);
  }
}

// Of 8 and 32 bits the kernel has no B of order row: a plan says so.
TEST_P(HopperLayout, RefusesRowsOfB) {
  HEDDLE_NEED_HOPPER();
  if (orders().size() == 2) GTEST_SKIP() << "16 bits";
  DeviceCase c = of(70, 21, 2 * unit(), warpgroups(2, 1, tokens()));
  c.p.b_place.order = Order::row;
  Random random(659);
  const MatmulData x = make_data(c.p, c.data, random);
  on_device(
      to_string(c),
      [&](const Exec& exec) {
        EXPECT_TRUE(fails(make_plan(exec, desc_of(c.p, c.config, x)).status(),
                          StatusCode::invalid_argument, {"desc.tuning.entries[0]", "order row"}));
      },
      {1, 0, kHopperCapability});
}

// One token: its k is contiguous where ld is 1, whatever the order says.
TEST_P(HopperLayout, OneToken) {
  HEDDLE_NEED_HOPPER();
  for (Order order : orders())
    for (const Placement& place :
         {Placement{order, 0, 0}, Placement{order, 1, 0}, Placement{order, 15, 0},
          Placement{order, 0, 16}, Placement{order, 0, 1}}) {
      DeviceCase c = of(20, 1, 2 * unit() + 5, warpgroups(2, 1, tokens()));
      c.odd_lines = true;
      c.p.b_place = place;
      c.p.d_place = {order, place.ld_extra, 0};
      expect_product(c, random_);
    }
}

TEST_P(HopperLayout, BlobAt16) {
  HEDDLE_NEED_HOPPER();
  DeviceCase c = of(130, 11, 3 * unit() + 1, warpgroups(2, 1, tokens()));
  c.blob_misalign = 16;
  expect_product(c, random_);
  if (GetParam().a == DataType::f32) return;
  c.config = warpgroups(2, 1, 256, 2, 1, 2);
  c.config->staged = true;
  expect_product(c, random_);
}

// C and D in either order, tight and not, anywhere; C apart or D itself; tiles whole and split.
TEST_P(HopperLayout, PlacesOfD) {
  HEDDLE_NEED_HOPPER();
  const bool brief = GetParam().a != DataType::f16 && GetParam().a != DataType::i8;
  int cases = 0;
  for (DataType type : output_types(GetParam().a)) {
    std::vector<Placement> places;
    for (Order order : {Order::row, Order::col})
      for (const Placement& place :
           {Placement{order, 0, 0}, Placement{order, 3, 0}, Placement{order, 16, 0},
            Placement{order, 16, 1}, Placement{order, 8, size_of(type)}, Placement{order, 24, 8}})
        places.push_back(place);
    for (std::size_t i = 0; i < places.size(); ++i, ++cases) {
      if (brief && cases % 6 != 0) continue;
      const bool odd = cases % 3 == 0;
      const MatmulConfig whole_tiles = warpgroups(2, 1, tokens());
      DeviceCase c =
          of(odd ? 71 : 80, odd ? 23 : 32, unit() + 3,
             cases % 2 == 0 ? whole_tiles : split_among(warpgroups(2, 1, tokens(), 1, 2), 1));
      c.p.d = type;
      c.p.d_place = places[i];
      c.p.c_place = places[(i * 7 + 3) % places.size()];
      c.p.separate_c = cases % 3 != 1;
      c.p.beta = 2;
      c.effort.schedules = 1;
      expect_product(c, random_);
    }
  }
}

// Items below each other and in the same lines, one B or C for all. Strides that break alignment
// fall back.
TEST_P(HopperLayout, Batches) {
  HEDDLE_NEED_HOPPER();
  int cases = 0;
  for (std::int64_t count : {0, 1, 3})
    for (CKind kind : {CKind::none, CKind::in_place, CKind::own, CKind::shared})
      for (bool one_b : {false, true}) {
        if (count == 1 && one_b) continue;
        const MatmulConfig config = cases % 3 == 0
                                        ? split_among(warpgroups(2, 1, tokens(), 1, 2), 2)
                                        : warpgroups(2, 1, tokens(), cases % 3);
        DeviceCase c = of(33, 16, 2 * unit(), config);
        c.p.b_place.order = orders()[static_cast<std::size_t>(cases) % orders().size()];
        c.p.b_place.ld_extra = cases % 4 == 0 ? 16 : 0;
        c.p.d_place.order = cases / 3 % 2 == 0 ? Order::col : Order::row;
        c.effort.schedules = 1;
        const std::int64_t gap = cases % 2 == 0 ? 0 : cases % 5 == 0 ? 1 : 16;
        expect_batch({c, count, gap, cases / 4 % 2 == 0, one_b, kind}, random_);
        ++cases;
      }
}

}  // namespace
}  // namespace heddle::test
