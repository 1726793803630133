// best_mask with CUDA against the definition: every pattern, type, ranking, placement and edge.
#include "test/device/device.hpp"
#include "test/oracle/codes.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/problem.hpp"
#include "test/oracle/rank.hpp"
#include "test/oracle/suite.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "heddle/mask.hpp"

namespace heddle {
namespace {

using namespace oracle;
using test::DeviceMatrix;
using test::Effort;

struct Shape {
  std::int64_t rows, cols;
};
enum class Fill { codes, ties, zeros, few };

struct Case {
  DataType type;
  Shape shape;
  Pattern pattern;
  Placement matrix, mask;
  Ranking ranking = Ranking::magnitude;
  Fill fill = Fill::codes;
};

void fill(Matrix& m, Fill how, Random& random) {
  switch (how) {
    case Fill::codes: return fill_codes(m, random);
    case Fill::ties: return fill_ties(m, random);
    case Fill::zeros: return;
    case Fill::few:  // one nonzero in a group or none
      m.each([&](auto, auto) { return random.below(6) == 0 ? encode(m.type(), 1.0) : 0u; });
  }
}

Mask best_by_value_of(const Matrix& m, Pattern pattern) {
  Mask mask(m.rows(), m.cols());
  for (std::int64_t r = 0; r < m.rows(); ++r)
    for (std::int64_t begin = 0; begin < m.cols(); begin += pattern.group) {
      const std::int64_t end = std::min<std::int64_t>(begin + pattern.group, m.cols());
      std::vector<RankKey> keys;
      for (std::int64_t c = begin; c < end; ++c) keys.push_back(value_key(m.type(), m.bits(r, c)));
      const std::vector<bool> kept = best_by_rank(keys, pattern.keep);
      for (std::int64_t c = begin; c < end; ++c)
        mask.set(r, c, kept[static_cast<std::size_t>(c - begin)]);
    }
  return mask;
}

void expect_best(const Case& c, const Effort& effort = {}) {
  Random random(c.shape.rows * 131 + c.shape.cols);
  Matrix m(c.type, c.shape.rows, c.shape.cols, c.matrix);
  fill(m, c.fill, random);
  const bool by_value = c.ranking == Ranking::value;
  const Mask want = by_value ? best_by_value_of(m, c.pattern) : best_mask_of(m, c.pattern);
  const std::string name = problem(m, c.pattern, c.matrix) + ":mask " + to_string(c.mask) +
                           (by_value ? ":by value" : "") +
                           (effort.max_blocks > 0 ? ":few blocks" : "");
  test::on_device(
      name,
      [&](const Exec& exec) {
        const DeviceMatrix dm(m.view(), c.matrix.misalign);
        Mask got(c.shape.rows, c.shape.cols, c.mask);
        got.poison();
        const DeviceMatrix dk(test::bytes_of(got.view()), c.mask.misalign);
        ASSERT_TRUE(
            succeeds(best_mask(exec, dm.cview(), c.pattern, test::mask_of(dk.view()), c.ranking)));
        dk.read_into(test::bytes_of(got.view()));
        EXPECT_TRUE(same_bits(want, got));
        EXPECT_TRUE(got.surroundings_intact());
        Matrix after = m;
        dm.read_into(after.view());
        EXPECT_TRUE(same_bits(m, after));
        EXPECT_TRUE(dm.zones_intact());
        EXPECT_TRUE(dk.zones_intact());
      },
      effort);
}

constexpr Effort kSweep{3, 0};
constexpr Pattern kInRegisters[] = {{1, 2}, {1, 4}, {2, 4}, {3, 4}, {4, 8}, {3, 8}};
constexpr Pattern kGeneral[] = {{2, 3}, {4, 7}, {8, 16}, {5, 17}, {16, 32}};

class BestMaskDevice : public testing::TestWithParam<DataType> {};

TEST_P(BestMaskDevice, TwoOfFour) {
  HEDDLE_NEED_DEVICE();
  for (const Placement& place : {Placement{}, Placement{Order::col, 0, 0}})
    expect_best({GetParam(), {17, 518}, {2, 4}, place, place});
}

TEST_P(BestMaskDevice, General) {
  HEDDLE_NEED_DEVICE();
  for (const Placement& place : {Placement{}, Placement{Order::col, 0, 0}})
    expect_best({GetParam(), {37, 67}, {3, 5}, place, place});
}

// A tile is 128 runs of 8 rows, a run being 16 bytes or a group; or 128 rows of 8 groups.
TEST_P(BestMaskDevice, EdgesOfTilesInRegisters) {
  HEDDLE_NEED_DEVICE();
  const auto in_run = static_cast<std::int64_t>(16 / size_of(GetParam()));
  for (const Pattern& pattern : kInRegisters) {
    const std::int64_t g = pattern.group, wide = 128 * std::max(in_run, g);
    for (const Placement& place : placements()) {
      if (place.order == Order::row) {
        for (const Shape& s : {Shape{1, 1}, Shape{3, 7}, Shape{7, wide / 2 - 1}, Shape{1, wide - 1},
                               Shape{8, wide}, Shape{9, wide + g - 1}, Shape{1, wide + in_run + 1}})
          expect_best({GetParam(), s, pattern, place, place}, {1, 0});
      } else {
        for (const Shape& s : {Shape{1, 1}, Shape{7, 3}, Shape{127, 8 * g - 1}, Shape{128, 8 * g},
                               Shape{129, 9 * g + 1}, Shape{40, g}})
          expect_best({GetParam(), s, pattern, place, place}, {1, 0});
      }
    }
  }
}

// A warp's tile is 32 rows of 32 / group groups.
TEST_P(BestMaskDevice, EdgesOfTilesInGeneral) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern& pattern : kGeneral)
    for (const Placement& place : placements()) {
      const std::int64_t width = 32 / pattern.group * pattern.group;
      for (const Shape& s : {Shape{1, 1}, Shape{31, width - 1}, Shape{32, width},
                             Shape{33, width + 1}, Shape{66, 2 * width + 2}})
        expect_best({GetParam(), s, pattern, place, place}, {1, 0});
    }
}

