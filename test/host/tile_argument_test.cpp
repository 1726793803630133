// Every documented requirement of the tile operations, broken one at a time.

#include <gtest/gtest.h>

#include "heddle/tile.hpp"
#include "test/oracle/matrix.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using oracle::Blob;
using oracle::fails;
using oracle::Mask;
using oracle::Matrix;
using oracle::succeeds;

constexpr StatusCode kInvalid = StatusCode::invalid_argument;

class TileArguments : public testing::Test {
 protected:
  static PackedDesc desc(std::int64_t rows, std::int64_t cols) {
    return {rows, cols, {2, 4}, DataType::f16, PackedOrder::canonical};
  }
  Status mask_of(const TilePattern& p = {}, Ranking ranking = Ranking::magnitude) {
    return best_tile_mask(cpu, matrix.view(), p, mask.view(), ranking);
  }
  Status pack_of(const TilePattern& p = {}) {
    return pack_tiles(cpu, matrix.view(), p, out.view(), out_t.view());
  }
  const TilePattern plain{};
  Exec cpu = Exec::cpu(1);
  Matrix matrix{DataType::f16, 4, 8};
  Mask mask{4, 8};
  Blob out{desc(4, 8)}, out_t{desc(8, 4)};
};

TEST_F(TileArguments, GoodOnesPass) {
  EXPECT_TRUE(succeeds(mask_of()));
  EXPECT_TRUE(succeeds(pack_of()));
  EXPECT_TRUE(check_tiles(cpu, matrix.view(), {2, 4}).ok());
}

TEST_F(TileArguments, Pattern) {
  for (const heddle::Pattern bad : {heddle::Pattern{0, 4}, {5, 4}, {2, 33}}) {
    EXPECT_TRUE(fails(mask_of({bad}), kInvalid, {"pattern"}));
    EXPECT_TRUE(fails(pack_of({bad}), kInvalid, {"pattern"}));
    EXPECT_TRUE(fails(check_tiles(cpu, matrix.view(), bad).status(), kInvalid, {"pattern"}));
  }
  EXPECT_TRUE(fails(mask_of({{2, 4}, static_cast<TileRule>(9)}), kInvalid, {"pattern.rule", "9"}));
  EXPECT_TRUE(fails(pack_of({{2, 4}, static_cast<TileRule>(9)}), kInvalid, {"pattern.rule", "9"}));
  const TilePattern solver{{2, 4}, TileRule::exact, static_cast<TileSolver>(7)};
  EXPECT_TRUE(fails(mask_of(solver), kInvalid, {"pattern.solver", "7"}));
  EXPECT_TRUE(fails(mask_of({}, static_cast<Ranking>(5)), kInvalid, {"ranking", "5"}));
}

TEST_F(TileArguments, Matrix) {
  Matrix wide(DataType::i32, 4, 8);
  EXPECT_TRUE(fails(best_tile_mask(cpu, wide.view(), plain, mask.view()), StatusCode::unsupported,
                    {"matrix.type"}));
  EXPECT_TRUE(fails(pack_tiles(cpu, wide.view(), plain, out.view(), out_t.view()),
                    StatusCode::unsupported, {"matrix.type"}));
  EXPECT_TRUE(fails(check_tiles(cpu, wide.view(), {2, 4}).status(), StatusCode::unsupported,
                    {"matrix.type"}));
  ConstMatrixView spoilt = matrix.view();
  spoilt.ld = 3;
  EXPECT_TRUE(fails(best_tile_mask(cpu, spoilt, {}, mask.view()), kInvalid, {"matrix.ld", "3"}));
  TileCheckReport report;
  EXPECT_TRUE(fails(check_tiles(cpu, spoilt, {2, 4}, &report), kInvalid, {"matrix.ld", "3"}));
}

