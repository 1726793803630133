// pack_tiles: the mask, and both packs as pack makes them from it.

#include "heddle/tile.hpp"

#include <string>
#include <vector>

#include "test/host/pack_case.hpp"
#include "test/oracle/tile.hpp"

namespace heddle {
namespace {

using namespace oracle;

class TilePack : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, TilePack, testing::ValuesIn(matrix_types()), by_type);

PackedDesc turned(const PackedDesc& desc, PackedOrder order) {
  return {desc.cols, desc.rows, desc.pattern, desc.type, order};
}

Mask turned(const Mask& mask) {
  Mask out(mask.cols(), mask.rows());
  for (std::int64_t r = 0; r < mask.rows(); ++r)
    for (std::int64_t c = 0; c < mask.cols(); ++c) out.set(c, r, mask.kept(r, c));
  return out;
}

Matrix turned(const Matrix& m) {
  Matrix out(m.type(), m.cols(), m.rows());
  for (std::int64_t r = 0; r < m.rows(); ++r)
    for (std::int64_t c = 0; c < m.cols(); ++c) out.set_bits(c, r, m.bits(r, c));
  return out;
}

// Every pair of orders that the pattern and type have, with and without the mask.
void expect_packs(const Matrix& dense, const TilePattern& pattern, const Placement& place,
                  int threads) {
  Mask want(dense.rows(), dense.cols());
  ASSERT_TRUE(succeeds(best_tile_mask(Exec::cpu(1), dense.view(), pattern, want.view())));
  Matrix source = relaid(dense, place);
  source.freeze();
  const auto orders = orders_of(pattern.pattern, dense.type());
  for (const PackedOrder order : orders)
    for (const PackedOrder order_t : orders) {
      SCOPED_TRACE(std::string(to_string(order)) + " " + to_string(order_t));
      const PackedDesc desc = desc_of(dense, pattern.pattern, order);
      Blob out(desc, place.misalign), out_t(turned(desc, order_t));
      Mask mask(dense.rows(), dense.cols(), place);
      mask.poison();
      const bool store = order == order_t;
      ASSERT_TRUE(
          succeeds(pack_tiles(Exec::cpu(threads), source.view(), pattern, out.view(), out_t.view(),
                              store ? std::optional<MaskView>(mask.view()) : std::nullopt)));
      ASSERT_TRUE(source.unchanged());
      ASSERT_TRUE(out.zones_intact());
      ASSERT_TRUE(out_t.zones_intact());
      if (store) {
        ASSERT_TRUE(same_bits(mask, want));
        ASSERT_TRUE(mask.surroundings_intact());
      }
      ASSERT_TRUE(same_bytes(out, packed(dense, want, pattern.pattern, order)));
      ASSERT_TRUE(same_bytes(out_t, packed(turned(dense), turned(want), pattern.pattern, order_t)));
      ASSERT_TRUE(succeeds(verify(Exec::cpu(1), out.cview())));
      ASSERT_TRUE(succeeds(verify(Exec::cpu(1), out_t.cview())));

      Blob again(desc), again_t(turned(desc, order_t));
      ASSERT_TRUE(
          succeeds(pack_tiles(Exec::cpu(threads), source.view(),
                              const_cast<const Mask&>(want).view(), again.view(), again_t.view())));
      ASSERT_TRUE(same_bytes(again, out));
      ASSERT_TRUE(same_bytes(again_t, out_t));
    }
}

TEST_P(TilePack, EdgeShapesAndPlacements) {
  Random random(641);
  const std::vector<TilePattern> patterns = {{{2, 4}},
                                             {{2, 4}, TileRule::greedy},
                                             {{1, 4}},
                                             {{1, 2}},
                                             {{2, 3}, TileRule::at_most},
                                             {{1, 1}},
                                             {{3, 5}, TileRule::exact, TileSolver::fast}};
  for (const TilePattern& pattern : patterns)
    for (const Shape& shape : edge_shapes()) {
      const Matrix dense = mixed_matrix(GetParam(), shape.rows, shape.cols, random);
      const auto& places = placements();
      const Placement place =
          places[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(places.size())))];
      SCOPED_TRACE(to_string(pattern) + " " + problem(dense, pattern.pattern, place));
      expect_packs(dense, pattern, place, 1);
      if (HasFatalFailure()) return;
    }
}

TEST_P(TilePack, ManyPiecesAndThreads) {
  Random random(642);
  const std::vector<TilePattern> patterns = {{{2, 4}},
                                             {{2, 4}, TileRule::at_most},
                                             {{1, 4}},
                                             {{1, 2}},
                                             {{2, 3}},
                                             {{3, 6}, TileRule::at_most, TileSolver::fast},
                                             {{8, 32}, TileRule::greedy}};
  for (const TilePattern& pattern : patterns)
    for (const Shape& shape : {Shape{130, 570}, {65, 513}, {300, 64}}) {
      if (kSmall && shape.rows * shape.cols > 40000) continue;
      const Matrix dense = mixed_matrix(GetParam(), shape.rows, shape.cols, random);
      SCOPED_TRACE(to_string(pattern) + " " + problem(dense, pattern.pattern, {}));
      expect_packs(dense, pattern, {}, 3);
      expect_packs(dense, pattern, {Order::col, 3, 1}, 2);
      if (HasFatalFailure()) return;
    }
}

TEST_P(TilePack, NoRowsOrNoColumns) {
  for (const auto& [rows, cols] : {Shape{0, 0}, {0, 7}, {7, 0}}) {
    const Matrix none(GetParam(), rows, cols);
    expect_packs(none, {}, {}, 2);
  }
}

TEST(TilePackMask, NamesTheFirstCrowdedGroupRowsFirst) {
  Matrix m(DataType::bf16, 8, 8);
  Mask mask(8, 8);
  const PackedDesc desc = desc_of(m, {2, 4});
  Blob out(desc), out_t(desc);
  const auto run = [&] {
    return pack_tiles(Exec::cpu(1), m.view(), const_cast<const Mask&>(mask).view(), out.view(),
                      out_t.view());
  };
  EXPECT_TRUE(succeeds(run()));
  for (std::int64_t r = 4; r < 7; ++r) mask.set(r, 3, true);
  EXPECT_TRUE(fails(run(), StatusCode::not_compliant, {"mask column 3 group 1", "2 of 4"}));
  for (std::int64_t c = 4; c < 7; ++c) mask.set(6, c, true);
  EXPECT_TRUE(fails(run(), StatusCode::not_compliant, {"mask row 6 group 1", "2 of 4"}));
}

}  // namespace
}  // namespace heddle
