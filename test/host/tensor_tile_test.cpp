// best_tile_mask of tensors: every tap is the matrix [K, C] of its own, wherever it lies.

#include <gtest/gtest.h>

#include "heddle/tensor.hpp"
#include "test/oracle/suite.hpp"
#include "test/oracle/tensor.hpp"

namespace heddle {
namespace {

using oracle::index_text;
using oracle::Tensor;
using oracle::TensorLayout;
using oracle::TensorShape;

// Tap by tap through the matrix operation, which test/host/tile_*_test.cpp prove.
Tensor tile_mask_of(const Tensor& t, const TilePattern& pattern, Ranking ranking) {
  Tensor mask(DataType::i8, t.rank(), t.shape());
  const bool lone = t.rank() == 1;
  const std::int64_t rows = lone ? 1 : t.shape()[0], cols = t.shape()[lone ? 0 : 1];
  t.each([&](const Dims& at) {  // once for every tap
    if (at[0] != 0 || (!lone && at[1] != 0)) return;
    const auto place = [&](std::int64_t k, std::int64_t c) {
      Dims p = at;
      p[0] = lone ? c : k;
      if (!lone) p[1] = c;
      return p;
    };
    oracle::Matrix m(t.type(), rows, cols);
    oracle::Mask kept(rows, cols);
    for (std::int64_t k = 0; k < rows; ++k)
      for (std::int64_t c = 0; c < cols; ++c) m.set_bits(k, c, t.bits(place(k, c)));
    EXPECT_TRUE(oracle::succeeds(
        best_tile_mask(Exec::cpu(1), std::as_const(m).view(), pattern, kept.view(), ranking)));
    for (std::int64_t k = 0; k < rows; ++k)
      for (std::int64_t c = 0; c < cols; ++c) mask.set_bits(place(k, c), kept.byte(k, c));
  });
  return mask;
}

class TensorTiles : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, TensorTiles, testing::ValuesIn(oracle::matrix_types()),
                         oracle::by_type);

void expect_tiles(const Tensor& plain, const TilePattern& pattern, const TensorLayout& in,
                  const TensorLayout& out, int threads) {
  SCOPED_TRACE(index_text(plain.shape(), plain.rank()) + ":" + to_string(pattern) + ":" +
               to_string(plain.type()) + ":" + in.name + ":" + out.name);
  const Ranking ranking = threads == 2 ? Ranking::value : Ranking::magnitude;
  const Tensor want = tile_mask_of(plain, pattern, ranking);
  Tensor t = relaid(plain, in);
  Tensor mask(DataType::i8, plain.rank(), plain.shape(), out);
  mask.poison();
  t.freeze();
  ASSERT_TRUE(oracle::succeeds(
      best_tile_mask(Exec::cpu(threads), t.view(), pattern, mask.mask(), ranking)));
  ASSERT_TRUE(same_bits(want, mask));
  ASSERT_TRUE(mask.surroundings_intact());
  ASSERT_TRUE(t.unchanged());
}

TEST_P(TensorTiles, EveryLayout) {
  oracle::Random random(12);
  for (const TensorShape& s : oracle::tensor_shapes()) {
    Tensor plain(GetParam(), s.rank, s.shape);
    fill_mixed(plain, random);
    const auto layouts = oracle::tensor_layouts(s.rank);
    for (std::size_t i = 0; i < layouts.size(); ++i)
      for (const TileRule rule : {TileRule::exact, TileRule::at_most, TileRule::greedy})
        ASSERT_NO_FATAL_FAILURE(expect_tiles(plain, {{2, 4}, rule}, layouts[i],
                                             layouts[(i + 1) % layouts.size()],
                                             1 + static_cast<int>(i % 3)));
  }
}

// Around the pieces in which threads take a tensor: 32 rows, 256 columns, a stack of taps.
TEST_P(TensorTiles, AcrossPieces) {
  oracle::Random random(13);
  for (const TensorShape& s : {TensorShape{4, {35, 262, 2, 2}}, TensorShape{4, {33, 7, 9, 9}},
                               TensorShape{3, {64, 256, 3}}}) {
    Tensor plain(GetParam(), s.rank, s.shape);
    fill_mixed(plain, random);
    for (const Pattern pattern : {Pattern{2, 4}, Pattern{3, 5}})
      for (const std::size_t i : {0u, 3u, 6u})
        ASSERT_NO_FATAL_FAILURE(expect_tiles(plain, {pattern, TileRule::greedy},
                                             oracle::tensor_layouts(s.rank)[i], {}, 3));
  }
}

TEST(TensorTileMasks, ObeyBothDirectionsInEveryTap) {
  oracle::Random random(14);
  Tensor t(DataType::f32, 4, {10, 14, 3, 2});
  t.fill([&](const Dims&) { return oracle::encode(DataType::f32, random.normal()); });
  Tensor mask(DataType::i8, 4, t.shape());
  ASSERT_TRUE(oracle::succeeds(best_tile_mask(Exec::cpu(1), t.view(), TilePattern{}, mask.mask())));
  ASSERT_TRUE(oracle::succeeds(apply_mask(Exec::cpu(1), t.view(), mask.mask(), t.view())));
  EXPECT_TRUE(check_tiles(Exec::cpu(1), t.view(), {2, 4}).value().compliant());
  EXPECT_FALSE(check_tiles(Exec::cpu(1), t.view(), {1, 4}).value().compliant());
}

}  // namespace
}  // namespace heddle
