// Where B, C, D and the blob lie: every order, gaps, odd addresses, batches. Exact on small
// integers, and nothing around them changes.
#include "test/kernels/matmul/matmul_batch_case.hpp"

namespace heddle::test {
namespace {

class MatmulLayout : public testing::TestWithParam<Kind> {
 protected:
  DeviceCase of(std::int64_t m, std::int64_t n, std::int64_t k, const MatmulConfig& config) {
    return case_of(GetParam(), m, n, k, config);
  }
  int elem() const { return static_cast<int>(size_of(GetParam().a)); }
  Random random_{151};
};
INSTANTIATE_TEST_SUITE_P(Kinds, MatmulLayout, testing::ValuesIn(kinds()), kind_name);

// By whole chunks, by gathered ones, and what is aligned in address but not in ld, or the reverse.
TEST_P(MatmulLayout, PlacesOfB) {
  HEDDLE_NEED_DEVICE();
  const int unit = unit_cols(GetParam().a);
  for (Order order : {Order::row, Order::col})
    for (bool odd : {false, true}) {
      const std::int64_t n = odd ? 21 : 32, k = odd ? 5 * unit - 3 : 4 * unit;
      const std::int64_t gap = aligned_gap(order == Order::row ? n : k, elem());
      const auto step = static_cast<std::size_t>(elem());
      for (const Placement& place :
           {Placement{order, 0, 0}, Placement{order, gap, 0}, Placement{order, gap, step},
            Placement{order, gap, 1}, Placement{order, gap, 8}, Placement{order, 3, 0}}) {
        DeviceCase c = of(20, n, k, odd ? whole(1, 1, 8, 4, 1, 2) : whole(2, 2, 2, 2, 1, 3));
        c.p.b_place = place;
        expect_product(c, random_);
      }
    }
}

// Rows of 16-bit B by the transposing load: every swizzle, the edges of n and k within a chunk.
TEST(MatmulNMajor, EveryTile) {
  HEDDLE_NEED_DEVICE();
  Random random(157);
  for (DataType type : {DataType::f16, DataType::bf16})
    for (int tiles : {1, 2, 4, 8})
      for (int warps_n : {1, 2, 4, 8}) {
        const int warps_m = std::min(8 / warps_n, tiles < 4 ? 1 : tiles / 2);
        const MatmulConfig config =
            whole(warps_m, warps_n, 8 / (warps_m * warps_n), tiles, 2, tiles == 8 ? 2 : 3);
        if (tiles * warps_n * config.warps_k > 32) continue;  // of shared memory
        const std::int64_t tokens = config.tile_n();
        for (std::int64_t n : {tokens, tokens - 3, tokens + 9}) {
          DeviceCase c;
          c.p = problem_of({type, type, 120}, 30, n, 64 * config.warps_k + 37, DataType::f32);
          c.p.b_place = {Order::row, aligned_gap(n, 2), n == tokens ? 16u : 0u};
          c.config = config;
          c.effort = {2, 0, 120};
          expect_product(c, random);
        }
      }
}

// The last row of B ends where its memory does: at every distance from the end of a chunk, in a step
// that lacks rows, has all or lacks one.
TEST(MatmulNMajor, EndsOfRows) {
  HEDDLE_NEED_DEVICE();
  Random random(163);
  for (const MatmulConfig& config : {whole(1, 1, 8, 2, 1), whole(8, 1, 1, 2, 1)})
    for (std::int64_t k : {63, 64, 70})
      for (std::int64_t n = 1; n <= 17; ++n) {
        DeviceCase c;
        c.p = problem_of({DataType::f16, DataType::f16, 120}, 10, n, k, DataType::f32);
        c.p.b_place = {Order::row, aligned_gap(n, 2), 0};
        c.config = config;
        c.effort = {1, 0, 120};
        expect_product(c, random);
      }
}

// 512 tokens: the block's copies fill four rows of k at once, whose swizzle changes from turn to turn.
TEST(MatmulNMajor, WidestTile) {
  HEDDLE_NEED_DEVICE();
  Random random(167);
  DeviceCase c;
  c.p = problem_of({DataType::f16, DataType::f16, 120}, 10, 512, 128, DataType::f32);
  c.p.b_place = {Order::row, 0, 0};
  c.config = whole(1, 8, 1, 8, 1, 2);
  c.effort = {1, 0, 80};  // has shared memory for it
  expect_product(c, random);
}

// One token: its k is contiguous where ld is 1, whatever the order says.
TEST_P(MatmulLayout, OneToken) {
  HEDDLE_NEED_DEVICE();
  for (Order order : {Order::row, Order::col})
    for (const Placement& place : {Placement{order, 0, 0}, Placement{order, 0, 1},
                                   Placement{order, 1, 0}, Placement{order, 15, 0}}) {
      DeviceCase c = of(20, 1, 3 * unit_cols(GetParam().a) + 5, whole(1, 1, 8, 1, 1));
      c.p.b_place = place;
      c.p.d_place = {order, place.ld_extra, 0};
      expect_product(c, random_);
    }
}

TEST_P(MatmulLayout, BlobAnywhere) {
  HEDDLE_NEED_DEVICE();
  for (std::size_t misalign : {1, 2, 4, 8, 16}) {
    DeviceCase c = of(70, 11, 3 * unit_cols(GetParam().a) + 1,
                      misalign % 4 == 0 ? whole(1, 1, 8, 2, 1) : whole(2, 2, 2, 1, 2));
    c.blob_misalign = misalign;
    expect_product(c, random_);
  }
}

TEST_P(MatmulLayout, Patterns) {
  HEDDLE_NEED_DEVICE();
  for (Pattern pattern : {Pattern{2, 4}, Pattern{1, 4}, Pattern{1, 2}}) {
    if (!device_holds(pattern, GetParam().a)) continue;
    DeviceCase c = of(70, 11, 4 * unit_cols(GetParam().a) + 3, whole(1, 1, 8, 2, 1));
    c.p.pattern = pattern;
    expect_product(c, random_);
    c.config = whole(2, 2, 2, 2, 2);
    expect_product(c, random_);
  }
}

// C and D in either order, tight and not, anywhere; C apart or D itself; tiles whole and split.
TEST_P(MatmulLayout, PlacesOfD) {
  HEDDLE_NEED_DEVICE();
  const bool brief = elem() == 1 && GetParam().a != DataType::i8;  // outputs as those of f16
  int cases = 0;
  for (DataType type : output_types(GetParam().a)) {
    std::vector<Placement> places;
    for (Order order : {Order::row, Order::col})
      for (const Placement& place :
           {Placement{order, 0, 0}, Placement{order, 3, 0}, Placement{order, 16, 0},
            Placement{order, 16, 1}, Placement{order, 8, size_of(type)}, Placement{order, 24, 8}})
        places.push_back(place);
    for (std::size_t i = 0; i < places.size(); ++i, ++cases) {
      if (brief && cases % 4 != 0) continue;
      const bool odd = cases % 3 == 0;
      DeviceCase c = of(odd ? 71 : 80, odd ? 23 : 32, unit_cols(GetParam().a) + 3,
                        cases % 2 == 0 ? whole(1, 2, 4, 2, 2) : split(whole(1, 1, 8, 4), 2));
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

// ---- batches ------------------------------------------------------------------------------------

// Items below each other and in the same lines, one B or C for all, strides that break alignment.
TEST_P(MatmulLayout, Batches) {
  HEDDLE_NEED_DEVICE();
  int cases = 0;
  for (std::int64_t count : {0, 1, 3})
    for (CKind kind : {CKind::none, CKind::in_place, CKind::own, CKind::shared})
      for (bool one_b : {false, true}) {
        if (count == 1 && one_b) continue;
        const bool even = cases % 2 == 0;  // 16-byte lines, and strides that keep them so or not
        DeviceCase c = of(33, even ? 16 : 11, even ? 128 : 131,
                          cases % 3 == 0 ? split(whole(1, 1, 8, 1), 4) : whole(2, 1, 4, 2, 2));
        c.p.b_place.order = cases / 2 % 2 == 0 ? Order::col : Order::row;
        c.p.d_place.order = cases / 3 % 2 == 0 ? Order::col : Order::row;
        expect_batch({c, count, cases % 5, cases / 4 % 2 == 0, one_b, kind}, random_);
        ++cases;
      }
}

// Aligned lines whose batch stride alone is not a multiple of 16 bytes.
TEST_P(MatmulLayout, BatchStrideBreaksAlignment) {
  HEDDLE_NEED_DEVICE();
  for (Order order : {Order::row, Order::col})
    for (CKind kind : {CKind::none, CKind::own}) {
      DeviceCase c = of(64, 16, 128, whole(1, 2, 4, 1, 2));
      // Side by side within the lines: the stride is one line's width and a gap of one element, and
      // the lines of all three together are a multiple of 16 bytes.
      const bool row = order == Order::row;
      const std::int64_t b_width = 3 * ((row ? 16 : 128) + 1), d_width = 3 * ((row ? 16 : 64) + 1);
      c.p.b_place = {order, aligned_gap(b_width, elem()), 0};
      c.p.d_place = c.p.c_place = {order, aligned_gap(d_width, 4), 0};
      expect_batch({c, 3, 1, !row, false, kind}, random_);
    }
}

}  // namespace
}  // namespace heddle::test
