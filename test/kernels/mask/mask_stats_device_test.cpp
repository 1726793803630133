// mask_stats with CUDA: counts exactly, sums against the exact ones, and the same bits whatever the
// schedule, the grid and the alignment.
#include "test/device/device.hpp"
#include "test/oracle/codes.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/suite.hpp"

#include <cmath>
#include <cstring>
#include <optional>
#include <string>

#include "heddle/mask.hpp"

namespace heddle {
namespace {

using namespace oracle;
using test::DeviceMatrix;

struct Shape {
  std::int64_t rows, cols;
};
enum class Fill { integers, normal, special };

struct Case {
  DataType type;
  Shape shape;
  Placement matrix, mask;
  Fill fill = Fill::normal;
};

struct Content {
  Matrix matrix;
  Mask mask;
};

Content content_of(const Case& c) {
  Random random(c.shape.rows * 131 + c.shape.cols);
  Content content{Matrix(c.type, c.shape.rows, c.shape.cols, c.matrix),
                  Mask(c.shape.rows, c.shape.cols, c.mask)};
  if (c.fill == Fill::integers) fill_integers(content.matrix, random, -3, 3);
  if (c.fill == Fill::normal) fill_normal(content.matrix, random, 30);
  if (c.fill == Fill::special) fill_ties(content.matrix, random);
  fill_sparse_mask(content.mask, random, {2, 4});
  return content;
}

MaskStats defined(const Content& x) {
  MaskStats want;
  long double total = 0, kept = 0;
  for (std::int64_t r = 0; r < x.matrix.rows(); ++r)
    for (std::int64_t c = 0; c < x.matrix.cols(); ++c) {
      const double size = std::fabs(x.matrix.at(r, c));
      ++want.elements;
      want.kept += x.mask.kept(r, c);
      want.nonzeros += size != 0;
      total += size;
      if (x.mask.kept(r, c)) kept += size;
    }
  want.l1_total = static_cast<double>(total);
  want.l1_kept = static_cast<double>(kept);
  return want;
}

// `rounding`: of the sums, relative. An infinity and a NaN must be there, no more.
void expect_near(double want, double got, double rounding, const char* name) {
  if (std::isnan(want)) {
    EXPECT_TRUE(std::isnan(got)) << name;
  } else if (std::isinf(want)) {
    EXPECT_EQ(got, want) << name;
  } else {
    EXPECT_LE(std::fabs(got - want), rounding * want) << name;
  }
}

std::uint64_t bits_of_double(double x) {
  std::uint64_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return std::isnan(x) ? 1 : bits;
}

// The sums' bits, which must be those of `first` where that is given.
using Sums = std::pair<std::uint64_t, std::uint64_t>;

Sums expect_stats(const Case& c, const test::Effort& effort = {},
                  std::optional<Sums> first = std::nullopt) {
  const Content content = content_of(c);
  const MaskStats want = defined(content);
  const std::string name = std::string("mask_stats:") + to_string(c.type) + ":" +
                           std::to_string(c.shape.rows) + "x" + std::to_string(c.shape.cols) + ":" +
                           to_string(c.matrix) + ":mask " + to_string(c.mask);
  test::on_device(
      name,
      [&](const Exec& exec) {
        const DeviceMatrix matrix(content.matrix.view(), c.matrix.misalign);
        const DeviceMatrix mask(test::bytes_of(content.mask.view()), c.mask.misalign);
        const Result<MaskStats> got = mask_stats(exec, matrix.cview(), test::mask_of(mask.view()));
        ASSERT_TRUE(succeeds(got.status()));
        EXPECT_EQ(got->elements, want.elements);
        EXPECT_EQ(got->kept, want.kept);
        EXPECT_EQ(got->nonzeros, want.nonzeros);
        const double rounding = c.fill == Fill::integers ? 0 : 1e-13;
        expect_near(want.l1_total, got->l1_total, rounding, "l1_total");
        expect_near(want.l1_kept, got->l1_kept, rounding, "l1_kept");
        const Sums sums{bits_of_double(got->l1_total), bits_of_double(got->l1_kept)};
        if (!first) first = sums;
        EXPECT_EQ(sums, *first) << "sums differ between runs";
        EXPECT_TRUE(matrix.zones_intact());
        EXPECT_TRUE(mask.zones_intact());
      },
      effort);
  return first.value_or(Sums{});
}

class MaskStatsDevice : public testing::TestWithParam<DataType> {};

// A tile is 128 runs of 16 bytes by 32 rows.
TEST_P(MaskStatsDevice, EdgesOfTiles) {
  HEDDLE_NEED_DEVICE();
  const auto wide = static_cast<std::int64_t>(128 * 16 / size_of(GetParam()));
  for (Order order : {Order::row, Order::col})
    for (const Shape& s : {Shape{1, 1}, Shape{3, 7}, Shape{31, 40}, Shape{33, 17}, Shape{1, wide},
                           Shape{2, wide + 1}}) {
      expect_stats({GetParam(), s, {order, 0, 0}, {order, 0, 0}, Fill::integers}, {1, 0});
      expect_stats({GetParam(), s, {order, 0, 0}, {order, 0, 0}, Fill::normal}, {1, 0});
    }
}

// Order, alignment and leading dimension of the mask change no sum, those of the matrix no sum
// but that of the other order.
TEST_P(MaskStatsDevice, EveryPlacement) {
  HEDDLE_NEED_DEVICE();
  std::optional<Sums> first[2];
  for (const Placement& matrix : placements())
    for (const Placement& mask : placements()) {
      std::optional<Sums>& sums = first[matrix.order == Order::row ? 0 : 1];
      sums = expect_stats({GetParam(), {37, 133}, matrix, mask}, {1, 0}, sums);
    }
}

TEST_P(MaskStatsDevice, EveryScheduleAndGrid) {
  HEDDLE_NEED_DEVICE();
  const Case c{GetParam(), {75, 500}, {}, {}};
  const Sums sums = expect_stats(c);
  for (std::int64_t blocks : {1, 2}) expect_stats(c, {2, blocks}, sums);
}

TEST_P(MaskStatsDevice, NanAndInfinityPropagate) {
  HEDDLE_NEED_DEVICE();
  for (const Shape& s : {Shape{1, 8}, Shape{2, 3}, Shape{19, 45}})
    expect_stats({GetParam(), s, {}, {}, Fill::special}, {2, 0});
}

TEST_P(MaskStatsDevice, EmptyMatrices) {
  HEDDLE_NEED_DEVICE();
  for (const Shape& s : {Shape{0, 5}, Shape{5, 0}, Shape{0, 0}})
    expect_stats({GetParam(), s, {}, {}}, {1, 0});
}

INSTANTIATE_TEST_SUITE_P(Types, MaskStatsDevice, testing::ValuesIn(matrix_types()), by_type);

// The block that adds the tiles has 256 threads.
TEST(MaskStatsTiles, MoreThanThreads) {
  HEDDLE_NEED_DEVICE();
  for (std::int64_t tiles : {256, 257})
    expect_stats({DataType::i8, {tiles * 32 - 5, 1}, {}, {}, Fill::integers}, {1, 0});
}

}  // namespace
}  // namespace heddle