TEST_F(TileArguments, Mask) {
  oracle::Mask other(4, 7);
  EXPECT_TRUE(
      fails(best_tile_mask(cpu, matrix.view(), plain, other.view()), kInvalid, {"mask", "7"}));
  EXPECT_TRUE(fails(pack_tiles(cpu, matrix.view(), plain, out.view(), out_t.view(), other.view()),
                    kInvalid, {"mask", "7"}));
  EXPECT_TRUE(fails(pack_tiles(cpu, matrix.view(), const_cast<const oracle::Mask&>(other).view(),
                               out.view(), out_t.view()),
                    kInvalid, {"mask", "7"}));
  MaskView null = mask.view();
  null.data = nullptr;
  EXPECT_TRUE(
      fails(best_tile_mask(cpu, matrix.view(), plain, null), kInvalid, {"mask.data", "null"}));
  const MaskView inside{static_cast<std::uint8_t*>(matrix.view().data), 4, 8, 8, Order::row};
  EXPECT_TRUE(
      fails(best_tile_mask(cpu, matrix.view(), plain, inside), kInvalid, {"mask", "matrix"}));
  const MaskView in_blob{out.data(), 4, 8, 8, Order::row};
  EXPECT_TRUE(fails(pack_tiles(cpu, matrix.view(), plain, out.view(), out_t.view(), in_blob),
                    kInvalid, {"mask", "out"}));
  const MaskView in_blob_t{out_t.data(), 4, 8, 8, Order::row};
  EXPECT_TRUE(fails(pack_tiles(cpu, matrix.view(), plain, out.view(), out_t.view(), in_blob_t),
                    kInvalid, {"mask", "out_transposed"}));
}

TEST_F(TileArguments, Blobs) {
  // Not transposed.
  Blob square(desc(4, 8));
  EXPECT_TRUE(fails(pack_tiles(cpu, matrix.view(), plain, out.view(), square.view()), kInvalid,
                    {"out_transposed.desc"}));
  EXPECT_TRUE(fails(pack_tiles(cpu, matrix.view(), plain, out_t.view(), out_t.view()), kInvalid,
                    {"out.desc"}));
  // Of another type or pattern.
  Blob other_type({8, 4, {2, 4}, DataType::bf16, PackedOrder::canonical});
  EXPECT_TRUE(fails(pack_tiles(cpu, matrix.view(), plain, out.view(), other_type.view()), kInvalid,
                    {"out_transposed.desc", "bf16"}));
  Blob other_pattern({8, 4, {1, 2}, DataType::f16, PackedOrder::canonical});
  EXPECT_TRUE(fails(pack_tiles(cpu, matrix.view(), plain, out.view(), other_pattern.view()),
                    kInvalid, {"out_transposed.desc.pattern", "1:2", "2:4"}));
  const oracle::Mask& kept = mask;
  EXPECT_TRUE(fails(pack_tiles(cpu, matrix.view(), kept.view(), out.view(), other_pattern.view()),
                    kInvalid, {"out_transposed.desc.pattern", "1:2"}));
  EXPECT_TRUE(fails(pack_of({{1, 4}}), kInvalid, {"out.desc.pattern", "2:4", "1:4"}));
  // Too small, or in each other's memory.
  PackedView small = out_t.view();
  small.bytes -= 1;
  EXPECT_TRUE(fails(pack_tiles(cpu, matrix.view(), plain, out.view(), small), kInvalid,
                    {"out_transposed.bytes"}));
  PackedView same = out_t.view();
  same.data = out.data();
  same.bytes = out.size();
  EXPECT_TRUE(fails(pack_tiles(cpu, matrix.view(), plain, out.view(), same), kInvalid,
                    {"out_transposed", "out"}));
  const PackedView in_matrix{desc(4, 8), matrix.view().data, out.size()};
  EXPECT_TRUE(fails(pack_tiles(cpu, matrix.view(), plain, in_matrix, out_t.view()), kInvalid,
                    {"out", "matrix"}));
}

TEST_F(TileArguments, ReportAndExec) {
  EXPECT_TRUE(fails(check_tiles(cpu, matrix.view(), {2, 4}, nullptr), kInvalid, {"report"}));
  EXPECT_FALSE(best_tile_mask(Exec::cpu(-1), matrix.view(), plain, mask.view()).ok());
  EXPECT_FALSE(pack_tiles(Exec::cpu(-1), matrix.view(), plain, out.view(), out_t.view()).ok());
}

}  // namespace
}  // namespace heddle
