// Tensors through the C ABI, in every layout.

#include "heddle/tensor.hpp"
#include "test/host/c/c_case.hpp"
#include "test/oracle/codes.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/suite.hpp"

namespace heddle::oracle {
namespace {

testing::AssertionResult same(const Tensor& a, const Tensor& b) {
  testing::AssertionResult result = testing::AssertionSuccess();
  a.each([&](const Dims& at) {
    if (result && a.bits(at) != b.bits(at))
      result = testing::AssertionFailure() << "first difference at " << at[0] << ", " << at[1];
  });
  return result;
}

void fill(Tensor& t, Random& random) {
  t.fill([&](const Dims&) { return encode(t.type(), static_cast<double>(random.between(-9, 9))); });
}

TEST(CTensor, EveryOperationIsTheCppOne) {
  Random random(1);
  const heddle_exec exec = c_cpu();
  const heddle_pattern pattern{2, 4};
  const heddle_tile_pattern tiles{{2, 4}, HEDDLE_TILE_AT_MOST, HEDDLE_TILE_OPTIMAL};
  const Dims shapes[] = {{21}, {6, 10}, {5, 9, 3}, {6, 8, 2, 3}, {3, 6, 2, 1, 3}};
  for (int rank = 1; rank <= 5; ++rank)
    for (const TensorLayout& layout : tensor_layouts(rank)) {
      const Dims& shape = shapes[rank - 1];
      Tensor weight(DataType::f16, rank, shape, layout), out(DataType::f16, rank, shape);
      Tensor want(DataType::i8, rank, shape), got(DataType::i8, rank, shape, layout);
      fill(weight, random);
      const heddle_tensor in = c_view(weight), to = c_view(out);
      const heddle_tensor_mask kept = c_mask(got);

      ASSERT_TRUE(succeeds(
          best_tile_mask(Exec::cpu(1), weight.view(), {{2, 4}, TileRule::at_most}, want.mask())));
      ASSERT_TRUE(c_succeeds(heddle_best_tile_mask_tensor(&exec, &in, &tiles, &kept, 0)));
      EXPECT_TRUE(same(want, got)) << rank << " " << layout.name;

      ASSERT_TRUE(succeeds(
          best_mask(Exec::cpu(1), weight.view(), Pattern{2, 4}, want.mask(), Ranking::value)));
      ASSERT_TRUE(c_succeeds(heddle_best_mask_tensor(&exec, &in, &pattern, &kept, HEDDLE_VALUE)));
      EXPECT_TRUE(same(want, got)) << rank << " " << layout.name;

      const auto check_want = check(Exec::cpu(1), weight.view(), {2, 4});
      const auto tiles_want = check_tiles(Exec::cpu(1), weight.view(), {2, 4});
      const auto stats = mask_stats(Exec::cpu(1), weight.view(), want.mask());
      ASSERT_TRUE(check_want.ok() && tiles_want.ok() && stats.ok());
      heddle_check_report report{};
      heddle_tile_check_report both{};
      heddle_mask_sums sums{};
      ASSERT_TRUE(c_succeeds(heddle_check_tensor(&exec, &in, &pattern, &report)));
      ASSERT_TRUE(c_succeeds(heddle_check_tiles_tensor(&exec, &in, &pattern, &both)));
      ASSERT_TRUE(c_succeeds(heddle_mask_stats_tensor(&exec, &in, &kept, &sums)));
      EXPECT_EQ(std::memcmp(&report, &*check_want, sizeof(report)), 0);
      EXPECT_EQ(std::memcmp(&both, &*tiles_want, sizeof(both)), 0);
      EXPECT_EQ(sums.kept, stats->kept);
      EXPECT_EQ(sums.l1_kept, stats->l1_kept);

      Tensor applied(DataType::f16, rank, shape);
      ASSERT_TRUE(succeeds(apply_mask(Exec::cpu(1), weight.view(), want.mask(), applied.view())));
      ASSERT_TRUE(c_succeeds(heddle_apply_mask_tensor(&exec, &in, &kept, &to)));
      EXPECT_TRUE(same(applied, out));
      EXPECT_TRUE(got.surroundings_intact());
    }
}

TEST(CTensor, ViewsOfMatrices) {
  Matrix m(DataType::bf16, 3, 5, {Order::col, 2, 0});
  Mask mask(3, 5, {Order::row, 4, 0});
  const heddle_matrix view = c_view(m);
  const heddle_mask kept = c_view(mask);
  heddle_tensor tensor{};
  heddle_tensor_mask tensor_mask{};
  ASSERT_TRUE(c_succeeds(heddle_as_tensor(&view, &tensor)));
  ASSERT_TRUE(c_succeeds(heddle_as_tensor_mask(&kept, &tensor_mask)));
  EXPECT_EQ(tensor.data, view.data);
  EXPECT_EQ(tensor.rank, 2);
  EXPECT_EQ(tensor.type, HEDDLE_BF16);
  EXPECT_EQ(tensor.shape[0], 3);
  EXPECT_EQ(tensor.shape[1], 5);
  EXPECT_EQ(tensor.stride[0], 1);
  EXPECT_EQ(tensor.stride[1], 5);
  EXPECT_EQ(tensor_mask.data, kept.data);
  EXPECT_EQ(tensor_mask.stride[0], 9);
  EXPECT_EQ(tensor_mask.stride[1], 1);
  expect_nulls_refused(heddle_as_tensor, {"matrix", "tensor"}, &view, &tensor);
  expect_nulls_refused(heddle_as_tensor_mask, {"mask", "tensor"}, &kept, &tensor_mask);
}

TEST(CTensor, ContiguousStrides) {
  const std::int64_t shape[5] = {2, 3, 4, 5, 6};
  std::int64_t stride[5] = {-1, -1, -1, -1, -1};
  for (std::int32_t rank = 1; rank <= 5; ++rank) {
    const Dims want = contiguous_strides(rank, {2, 3, 4, 5, 6});
    ASSERT_TRUE(c_succeeds(heddle_contiguous_strides(rank, shape, stride)));
    for (std::int32_t d = 0; d < rank; ++d) EXPECT_EQ(stride[d], want[static_cast<std::size_t>(d)]);
  }
  for (const std::int32_t rank : {0, 6, -1})
    EXPECT_TRUE(c_fails(heddle_contiguous_strides(rank, shape, stride), HEDDLE_INVALID_ARGUMENT,
                        {"rank = ", "[1, 5]"}));
  expect_nulls_refused(heddle_contiguous_strides, {"", "shape", "stride"}, 2, shape, stride);
  const std::int64_t huge[3] = {2, INT64_MAX / 2, 3}, negative[2] = {3, -1};
  stride[0] = 77;
  EXPECT_TRUE(c_fails(heddle_contiguous_strides(3, huge, stride), HEDDLE_INVALID_ARGUMENT,
                      {"shape[1] = "}));
  EXPECT_TRUE(c_fails(heddle_contiguous_strides(2, negative, stride), HEDDLE_INVALID_ARGUMENT,
                      {"shape[1] = -1"}));
  EXPECT_EQ(stride[0], 77);
}

TEST(CTensor, BadArguments) {
  Tensor weight(DataType::f16, 3, {4, 8, 2}), kept(DataType::i8, 3, {4, 8, 2});
  heddle_exec exec = c_cpu();
  heddle_tensor in = c_view(weight);
  heddle_tensor_mask mask = c_mask(kept);
  heddle_pattern pattern{2, 4};
  heddle_tile_pattern tiles{{2, 4}, 0, 0};
  heddle_check_report report{};
  heddle_tile_check_report both{};
  heddle_mask_sums sums{};
  expect_nulls_refused(heddle_best_mask_tensor, {"exec", "weight", "pattern", "mask", ""}, &exec,
                       &in, &pattern, &mask, 0);
  expect_nulls_refused(heddle_best_tile_mask_tensor, {"exec", "weight", "pattern", "mask", ""},
                       &exec, &in, &tiles, &mask, 0);
  expect_nulls_refused(heddle_apply_mask_tensor, {"exec", "weight", "mask", "out"}, &exec, &in,
                       &mask, &in);
  expect_nulls_refused(heddle_check_tensor, {"exec", "weight", "pattern", "report"}, &exec, &in,
                       &pattern, &report);
  expect_nulls_refused(heddle_check_tiles_tensor, {"exec", "weight", "pattern", "report"}, &exec,
                       &in, &pattern, &both);
  expect_nulls_refused(heddle_mask_stats_tensor, {"exec", "weight", "mask", "sums"}, &exec, &in,
                       &mask, &sums);
  in.type = 8;
  EXPECT_TRUE(c_fails(heddle_check_tensor(&exec, &in, &pattern, &report), HEDDLE_INVALID_ARGUMENT,
                      {"weight.type = 8"}));
  in = c_view(weight);
  for (const std::int32_t rank : {0, 6, -3, INT32_MAX}) {
    in.rank = rank;
    EXPECT_TRUE(c_fails(heddle_check_tensor(&exec, &in, &pattern, &report), HEDDLE_INVALID_ARGUMENT,
                        {"weight.rank = "}));
  }
  in = c_view(weight);
  in.stride[0] = 1;
  EXPECT_TRUE(c_fails(heddle_check_tensor(&exec, &in, &pattern, &report), HEDDLE_INVALID_ARGUMENT,
                      {"weight.stride"}));
  in = c_view(weight);
  mask.reserved = -1;
  EXPECT_TRUE(c_fails(heddle_best_mask_tensor(&exec, &in, &pattern, &mask, 0), HEDDLE_UNSUPPORTED,
                      {"mask.reserved = -1"}));
}

}  // namespace
}  // namespace heddle::oracle