TEST_P(BestMaskDevice, MaskLiesOtherwise) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern& pattern : {Pattern{2, 4}, Pattern{4, 8}, Pattern{3, 5}})
    for (const Placement& matrix : placements())
      for (const Placement& mask : placements())
        expect_best({GetParam(), {35, 43}, pattern, matrix, mask}, {2, 0});
}

// With one line, or lines of one element, both directions may be adjacent.
TEST_P(BestMaskDevice, SingleRowsAndColumns) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern& pattern : {Pattern{2, 4}, Pattern{3, 5}})
    for (const Placement& matrix : placements())
      for (const Placement& mask : placements())
        for (const Shape& s : {Shape{1, 37}, Shape{37, 1}})
          expect_best({GetParam(), s, pattern, matrix, mask}, {1, 0});
}

TEST_P(BestMaskDevice, TiesAndZeros) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern& pattern : {Pattern{1, 2}, Pattern{1, 4}, Pattern{2, 4}, Pattern{3, 4},
                                 Pattern{4, 8}, Pattern{5, 8}, Pattern{5, 12}})
    for (Ranking ranking : {Ranking::magnitude, Ranking::value})
      for (Fill how : {Fill::ties, Fill::zeros, Fill::few})
        for (Order order : {Order::row, Order::col})
          expect_best({GetParam(), {33, 62}, pattern, {order, 0, 0}, {order, 0, 0}, ranking, how},
                      kSweep);
}

TEST_P(BestMaskDevice, ByValue) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern& pattern : kInRegisters)
    for (const Placement& place : placements())
      expect_best({GetParam(), {19, 45}, pattern, place, place, Ranking::value}, kSweep);
  for (const Pattern& pattern : kGeneral)
    expect_best({GetParam(), {19, 45}, pattern, {}, {}, Ranking::value}, kSweep);
}

TEST_P(BestMaskDevice, EveryPattern) {
  HEDDLE_NEED_DEVICE();
  const Placement odd{Order::row, 3, 1}, col{Order::col, 1, 1};
  for (int group = 1; group <= 32; ++group)
    for (int keep = 1; keep <= group; ++keep) {
      const bool even = (keep + group) % 2 == 0;
      expect_best({GetParam(),
                   {3, 2 * group + 1},
                   {keep, group},
                   even ? odd : col,
                   even ? odd : col,
                   Ranking::magnitude,
                   Fill::ties},
                  {1, 0});
    }
}

TEST_P(BestMaskDevice, FewBlocksDoAllTheWork) {
  HEDDLE_NEED_DEVICE();
  for (std::int64_t blocks : {1, 3})
    for (const Pattern& pattern : {Pattern{2, 4}, Pattern{3, 5}})
      for (Order order : {Order::row, Order::col})
        expect_best({GetParam(), {100, 300}, pattern, {order, 0, 0}, {order, 0, 0}}, {2, blocks});
}

TEST_P(BestMaskDevice, EmptyMatrices) {
  HEDDLE_NEED_DEVICE();
  for (const Shape& shape : {Shape{0, 5}, Shape{5, 0}, Shape{0, 0}})
    for (const Pattern& pattern : {Pattern{2, 4}, Pattern{3, 5}})
      expect_best({GetParam(), shape, pattern, {}, {}}, kSweep);
}

INSTANTIATE_TEST_SUITE_P(Types, BestMaskDevice, testing::ValuesIn(matrix_types()), by_type);

TEST(BestMaskDeviceInteger, Minus128IsTheLargestMagnitude) {
  HEDDLE_NEED_DEVICE();
  Matrix m(DataType::i8, 1, 8);
  const int values[8] = {127, -127, -128, 1, -1, 0, -128, 127};
  for (int c = 0; c < 8; ++c) m.set_bits(0, c, static_cast<std::uint8_t>(values[c]));
  for (Ranking ranking : {Ranking::magnitude, Ranking::value})
    test::on_device("m1k8:2:4:i8:row", [&](const Exec& exec) {
      const DeviceMatrix dm(m.view());
      test::DeviceBytes mask(8);
      const MaskView view{mask.data(), 1, 8, 8, Order::row};
      ASSERT_TRUE(succeeds(best_mask(exec, dm.cview(), {2, 4}, view, ranking)));
      const std::vector<unsigned char> by_magnitude = {1, 0, 1, 0, 0, 0, 1, 1};
      const std::vector<unsigned char> by_value = {1, 0, 0, 1, 0, 1, 0, 1};
      EXPECT_EQ(mask.read(), ranking == Ranking::value ? by_value : by_magnitude);
    });
}

}  // namespace
}  // namespace heddle
