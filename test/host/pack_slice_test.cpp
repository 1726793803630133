// Slices of a blob: the same bytes as packing the sliced matrix.

#include <algorithm>

#include "test/host/pack_case.hpp"

namespace heddle {
namespace {

using namespace oracle;

class Slice : public testing::TestWithParam<DataType> {
 protected:
  Random random_{81};
};
INSTANTIATE_TEST_SUITE_P(Types, Slice, testing::ValuesIn(matrix_types()), by_type);

struct Source {
  Matrix matrix;
  Mask mask;
  Pattern pattern;
};

Source make(DataType type, Shape shape, Pattern pattern, bool best, Random& random) {
  Matrix m = mixed_matrix(type, shape.rows, shape.cols, random);
  Mask mask = best_mask_of(m, pattern);
  if (!best) fill_sparse_mask(mask, random, pattern);
  return {masked(m, mask), mask, pattern};
}

void expect_slice(const Source& s, const Blob& blob, bool rows, std::int64_t begin,
                  std::int64_t end, int threads) {
  const std::int64_t m = s.matrix.rows(), k = s.matrix.cols();
  const Matrix part =
      rows ? submatrix(s.matrix, begin, end, 0, k) : submatrix(s.matrix, 0, m, begin, end);
  const Mask kept = rows ? submask(s.mask, begin, end, 0, k) : submask(s.mask, 0, m, begin, end);
  const Blob want = packed(part, kept, s.pattern, blob.desc().order);
  Blob got(want.desc(), 1);
  const Exec exec = Exec::cpu(threads);
  ASSERT_TRUE(succeeds(rows ? slice_rows(exec, blob.cview(), begin, end, got.view())
                            : slice_cols(exec, blob.cview(), begin, end, got.view())))
      << begin << ".." << end;
  ASSERT_TRUE(same_bytes(got, want)) << (rows ? "rows " : "cols ") << begin << ".." << end;
  ASSERT_TRUE(got.zones_intact());
}

// Every pair of bounds of small matrices.
TEST_P(Slice, EveryLegalBound) {
  for (Pattern pattern :
       {Pattern{2, 4}, Pattern{1, 2}, Pattern{1, 4}, Pattern{3, 5}, Pattern{3, 8}})
    for (const Shape& shape : {Shape{7, 21}, {4, 24}})
      for (PackedOrder order : orders_of(pattern, GetParam())) {
        const Source s = make(GetParam(), shape, pattern, shape.rows == 7, random_);
        Blob blob = packed(s.matrix, s.mask, pattern, order);
        blob.freeze();
        SCOPED_TRACE(problem(blob.desc()));
        for (std::int64_t begin = 0; begin <= shape.rows; ++begin)
          for (std::int64_t end = begin; end <= shape.rows; ++end)
            expect_slice(s, blob, true, begin, end, 1);
        for (std::int64_t begin = 0; begin <= shape.cols; begin += pattern.group)
          for (std::int64_t end = begin; end <= shape.cols; ++end)
            if (end % pattern.group == 0 || end == shape.cols)
              expect_slice(s, blob, false, begin, end, 1);
        ASSERT_TRUE(blob.unchanged());
        if (HasFatalFailure()) return;
      }
}

// Random bounds, and those at block edges, of matrices of several blocks and pieces.
TEST_P(Slice, AcrossBlocks) {
  for (Pattern pattern : {Pattern{2, 4}, Pattern{1, 2}, Pattern{1, 4}, Pattern{7, 32}})
    for (const Shape& shape : {Shape{130, 200}, {70, 700}, {2, cpu::kUnitCols + 300}, {193, 67}})
      for (PackedOrder order : orders_of(pattern, GetParam())) {
        const Source s = make(GetParam(), shape, pattern, true, random_);
        const Blob blob = packed(s.matrix, s.mask, pattern, order);
        SCOPED_TRACE(problem(blob.desc()));
        expect_slice(s, blob, true, 0, shape.rows, 2);
        expect_slice(s, blob, true, std::min<std::int64_t>(64, shape.rows), shape.rows, 2);
        expect_slice(s, blob, true, 1, std::min<std::int64_t>(65, shape.rows), 2);
        expect_slice(s, blob, false, 0, shape.cols, 2);
        expect_slice(s, blob, false, 64, shape.cols, 2);
        expect_slice(s, blob, false, 0, 64, 2);
        for (std::int64_t i = 0; i < effort(10); ++i) {
          const std::int64_t r0 = random_.between(0, shape.rows);
          const std::int64_t r1 = random_.between(r0, shape.rows);
          expect_slice(s, blob, true, r0, r1, static_cast<int>(1 + i % 3));
          const std::int64_t groups = shape.cols / pattern.group;
          const std::int64_t g0 = random_.between(0, groups);
          const std::int64_t g1 = random_.between(g0, groups);
          expect_slice(s, blob, false, g0 * pattern.group, g1 * pattern.group,
                       static_cast<int>(1 + i % 3));
          expect_slice(s, blob, false, g0 * pattern.group, shape.cols, 2);
        }
        if (HasFatalFailure()) return;
      }
}

// The fused operation on the pruned part gives the slice too: pruning is idempotent.
TEST_P(Slice, IsThePackedPart) {
  const Pattern pattern = {1, 2};
  const Source s = make(GetParam(), {66, 71}, pattern, true, random_);
  for (PackedOrder order : orders_of(pattern, GetParam())) {
    const Blob blob = packed(s.matrix, s.mask, pattern, order);
    const Matrix part = submatrix(s.matrix, 3, 66, 0, 71);
    Blob want(desc_of(part, pattern, order)), got(desc_of(part, pattern, order));
    ASSERT_TRUE(succeeds(pack(Exec::cpu(1), part.view(), want.view())));
    ASSERT_TRUE(succeeds(slice_rows(Exec::cpu(1), blob.cview(), 3, 66, got.view())));
    EXPECT_TRUE(same_bytes(got, want));
  }
}

TEST_P(Slice, RefusesIllegalBoundsOfEveryPattern) {
  for (Pattern pattern : packed_patterns()) {
    const Source s = make(GetParam(), {5, 70}, pattern, true, random_);
    const Blob blob = packed(s.matrix, s.mask, pattern, PackedOrder::canonical);
    for (std::int64_t begin = -1; begin <= 71; ++begin)
      for (std::int64_t end : {begin - 1, begin + 1, begin + pattern.group, std::int64_t{70}}) {
        const bool legal = begin >= 0 && begin <= end && end <= 70 && begin % pattern.group == 0 &&
                           (end % pattern.group == 0 || end == 70);
        PackedDesc desc = blob.desc();
        desc.cols = std::max<std::int64_t>(end - begin, 0);
        Blob out(desc);
        const Status status = slice_cols(Exec::cpu(1), blob.cview(), begin, end, out.view());
        EXPECT_EQ(status.code(), legal ? StatusCode::ok : StatusCode::invalid_argument)
            << pattern_text(pattern) << " " << begin << ".." << end << ": " << status.to_string();
      }
  }
}

}  // namespace
}  // namespace heddle
