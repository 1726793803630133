// pack and unpack: the identity on matrices that comply, whatever the type, layout, shape and
// pattern.

#include "test/host/pack_case.hpp"

namespace heddle {
namespace {

using namespace oracle;

class Pack : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, Pack, testing::ValuesIn(matrix_types()), by_type);

// dense -> blob by the fused operation, pruned -> the same blob, blob -> pruned.
void expect_identity(const Matrix& dense, Pattern pattern, PackedOrder order,
                     const Placement& place, int threads) {
  const Mask mask = best_mask_of(dense, pattern);
  const Matrix pruned = masked(dense, mask);
  Matrix source = relaid(dense, place);
  source.freeze();
  Blob fused(desc_of(dense, pattern, order), place.misalign);
  ASSERT_TRUE(succeeds(pack(Exec::cpu(threads), source.view(), fused.view())));
  ASSERT_TRUE(source.unchanged());
  ASSERT_TRUE(fused.zones_intact());
  ASSERT_TRUE(succeeds(verify(Exec::cpu(threads), fused.cview())));

  Blob again(desc_of(dense, pattern, order));
  ASSERT_TRUE(succeeds(pack(Exec::cpu(threads), relaid(pruned, place).view(), again.view())));
  ASSERT_TRUE(same_bytes(again, fused));
  Mask placed_mask = relaid(mask, place);
  placed_mask.freeze();
  Blob by_mask(desc_of(dense, pattern, order));
  ASSERT_TRUE(
      succeeds(pack(Exec::cpu(threads), source.view(), placed_mask.view(), by_mask.view())));
  ASSERT_TRUE(same_bytes(by_mask, fused));
  ASSERT_TRUE(placed_mask.unchanged());

  Matrix back(dense.type(), dense.rows(), dense.cols(), place);
  back.poison();
  fused.freeze();
  ASSERT_TRUE(succeeds(unpack(Exec::cpu(threads), fused.cview(), back.view())));
  ASSERT_TRUE(same_bits(back, pruned));
  ASSERT_TRUE(back.surroundings_intact());
  ASSERT_TRUE(fused.unchanged());
}

TEST_P(Pack, IdentityOnEdgeShapes) {
  Random random(61);
  for (Pattern pattern : packed_patterns())
    for (const Shape& shape : edge_shapes()) {
      const Matrix dense = mixed_matrix(GetParam(), shape.rows, shape.cols, random);
      for (PackedOrder order : orders_of(pattern, GetParam()))
        for (const Placement& place : placements()) {
          SCOPED_TRACE(problem(desc_of(dense, pattern, order)) + " " + to_string(place));
          expect_identity(dense, pattern, order, place, 1);
          if (HasFatalFailure()) return;
        }
    }
}

TEST_P(Pack, IdentityAcrossPiecesAndThreads) {
  Random random(62);
  for (Pattern pattern : {Pattern{2, 4}, Pattern{1, 2}, Pattern{1, 4}, Pattern{5, 7}})
    for (const Shape& shape : chunk_shapes()) {
      const Matrix dense = mixed_matrix(GetParam(), shape.rows, shape.cols, random);
      for (PackedOrder order : orders_of(pattern, GetParam())) {
        const Placement place = random.below(2) == 0 ? Placement{} : Placement{Order::col, 1, 1};
        SCOPED_TRACE(problem(desc_of(dense, pattern, order)) + " " + to_string(place));
        expect_identity(dense, pattern, order, place, 3);
        if (HasFatalFailure()) return;
      }
    }
}

// Several pieces in both directions at once.
TEST_P(Pack, IdentityAcrossPiecesBothWays) {
  if (kSmall) return;  // a million elements, many times
  Random random(68);
  const Matrix dense = mixed_matrix(GetParam(), cpu::kUnitRows + 1, cpu::kUnitCols + 3, random);
  for (PackedOrder order : orders_of({1, 2}, GetParam()))
    expect_identity(dense, {1, 2}, order, {Order::row, 0, 1}, 3);
}

TEST_P(Pack, EveryThreadCountGivesTheSameBytes) {
  Random random(63);
  for (const Shape& shape : chunk_shapes())
    for (Pattern pattern : {Pattern{2, 4}, Pattern{16, 32}}) {
      const Matrix dense = mixed_matrix(GetParam(), shape.rows, shape.cols, random);
      for (PackedOrder order : orders_of(pattern, GetParam())) {
        SCOPED_TRACE(problem(desc_of(dense, pattern, order)));
        Blob first(desc_of(dense, pattern, order));
        ASSERT_TRUE(succeeds(pack(Exec::cpu(1), dense.view(), first.view())));
        const Matrix plain = unpacked(first);
        for (int threads : kThreadCounts)
          for (int repeat = 0; repeat < 2; ++repeat) {
            Blob blob(desc_of(dense, pattern, order));
            ASSERT_TRUE(succeeds(pack(Exec::cpu(threads), dense.view(), blob.view())));
            ASSERT_TRUE(same_bytes(blob, first)) << threads;
            Matrix back(dense.type(), dense.rows(), dense.cols());
            ASSERT_TRUE(succeeds(unpack(Exec::cpu(threads), blob.cview(), back.view())));
            ASSERT_TRUE(same_bits(back, plain)) << threads;
          }
      }
    }
}

// ---- masks that are not the best one ------------------------------------------------------------

TEST_P(Pack, AnyMaskWithinThePattern) {
  Random random(64);
  for (Pattern pattern : packed_patterns())
    for (const Shape& shape : edge_shapes())
      for (bool full : {false, true}) {
        const Matrix dense = mixed_matrix(GetParam(), shape.rows, shape.cols, random);
        Mask mask(shape.rows, shape.cols);
        if (full)
          fill_full_mask(mask, random, pattern);
        else
          fill_sparse_mask(mask, random, pattern);
        for (PackedOrder order : orders_of(pattern, GetParam())) {
          SCOPED_TRACE(problem(desc_of(dense, pattern, order)) + (full ? " full" : " sparse"));
          const Blob blob = packed(dense, mask, pattern, order);
          ASSERT_TRUE(succeeds(verify(Exec::cpu(1), blob.cview())));
          ASSERT_TRUE(same_bits(unpacked(blob), masked(dense, mask)));
        }
      }
}

TEST_P(Pack, AnyNonzeroMaskByteKeeps) {
  const Pattern pattern = {2, 4};
  Matrix dense(GetParam(), 3, 18);
  Random random(65);
  fill_integers(dense, random, 1, 4);
  Mask ones(3, 18), odd(3, 18);
  fill_full_mask(ones, random, pattern);
  for (std::int64_t r = 0; r < 3; ++r)
    for (std::int64_t c = 0; c < 18; ++c)
      odd.set_byte(r, c, ones.kept(r, c) ? (c % 2 == 0 ? 0x80u : 0x02u) : 0u);
  EXPECT_TRUE(same_bytes(packed(dense, ones, pattern, PackedOrder::canonical),
                         packed(dense, odd, pattern, PackedOrder::canonical)));
}

TEST_P(Pack, RefusesAMaskThatKeepsTooMuch) {
  Random random(66);
  for (const Shape& shape : {Shape{5, 9}, {66, 13}, {65, 2049}, {3, cpu::kUnitCols + 70}})
    for (Pattern pattern : {Pattern{2, 4}, Pattern{1, 2}, Pattern{3, 5}})
      for (PackedOrder order : orders_of(pattern, GetParam())) {
        const Matrix dense = mixed_matrix(GetParam(), shape.rows, shape.cols, random);
        Mask mask(shape.rows, shape.cols);
        fill_sparse_mask(mask, random, pattern);
        // Two violations; the first in row order is the one named.
        const std::int64_t row = random.below(shape.rows - 1);
        const std::int64_t group = random.below(shape.cols / pattern.group);
        for (std::int64_t c = 0; c < pattern.group; ++c) {
          mask.set(row, group * pattern.group + c, true);
          mask.set(shape.rows - 1, c, true);
        }
        for (int threads : kThreadCounts) {
          Blob blob(desc_of(dense, pattern, order));
          const Status status = pack(Exec::cpu(threads), dense.view(), mask.view(), blob.view());
          const std::string where =
              "row " + std::to_string(row) + " group " + std::to_string(group);
          const std::string count = "keeps " + std::to_string(pattern.group) + " entries";
          EXPECT_TRUE(fails(status, StatusCode::not_compliant, {where.c_str(), count.c_str()}))
              << problem(desc_of(dense, pattern, order)) << " threads " << threads;
          EXPECT_TRUE(blob.zones_intact());
        }
      }
}

// Rows that are refused become zeros: not what the memory, or another row's scratch, held before.
TEST_P(Pack, LeavesNothingElseInRefusedRows) {
  constexpr std::int64_t kRows = 135, kCols = 70;
  Random random(67);
  for (Pattern pattern : {Pattern{2, 4}, Pattern{1, 2}, Pattern{3, 5}})
    for (PackedOrder order : orders_of(pattern, GetParam())) {
      Matrix dense = mixed_matrix(GetParam(), kRows, kCols, random);
      Mask mask(kRows, kCols);
      fill_sparse_mask(mask, random, pattern);
      for (std::int64_t r = 64; r < kRows; r += 3)
        for (std::int64_t c = 0; c < pattern.group; ++c) mask.set(r, 20 * (r % 2) + c, true);
      Blob blob(desc_of(dense, pattern, order));
      const Status status = pack(Exec::cpu(1), dense.view(), mask.view(), blob.view());
      EXPECT_EQ(status.code(), StatusCode::not_compliant);
      Matrix back(GetParam(), kRows, kCols), want = masked(dense, mask);
      ASSERT_TRUE(succeeds(unpack(Exec::cpu(1), blob.cview(), back.view())));
      for (std::int64_t r = 64; r < kRows; r += 3)
        for (std::int64_t c = 0; c < kCols; ++c) want.set_bits(r, c, 0);
      EXPECT_TRUE(same_bits(back, want)) << problem(desc_of(dense, pattern, order));
    }
}

TEST_P(Pack, EmptyMatrices) {
  for (const Shape& shape : {Shape{0, 0}, {0, 8}, {8, 0}})
    for (PackedOrder order : orders_of({1, 2}, GetParam())) {
      const Matrix none(GetParam(), shape.rows, shape.cols);
      Blob blob(desc_of(none, {1, 2}, order));
      EXPECT_TRUE(succeeds(pack(Exec::cpu(2), none.view(), blob.view())));
      EXPECT_TRUE(blob.zones_intact());
      EXPECT_TRUE(succeeds(verify(Exec::cpu(2), blob.cview())));
      Matrix back(GetParam(), shape.rows, shape.cols);
      EXPECT_TRUE(succeeds(unpack(Exec::cpu(2), blob.cview(), back.view())));
      const Result<ConstPackedView> opened = open_packed(blob.data(), blob.size());
      ASSERT_TRUE(opened.ok()) << opened.status().to_string();
      EXPECT_EQ(opened->desc.rows, shape.rows);
      EXPECT_EQ(opened->desc.cols, shape.cols);
    }
}

// Memory beyond the blob belongs to the caller.
TEST_P(Pack, TouchesOnlyItsOwnBytes) {
  Matrix dense(GetParam(), 5, 30);
  Random random(67);
  fill_ties(dense, random);
  for (PackedOrder order : orders_of({1, 2}, GetParam())) {
    const PackedDesc desc = desc_of(dense, {1, 2}, order);
    const std::size_t size = *packed_size(desc);
    GuardedBytes memory(size + 100);
    ASSERT_TRUE(succeeds(pack(Exec::cpu(2), dense.view(), {desc, memory.data(), memory.size()})));
    EXPECT_TRUE(memory.untouched(size, size + 100));
    EXPECT_TRUE(memory.zones_intact());
    EXPECT_TRUE(succeeds(verify(Exec::cpu(1), {desc, memory.data(), memory.size()})));
  }
}

}  // namespace
}  // namespace heddle
