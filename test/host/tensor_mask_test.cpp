// best_mask and apply_mask of tensors: every rank, layout, type and edge, against the definition.

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

class TensorMasks : public testing::TestWithParam<DataType> {
 protected:
  Tensor filled(const TensorShape& s) {
    Tensor t(GetParam(), s.rank, s.shape);
    fill_mixed(t, random_);
    return t;
  }
  oracle::Random random_{5};
};
INSTANTIATE_TEST_SUITE_P(Types, TensorMasks, testing::ValuesIn(oracle::matrix_types()),
                         oracle::by_type);

void expect_best(const Tensor& plain, const TensorLayout& in, const TensorLayout& out,
                 Pattern pattern, Ranking ranking, int threads) {
  SCOPED_TRACE(index_text(plain.shape(), plain.rank()) + ":" + to_string(pattern) + ":" +
               to_string(plain.type()) + ":" + in.name + ":" + out.name);
  const Tensor want = best_mask_of(plain, pattern, ranking == Ranking::value);
  Tensor t = relaid(plain, in);
  Tensor mask(DataType::i8, plain.rank(), plain.shape(), out);
  mask.poison();
  t.freeze();
  ASSERT_TRUE(
      oracle::succeeds(best_mask(Exec::cpu(threads), t.view(), pattern, mask.mask(), ranking)));
  ASSERT_TRUE(same_bits(want, mask));
  ASSERT_TRUE(mask.surroundings_intact());
  ASSERT_TRUE(t.unchanged());
}

TEST_P(TensorMasks, BestInEveryLayout) {
  for (const TensorShape& s : oracle::tensor_shapes()) {
    const Tensor plain = filled(s);
    const auto layouts = oracle::tensor_layouts(s.rank);
    for (std::size_t i = 0; i < layouts.size(); ++i)
      for (const std::size_t j : {i, i + 1, i + 4})
        for (const Pattern pattern : {Pattern{2, 4}, Pattern{3, 6}})
          ASSERT_NO_FATAL_FAILURE(expect_best(plain, layouts[i], layouts[j % layouts.size()],
                                              pattern, Ranking::magnitude, 1 + int(j % 3)));
  }
}

TEST_P(TensorMasks, BestByValueAndWideGroups) {
  const Tensor plain = filled({4, {5, 67, 3, 3}});
  for (const TensorLayout& layout : oracle::tensor_layouts(4))
    for (const Pattern pattern : {Pattern{1, 1}, Pattern{1, 2}, Pattern{5, 8}, Pattern{16, 32}})
      ASSERT_NO_FATAL_FAILURE(expect_best(plain, layout, {}, pattern, Ranking::value, 2));
}

// Around the pieces in which threads take a tensor: 1024 columns, 65536 elements.
TEST_P(TensorMasks, BestAcrossPieces) {
  for (const TensorShape& s : {TensorShape{4, {3, 1030, 2, 3}}, TensorShape{4, {300, 6, 5, 5}},
                               TensorShape{3, {70, 129, 9}}}) {
    const Tensor plain = filled(s);
    const auto layouts = oracle::tensor_layouts(s.rank);
    for (const std::size_t i : {0u, 3u, 6u})
      ASSERT_NO_FATAL_FAILURE(expect_best(plain, layouts[i], {}, {2, 4}, Ranking::magnitude, 3));
  }
}

TEST_P(TensorMasks, ThreadsAgree) {
  const Tensor plain = filled({4, {64, 48, 3, 3}});
  for (const int threads : oracle::kThreadCounts)
    ASSERT_NO_FATAL_FAILURE(expect_best(plain, {}, {}, {2, 4}, Ranking::magnitude, threads));
}

TEST_P(TensorMasks, AppliesInEveryLayout) {
  for (const TensorShape& s : oracle::tensor_shapes()) {
    const Tensor plain = filled(s);
    Tensor keep(DataType::i8, s.rank, s.shape);
    static constexpr std::uint32_t kBytes[] = {0, 0, 0, 1, 2, 0x80, 0xFF};
    keep.fill([&](const Dims&) { return kBytes[random_.below(7)]; });
    Tensor want(GetParam(), s.rank, s.shape);
    want.fill([&](const Dims& at) { return keep.bits(at) != 0 ? plain.bits(at) : 0u; });
    const auto layouts = oracle::tensor_layouts(s.rank);
    const std::size_t n = layouts.size();
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < 3; ++j) {
        SCOPED_TRACE(index_text(s.shape, s.rank) + ":" + layouts[i].name + ":" +
                     layouts[(i + j) % n].name + ":" + layouts[(i + 2 * j) % n].name);
        Tensor t = relaid(plain, layouts[i]);
        const Tensor mask = relaid(keep, layouts[(i + j) % n]);
        Tensor out(GetParam(), s.rank, s.shape, layouts[(i + 2 * j) % n]);
        out.poison();
        t.freeze();
        ASSERT_TRUE(oracle::succeeds(apply_mask(Exec::cpu(2), t.view(), mask.mask(), out.view())));
        ASSERT_TRUE(same_bits(want, out));
        ASSERT_TRUE(out.surroundings_intact());
        ASSERT_TRUE(t.unchanged());
        ASSERT_TRUE(oracle::succeeds(apply_mask(Exec::cpu(2), t.view(), mask.mask(), t.view())));
        ASSERT_TRUE(same_bits(want, t));
        ASSERT_TRUE(t.surroundings_intact());
      }
  }
}

