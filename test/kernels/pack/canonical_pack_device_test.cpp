// pack into canonical order with CUDA: bytes of the CPU path and of the definition.
#include "test/kernels/pack/canonical_case.hpp"

namespace heddle {
namespace {

using namespace oracle;
using test::DeviceMatrix;
using test::Effort;

struct Case {
  Placement matrix{}, mask{};
  std::size_t blob_at = 0;
  bool masked = false;
};

std::string name_of(const Matrix& m, Pattern pattern, const Case& c) {
  return problem(m, pattern, c.matrix) + (c.masked ? ":mask " + to_string(c.mask) : "") +
         ":blob at+" + std::to_string(c.blob_at);
}

// A mask whose kept bytes are of any value but zero.
void scatter_bytes(Mask& mask, Random& random) {
  for (std::int64_t r = 0; r < mask.rows(); ++r)
    for (std::int64_t c = 0; c < mask.cols(); ++c)
      if (mask.kept(r, c)) mask.set_byte(r, c, static_cast<std::uint32_t>(random.between(1, 255)));
}

void expect_packed(const Matrix& source, Pattern pattern, const Case& c,
                   const Effort& effort = {}) {
  Random random(source.rows() * 977 + source.cols());
  const Matrix m = relaid(source, c.matrix);
  Mask mask(m.rows(), m.cols(), c.mask);
  if (c.masked) {
    fill_sparse_mask(mask, random, pattern);
    scatter_bytes(mask, random);
  } else {
    mask = best_mask_of(m, pattern);
  }
  const Bytes want = bytes_of(canonical_blob(m, mask, pattern));
  test::on_device(
      name_of(m, pattern, c),
      [&](const Exec& exec) {
        const DeviceMatrix dm(m.view(), c.matrix.misalign);
        const DeviceBlob out(desc_of(m, pattern), c.blob_at);
        if (c.masked) {
          const DeviceMatrix dk(test::bytes_of(mask.view()), c.mask.misalign);
          const DeviceReport<CheckReport> report;
          ASSERT_TRUE(succeeds(
              pack(exec, dm.cview(), test::mask_of(dk.view()), out.view(), report.data())));
          const CheckReport found = report.read();
          EXPECT_TRUE(found.compliant() && found.row == -1 && found.group == -1);
          EXPECT_TRUE(dk.zones_intact());
        } else {
          ASSERT_TRUE(succeeds(pack(exec, dm.cview(), out.view())));
        }
        EXPECT_TRUE(same_bytes(out.read(), want));
        EXPECT_TRUE(out.zones_intact());
        EXPECT_TRUE(dm.zones_intact());
      },
      effort);
}

Matrix matrix_of(DataType type, std::int64_t rows, std::int64_t cols, bool ties) {
  Random random(rows * 131 + cols);
  Matrix m(type, rows, cols);
  if (ties)
    fill_ties(m, random);
  else
    fill_codes(m, random);
  return m;
}

class CanonicalPackDevice : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, CanonicalPackDevice, testing::ValuesIn(matrix_types()), by_type);

// All schedules where the layout is plain, and where nothing is.
TEST_P(CanonicalPackDevice, EverySchedule) {
  HEDDLE_NEED_DEVICE();
  for (Pattern pattern : {Pattern{2, 4}, Pattern{1, 2}, Pattern{1, 4}, Pattern{4, 8}, Pattern{3, 8},
                          Pattern{3, 5}, Pattern{7, 32}}) {
    const std::int64_t rows = pattern.group == 32 ? 1 : 3;
    const Matrix m = matrix_of(GetParam(), rows, pattern.group * 33 - 1, pattern.keep % 2 == 0);
    expect_packed(m, pattern, {});
    const Placement odd{Order::row, 3, 1};
    expect_packed(m, pattern, {odd, odd, 1, true});
  }
}

TEST_P(CanonicalPackDevice, EveryPlacement) {
  HEDDLE_NEED_DEVICE();
  for (Pattern pattern : lane_patterns())
    for (const Shape& shape : {Shape{3, 7}, {5, 64}, {2, 131}}) {
      const Matrix m = matrix_of(GetParam(), shape.rows, shape.cols, shape.rows == 5);
      for (const Placement& place : placements())
        for (const bool masked : {false, true})
          expect_packed(m, pattern, {place, place, place.misalign, masked}, {1});
    }
}

TEST_P(CanonicalPackDevice, MaskInAnotherOrder) {
  HEDDLE_NEED_DEVICE();
  const Placement row, col{Order::col, 3, 1};
  for (Pattern pattern : {Pattern{2, 4}, Pattern{4, 8}, Pattern{3, 5}}) {
    const Matrix m = matrix_of(GetParam(), 9, 75, true);
    expect_packed(m, pattern, {row, col, 2, true}, {2});
    expect_packed(m, pattern, {col, row, 8, true}, {2});
  }
}

// Addresses at which a store of the values, or of the metadata, changes width.
TEST_P(CanonicalPackDevice, BlobAnywhere) {
  HEDDLE_NEED_DEVICE();
  for (Pattern pattern : {Pattern{2, 4}, Pattern{4, 8}, Pattern{5, 12}})
    for (const std::size_t at : {1, 2, 3, 4, 8, 12, 16})
      expect_packed(matrix_of(GetParam(), 3, pattern.group * 32, false), pattern,
                    {{}, {}, at, false}, {1});
}

TEST_P(CanonicalPackDevice, OtherPatterns) {
  HEDDLE_NEED_DEVICE();
  for (Pattern pattern : other_patterns())
    for (const std::int64_t cols : {pattern.group * 8, pattern.group * 17 - pattern.group / 2})
      for (const bool masked : {false, true})
        for (const Placement& place : {Placement{}, {Order::col, 1, 1}})
          expect_packed(matrix_of(GetParam(), 3, cols, masked), pattern,
                        {place, place, place.misalign, masked}, {1});
}

// Tiles are 128 groups of 8 rows, steps 32 groups, units 8.
TEST(CanonicalPackDevice, TileEdges) {
  HEDDLE_NEED_DEVICE();
  for (Pattern pattern :
       {Pattern{2, 4}, Pattern{1, 2}, Pattern{4, 8}, Pattern{3, 8}, Pattern{3, 5}})
    for (const std::int64_t groups : {1, 7, 8, 9, 31, 32, 33, 127, 128, 129, 257})
      for (const std::int64_t rows : {1, 8, 9}) {
        if (groups > 100 && rows == 8) continue;
        const std::int64_t cols = groups * pattern.group;
        expect_packed(matrix_of(DataType::bf16, rows, cols - (rows == 9), groups % 2 == 0), pattern,
                      {{}, {}, 0, rows == 1}, {2});
      }
}

void expect_every_pair(DataType type) {
  for (int group = 1; group <= 32; ++group)
    for (int keep = 1; keep <= group; ++keep) {
      const Matrix m = matrix_of(type, 1, group * 9 - group / 3, keep % 2 == 0);
      expect_packed(m, {keep, group}, {{}, {}, 0, keep % 3 == 0}, {1});
      if (testing::Test::HasFailure()) return;
    }
}

TEST(CanonicalPackDevice, EveryPairOf16Bits) {
  HEDDLE_NEED_DEVICE();
  expect_every_pair(DataType::f16);
}
TEST(CanonicalPackDevice, EveryPairOf8Bits) {
  HEDDLE_NEED_DEVICE();
  expect_every_pair(DataType::i8);
}

TEST(CanonicalPackDevice, FewBlocks) {
  HEDDLE_NEED_DEVICE();
  for (Pattern pattern : {Pattern{2, 4}, Pattern{3, 5}})
    for (const std::int64_t blocks : {1, 3})
      for (const bool masked : {false, true})
        expect_packed(matrix_of(DataType::f16, 19, 1050, true), pattern, {{}, {}, 0, masked},
                      {1, blocks});
}

TEST(CanonicalPackDevice, Empty) {
  HEDDLE_NEED_DEVICE();
  for (Pattern pattern : {Pattern{2, 4}, Pattern{3, 5}})
    for (const Shape& shape : {Shape{0, 0}, {0, 9}, {7, 0}})
      for (const bool masked : {false, true})
        expect_packed(Matrix(DataType::bf16, shape.rows, shape.cols), pattern, {{}, {}, 0, masked},
                      {2});
}

// Zeros of either sign, and groups that are nothing else.
TEST(CanonicalPackDevice, Zeros) {
  HEDDLE_NEED_DEVICE();
  for (DataType type : matrix_types())
    for (Pattern pattern : {Pattern{2, 4}, Pattern{4, 8}, Pattern{3, 5}}) {
      Matrix m(type, 3, 64);
      for (std::int64_t c = 0; c < 64; c += 3)
        m.set_bits(1, c, negate_code(type, 0)), m.set(2, c, c % 2 == 0 ? 1 : 0);
      expect_packed(m, pattern, {}, {1});
      expect_packed(m, pattern, {{}, {}, 0, true}, {1});
    }
}

// ---- masks that keep too many -------------------------------------------------------------------

void expect_crowded(Pattern pattern, Shape shape, const std::vector<Shape>& groups,
                    const Effort& effort) {
  Random random(5);
  const Matrix m = matrix_of(DataType::bf16, shape.rows, shape.cols, false);
  Mask mask(shape.rows, shape.cols);
  fill_sparse_mask(mask, random, pattern);
  for (const Shape& at : groups)  // (row, group)
    for (int i = 0; i < pattern.group; ++i)
      if (at.cols * pattern.group + i < shape.cols)
        mask.set(at.rows, at.cols * pattern.group + i, true);
  CheckReport want;
  Blob unspecified(desc_of(m, pattern));
  ASSERT_TRUE(succeeds(pack(Exec::cpu(1), m.view(), mask.view(), unspecified.view(), &want)));
  ASSERT_EQ(want.violations, static_cast<std::int64_t>(groups.size()));
  test::on_device(
      problem(m, pattern, {}) + ":crowded",
      [&](const Exec& exec) {
        const DeviceMatrix dm(m.view()), dk(test::bytes_of(mask.view()));
        const DeviceBlob out(desc_of(m, pattern));
        const DeviceReport<CheckReport> report;
        ASSERT_TRUE(
            succeeds(pack(exec, dm.cview(), test::mask_of(dk.view()), out.view(), report.data())));
        const CheckReport got = report.read();
        EXPECT_EQ(got.violations, want.violations);
        EXPECT_EQ(got.row, want.row);
        EXPECT_EQ(got.group, want.group);
        EXPECT_TRUE(out.zones_intact());
        EXPECT_TRUE(fails(pack(exec, dm.cview(), test::mask_of(dk.view()), out.view()),
                          StatusCode::not_compliant,
                          {("row " + std::to_string(want.row)).c_str(),
                           ("group " + std::to_string(want.group)).c_str()}));
      },
      effort);
}

TEST(CanonicalPackDevice, ReportsCrowdedGroups) {
  HEDDLE_NEED_DEVICE();
  for (Pattern pattern : {Pattern{2, 4}, Pattern{1, 2}, Pattern{4, 8}, Pattern{3, 8}, Pattern{3, 5},
                          Pattern{7, 32}}) {
    const std::int64_t last = pattern.group <= 8 ? 39 : 18;
    const Shape shape = {11, pattern.group * (last + 1)};
    expect_crowded(pattern, shape, {{0, 0}}, {1});
    expect_crowded(pattern, shape, {{10, last}}, {1});
    expect_crowded(pattern, shape, {{8, 17}, {8, 16}, {9, 0}, {10, 7}}, {4, 3});
    expect_crowded(pattern, shape, {{7, last - 1}, {8, 1}}, {1, 1});
  }
  expect_crowded({2, 4}, {9, 600}, {{7, 140}, {8, 1}}, {16});
}

}  // namespace
}  // namespace heddle
