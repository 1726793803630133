// Transposable masks through the C ABI.

#include "heddle/tile.hpp"
#include "test/host/c/c_case.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/suite.hpp"

namespace heddle::oracle {
namespace {

constexpr TileRule kRules[] = {TileRule::exact, TileRule::at_most, TileRule::greedy};
constexpr TileSolver kSolvers[] = {TileSolver::optimal, TileSolver::fast};

heddle_tile_pattern c_pattern(const TilePattern& p) {
  return {{p.pattern.keep, p.pattern.group},
          static_cast<std::int32_t>(p.rule),
          static_cast<std::int32_t>(p.solver)};
}

TEST(CTile, MasksNamesAndChecksAreTheCppOnes) {
  Random random(1);
  Matrix m(DataType::bf16, 13, 18);
  fill_ties(m, random);
  const heddle_exec exec = c_cpu();
  const heddle_matrix in = c_view(m);
  for (const TileRule rule : kRules)
    for (const TileSolver solver : kSolvers)
      for (const Pattern pattern : {Pattern{2, 4}, Pattern{4, 8}}) {
        const TilePattern wanted{pattern, rule, solver};
        const heddle_tile_pattern c_wanted = c_pattern(wanted);
        EXPECT_EQ(text_of([&](char* text, std::size_t capacity, std::size_t* length) {
                    return heddle_tile_pattern_name(&c_wanted, text, capacity, length);
                  }),
                  to_string(wanted));
        Mask want(13, 18), got(13, 18);
        ASSERT_TRUE(succeeds(best_tile_mask(Exec::cpu(1), m.view(), wanted, want.view())));
        const heddle_mask kept = c_view(got);
        ASSERT_TRUE(c_succeeds(heddle_best_tile_mask(&exec, &in, &c_wanted, &kept, 0)));
        EXPECT_TRUE(same_bits(want, got)) << to_string(wanted);
      }

  const auto want = check_tiles(Exec::cpu(1), m.view(), {2, 4});
  ASSERT_TRUE(want.ok());
  EXPECT_FALSE(want->compliant());
  const heddle_pattern pattern{2, 4};
  heddle_tile_check_report got{}, later{};
  ASSERT_TRUE(c_succeeds(heddle_check_tiles(&exec, &in, &pattern, &got)));
  ASSERT_TRUE(c_succeeds(heddle_check_tiles_async(&exec, &in, &pattern, &later)));
  EXPECT_EQ(got.rows.row, want->rows.row);
  EXPECT_EQ(got.cols.violations, want->cols.violations);
  EXPECT_EQ(std::memcmp(&got, &*want, sizeof(got)), 0);
  EXPECT_EQ(std::memcmp(&later, &*want, sizeof(later)), 0);
}

TEST(CTile, PacksBothDirections) {
  Random random(2);
  Matrix m(DataType::f16, 32, 24);
  fill_normal(m, random);
  const heddle_exec exec = c_cpu();
  const heddle_matrix in = c_view(m);
  const heddle_tile_pattern pattern{{2, 4}, HEDDLE_TILE_EXACT, HEDDLE_TILE_OPTIMAL};
  for (const PackedOrder order : {PackedOrder::canonical, PackedOrder::device}) {
    const PackedDesc desc{32, 24, {2, 4}, DataType::f16, order};
    const PackedDesc turned{24, 32, {2, 4}, DataType::f16, order};
    Blob want(desc), want_turned(turned), got(desc), got_turned(turned);
    Mask want_mask(32, 24), got_mask(32, 24);
    ASSERT_TRUE(succeeds(
        pack_tiles(Exec::cpu(1), m.view(), {}, want.view(), want_turned.view(), want_mask.view())));
    const heddle_packed out = c_view(got), out_turned = c_view(got_turned);
    const heddle_mask kept = c_view(got_mask);
    ASSERT_TRUE(c_succeeds(heddle_pack_tiles(&exec, &in, &pattern, &out, &out_turned, &kept)));
    EXPECT_TRUE(same_bytes(want, got));
    EXPECT_TRUE(same_bytes(want_turned, got_turned));
    EXPECT_TRUE(same_bits(want_mask, got_mask));

    Blob again(desc), again_turned(turned);
    const heddle_packed to = c_view(again), to_turned = c_view(again_turned);
    ASSERT_TRUE(c_succeeds(heddle_pack_tiles(&exec, &in, &pattern, &to, &to_turned, nullptr)));
    EXPECT_TRUE(same_bytes(want, again));
    Blob by_mask(desc), by_mask_turned(turned);
    const heddle_packed at = c_view(by_mask), at_turned = c_view(by_mask_turned);
    ASSERT_TRUE(c_succeeds(heddle_pack_tiles_mask(&exec, &in, &kept, &at, &at_turned)));
    EXPECT_TRUE(same_bytes(want, by_mask));
    EXPECT_TRUE(same_bytes(want_turned, by_mask_turned));

    expect_nulls_refused(heddle_pack_tiles,
                         {"exec", "matrix", "pattern", "out", "out_transposed", ""}, &exec, &in,
                         &pattern, &out, &out_turned, &kept);
    expect_nulls_refused(heddle_pack_tiles_mask,
                         {"exec", "matrix", "mask", "out", "out_transposed"}, &exec, &in, &kept,
                         &out, &out_turned);
    for (std::int64_t c = 0; c < 4; ++c) got_mask.set(0, c, true);
    EXPECT_TRUE(c_fails(heddle_pack_tiles_mask(&exec, &in, &kept, &at, &at_turned),
                        HEDDLE_NOT_COMPLIANT, {"row 0 group 0"}));
  }
}

TEST(CTile, BadArguments) {
  Matrix m(DataType::f16, 4, 8);
  Mask mask(4, 8);
  const heddle_exec exec = c_cpu();
  const heddle_matrix in = c_view(m);
  const heddle_mask kept = c_view(mask);
  const heddle_pattern rows{2, 4};
  heddle_tile_check_report report{{1, 2, 3}, {4, 5, 6}};
  heddle_tile_pattern pattern{{2, 4}, 0, 0};
  expect_nulls_refused(heddle_best_tile_mask, {"exec", "matrix", "pattern", "mask", ""}, &exec, &in,
                       &pattern, &kept, 0);
  expect_nulls_refused(heddle_check_tiles, {"exec", "matrix", "pattern", "report"}, &exec, &in,
                       &rows, &report);
  expect_nulls_refused(heddle_check_tiles_async, {"exec", "matrix", "pattern", "report"}, &exec,
                       &in, &rows, &report);
  expect_nulls_refused(heddle_tile_pattern_name, {"pattern", "", "", ""}, &pattern, nullptr, 0,
                       nullptr);
  EXPECT_EQ(report.cols.group, 6);
  for (const std::int32_t bad : {-1, 3, 256}) {
    pattern.rule = bad;
    EXPECT_TRUE(c_fails(heddle_best_tile_mask(&exec, &in, &pattern, &kept, 0),
                        HEDDLE_INVALID_ARGUMENT, {"pattern.rule = ", "[0, 2]"}));
    pattern.rule = 0;
    pattern.solver = bad == 3 ? 2 : bad;
    EXPECT_TRUE(c_fails(heddle_best_tile_mask(&exec, &in, &pattern, &kept, 0),
                        HEDDLE_INVALID_ARGUMENT, {"pattern.solver = ", "[0, 1]"}));
    pattern.solver = 0;
  }
  pattern.pattern.keep = 9;
  EXPECT_TRUE(c_fails(heddle_best_tile_mask(&exec, &in, &pattern, &kept, 0),
                      HEDDLE_INVALID_ARGUMENT, {"9:4"}));
}

}  // namespace
}  // namespace heddle::oracle