// TensorRT's rule: of every 4 input channels of one output channel and tap, at most 2 are nonzero.
TEST(TensorLayouts, ConvolutionsObeyTheRuleOfFourChannels) {
  oracle::Random random(8);
  Tensor t(DataType::f32, 4, {8, 12, 3, 2});
  t.fill([&](const Dims&) { return oracle::encode(DataType::f32, random.normal()); });
  Tensor mask(DataType::i8, 4, t.shape());
  ASSERT_TRUE(oracle::succeeds(best_mask(Exec::cpu(1), t.view(), {2, 4}, mask.mask())));
  ASSERT_TRUE(oracle::succeeds(apply_mask(Exec::cpu(1), t.view(), mask.mask(), t.view())));
  for (std::int64_t k = 0; k < 8; ++k)
    for (std::int64_t r = 0; r < 3; ++r)
      for (std::int64_t s = 0; s < 2; ++s)
        for (std::int64_t c = 0; c < 12; c += 4) {
          int nonzeros = 0;
          for (std::int64_t i = c; i < c + 4; ++i) nonzeros += t.at({k, i, r, s}) != 0;
          EXPECT_EQ(nonzeros, 2);
        }
  // Seen by taps and features swapped it does not: the groups run along the channels alone.
  const ConstTensorView view = std::as_const(t).view();
  const ConstTensorView other{view.data,
                              4,
                              {8, 3, 12, 2},
                              {view.stride[0], view.stride[2], view.stride[1], view.stride[3]},
                              DataType::f32};
  EXPECT_FALSE(check(Exec::cpu(1), other, {1, 3}).value().compliant());
}

// apex' table: rank 3 is the matrix whose row k * R + r has the entries [k, :, r]; rank 4 has the
// row (r * S + s) * K + k. In either, a row's mask depends on that row alone.
TEST(TensorLayouts, RowsAreThoseOfTheMatrix) {
  oracle::Random random(9);
  const std::int64_t K = 5, C = 9, R = 3, S = 2;
  Tensor t(DataType::f32, 4, {K, C, R, S});
  t.fill([&](const Dims&) { return oracle::encode(DataType::f32, random.normal()); });
  oracle::Matrix m(DataType::f32, R * S * K, C);
  for (std::int64_t k = 0; k < K; ++k)
    for (std::int64_t c = 0; c < C; ++c)
      for (std::int64_t r = 0; r < R; ++r)
        for (std::int64_t s = 0; s < S; ++s)
          m.set_bits((r * S + s) * K + k, c, t.bits({k, c, r, s}));
  Tensor mask(DataType::i8, 4, t.shape());
  oracle::Mask rows(R * S * K, C);
  ASSERT_TRUE(oracle::succeeds(best_mask(Exec::cpu(1), t.view(), {2, 4}, mask.mask())));
  ASSERT_TRUE(oracle::succeeds(best_mask(Exec::cpu(1), m.view(), {2, 4}, rows.view())));
  for (std::int64_t k = 0; k < K; ++k)
    for (std::int64_t c = 0; c < C; ++c)
      for (std::int64_t r = 0; r < R; ++r)
        for (std::int64_t s = 0; s < S; ++s)
          ASSERT_EQ(mask.bits({k, c, r, s}), rows.byte((r * S + s) * K + k, c));
}

// The weight of a transposed convolution is [C, K, R, S]: order shape and stride to say so.
TEST(TensorLayouts, TransposedConvolution) {
  oracle::Random random(10);
  Tensor t(DataType::f16, 4, {8, 6, 3, 3});  // C = 8, K = 6
  fill_mixed(t, random);
  const ConstTensorView v = std::as_const(t).view();
  const ConstTensorView weight{
      v.data, 4, {6, 8, 3, 3}, {v.stride[1], v.stride[0], v.stride[2], v.stride[3]}, v.type};
  Tensor mask(DataType::i8, 4, {6, 8, 3, 3});
  ASSERT_TRUE(oracle::succeeds(best_mask(Exec::cpu(1), weight, {2, 4}, mask.mask())));
  Tensor turned(DataType::f16, 4, {6, 8, 3, 3});
  turned.fill([&](const Dims& at) { return t.bits({at[1], at[0], at[2], at[3]}); });
  EXPECT_TRUE(same_bits(best_mask_of(turned, {2, 4}, false), mask));
}

// A slice of a larger tensor: every third output channel, inner taps.
TEST(TensorLayouts, SlicedViews) {
  oracle::Random random(11);
  Tensor whole(DataType::bf16, 4, {9, 11, 5, 5});
  fill_mixed(whole, random);
  whole.freeze();
  const ConstTensorView v = std::as_const(whole).view();
  const std::int64_t first = v.stride[0] + 2 * v.stride[1] + v.stride[2] + v.stride[3];
  const ConstTensorView slice{static_cast<const std::byte*>(v.data) + 2 * first,
                              4,
                              {3, 8, 3, 3},
                              {3 * v.stride[0], v.stride[1], v.stride[2], v.stride[3]},
                              v.type};
  Tensor part(DataType::bf16, 4, slice.shape);
  part.fill([&](const Dims& at) {
    return whole.bits({1 + 3 * at[0], 2 + at[1], 1 + at[2], 1 + at[3]});
  });
  Tensor mask(DataType::i8, 4, slice.shape);
  ASSERT_TRUE(oracle::succeeds(best_mask(Exec::cpu(2), slice, {2, 4}, mask.mask())));
  EXPECT_TRUE(same_bits(best_mask_of(part, {2, 4}, false), mask));
  EXPECT_TRUE(whole.unchanged());
}

}  // namespace
}  // namespace heddle
