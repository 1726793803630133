// The same bits under every schedule and every division of the work, with sums that another order
// would change.
#include "test/kernels/hopper/hopper_device_case.hpp"

namespace heddle::test {
namespace {

const Kind kHalf = {DataType::f16, DataType::f16, kHopperCapability};

class HopperSchedules : public testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(Kinds, HopperSchedules, testing::ValuesIn(hopper_kinds()),
                         hopper_kind_name);

DeviceCase real_case(const Kind& kind, std::int64_t m, std::int64_t n, int units,
                     const MatmulConfig& config, unsigned schedules) {
  DeviceCase c = case_of(kind, m, n, units * unit_cols(kind.a) - 3, config);
  c.data = Data::real;
  c.effort.schedules = schedules;
  return c;
}

// A split and a cluster, under sixteen schedules.
TEST_P(HopperSchedules, Sixteen) {
  HEDDLE_NEED_HOPPER();
  Random random(613);
  const int tokens = hopper_tokens(GetParam());
  expect_product(
      real_case(GetParam(), 150, 9, 5, split_among(warpgroups(2, 1, tokens, 2, 2, 2), 1), 16),
      random);
}

struct Sharing {
  int cluster, tiles, units, clusters, split_tiles, split;
};

// One tile among many clusters, more clusters than units, whole tiles after split ones, ranges that
// begin in the middle of a tile, none whole, one cluster that does it all.
TEST(HopperSplits, EveryWayToShare) {
  HEDDLE_NEED_HOPPER();
  Random random(617);
  for (const Sharing& s :
       {Sharing{1, 1, 5, 5, 1, 5}, Sharing{1, 1, 3, 7, 1, 7}, Sharing{1, 3, 4, 2, 3, 2},
        Sharing{1, 5, 3, 3, 2, 3}, Sharing{1, 4, 5, 3, 4, 3}, Sharing{2, 2, 3, 2, 1, 2},
        Sharing{1, 6, 1, 4, 6, 4}, Sharing{1, 2, 9, 1, 2, 1}, Sharing{1, 5, 2, 3, 2, 2},
        Sharing{2, 3, 4, 2, 2, 2}, Sharing{4, 1, 5, 3, 1, 3}}) {
    const MatmulConfig config =
        split_among(warpgroups(2, 1, 128, s.cluster, s.clusters, 2), s.split_tiles, s.split);
    expect_product(real_case(kHalf, config.tile_m() * s.tiles - 5, 6, s.units, config, 3), random);
  }
}

TEST(HopperSplits, OtherShapes) {
  HEDDLE_NEED_HOPPER();
  Random random(619);
  const Kind fp8 = {DataType::f8e4m3, DataType::f8e4m3, kHopperCapability};
  expect_product(real_case(kHalf, 200, 20, 5, split_among(warpgroups(3, 1, 192, 1, 2, 2), 2), 3),
                 random);
  expect_product(real_case(kHalf, 200, 20, 5, split_among(warpgroups(2, 2, 128, 1, 2, 2), 1), 3),
                 random);
  expect_product(real_case(kHalf, 100, 20, 5, split_among(warpgroups(2, 1, 256, 1, 2, 2), 1), 3),
                 random);
  for (int tokens : {8, 16, 32, 64})
    expect_product(real_case(fp8, 200, 7, 7, split_among(warpgroups(2, 1, tokens, 1, 3, 4), 2), 3),
                   random);
  MatmulConfig staged = split_among(warpgroups(2, 1, 256, 1, 2, 2), 1);
  staged.staged = true;
  expect_product(real_case(kHalf, 100, 20, 5, staged, 3), random);
}

// Clusters that work on many tiles one after the other: the ring goes on from one to the next.
TEST(HopperPersistence, AnyNumberOfClusters) {
  HEDDLE_NEED_HOPPER();
  for (int cluster : {1, 2}) {
    std::optional<Matrix> first;
    for (int clusters : {1, 2, 3, 50})
      for (std::int64_t most : {2, 0}) {
        Random same(631);
        DeviceCase c = real_case(kHalf, 128 * cluster * 3 - 7, 130, 3,
                                 warpgroups(2, 1, 128, cluster, clusters, 2), 1);
        c.effort.max_blocks = most;
        MatmulData x = make_data(c.p, c.data, same);
        const Reference want = reference(c.p, x);
        std::optional<Matrix> bits;
        expect_product(c, x, want, bound_of(c.p, want), &bits);
        ASSERT_TRUE(bits);
        if (first) {
          ASSERT_TRUE(same_bits(*first, *bits)) << clusters << " clusters, at most " << most;
        }
        first = bits;
      }
  }
}

// Bands of tiles along m, whose last is lower.
TEST(HopperPersistence, Raster) {
  HEDDLE_NEED_HOPPER();
  Random random(641);
  for (int raster : {1, 2, 8}) {
    MatmulConfig config = split_among(warpgroups(2, 1, 128, 1, 3, 2), 2);
    config.raster = raster;
    expect_product(real_case(kHalf, 128 * 2 + 9, 140, 2, config, 1), random);
  }
}

// Three clusters with a part of one tile each: 2^27, -2^27 and 1 make 1 in this order alone.
TEST(HopperSlots, AreAddedInAscendingOrder) {
  HEDDLE_NEED_HOPPER();
  DeviceCase c = case_of({DataType::bf16, DataType::bf16, kHopperCapability}, 40, 8, 3 * 64,
                         split_among(warpgroups(2, 1, 128, 1, 3), 1));
  c.effort.schedules = 8;
  Random random(643);
  MatmulData x = make_data(c.p, c.data, random);
  x.a.each([&](auto, auto) { return encode(c.p.a, 1); });
  x.b.each([&](auto r, auto) {
    const double value = r == 0 ? 0x1p27 : r == 64 ? -0x1p27 : r == 128 ? 1 : 0;
    return encode(c.p.b, value);
  });
  for (std::int64_t r = 0; r < c.p.m; ++r)
    for (std::int64_t s = 0; s < c.p.k; ++s) x.kept.set(r, s, s % 4 < 2);
  expect_product(c, x, reference(c.p, x), {});
}

}  // namespace
}  // namespace heddle::test
