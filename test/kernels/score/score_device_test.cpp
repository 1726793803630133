// score with CUDA against the definition and the CPU, bit for bit: every type, formula, placement
// and edge.
#include "test/device/device.hpp"
#include "test/oracle/codes.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/suite.hpp"

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "heddle/score.hpp"

namespace heddle {
namespace {

using namespace oracle;
using test::DeviceBytes;
using test::DeviceMatrix;

struct Shape {
  std::int64_t rows, cols;
};
constexpr Score kScores[] = {Score::magnitude, Score::activation_norm, Score::obs_diagonal};

// In double, then rounded: once, since 53 bits are enough for products and quotients of 24.
float define(Score kind, double w, float c) {
  switch (kind) {
    case Score::magnitude: return static_cast<float>(std::fabs(w));
    case Score::activation_norm: return static_cast<float>(std::fabs(w) * double{c});
    case Score::obs_diagonal: {
      const float ratio = static_cast<float>(w / double{c});
      return static_cast<float>(double{ratio} * double{ratio});
    }
  }
  return 0;
}

// Lengths of columns as they come, and now and then what nobody expects.
std::vector<float> make_columns(std::int64_t k, Random& random) {
  std::vector<float> columns;
  for (std::int64_t j = 0; j < k; ++j) {
    const float odd[] = {0.0f, -1.0f, INFINITY, NAN, 1e-42f, 3e38f};
    columns.push_back(random.below(8) == 0 ? odd[random.below(6)]
                                           : static_cast<float>(std::exp(random.normal())));
  }
  return columns;
}

struct Case {
  DataType type;
  Shape shape;
  Placement weight, scores;
  std::size_t columns_at = 0;
};

Matrix defined(const Case& c, Score kind, const Matrix& w, const std::vector<float>& columns) {
  Matrix want(DataType::f32, c.shape.rows, c.shape.cols, c.scores);
  want.each([&](std::int64_t row, std::int64_t col) {
    const float x = define(kind, w.at(row, col), columns[static_cast<std::size_t>(col)]);
    return std::isnan(x) ? nan_code(DataType::f32) : encode(DataType::f32, double{x});
  });
  return want;
}

void expect_scored(const Case& c, Score kind, const test::Effort& effort = {}) {
  Random random(c.shape.rows * 131 + c.shape.cols);
  Matrix w(c.type, c.shape.rows, c.shape.cols, c.weight);
  fill_codes(w, random);
  const std::vector<float> columns = make_columns(c.shape.cols, random);
  const Matrix want = defined(c, kind, w, columns);
  Matrix on_cpu(DataType::f32, c.shape.rows, c.shape.cols, c.scores);
  ASSERT_TRUE(succeeds(score(Exec::cpu(1), w.view(), kind,
                             {columns.data(), c.shape.cols, DataType::f32}, on_cpu.view())));
  EXPECT_TRUE(same_bits(want, on_cpu)) << "CPU";
  const std::string name = std::string(to_string(kind)) + ":" + to_string(c.type) + ":" +
                           std::to_string(c.shape.rows) + "x" + std::to_string(c.shape.cols) + ":" +
                           to_string(c.weight) + ":scores " + to_string(c.scores);
  test::on_device(
      name,
      [&](const Exec& exec) {
        const DeviceMatrix dw(w.view(), c.weight.misalign);
        const DeviceBytes dc(columns.data(), 4 * columns.size(), c.columns_at);
        Matrix got(DataType::f32, c.shape.rows, c.shape.cols, c.scores);
        got.poison();
        const DeviceMatrix ds(got.view(), c.scores.misalign);
        const ConstVectorView values{kind == Score::magnitude ? nullptr : dc.data(), c.shape.cols,
                                     DataType::f32};
        ASSERT_TRUE(succeeds(score(exec, dw.cview(), kind, values, ds.view())));
        ds.read_into(got.view());
        EXPECT_TRUE(same_bits(want, got));
        EXPECT_TRUE(got.surroundings_intact());
        EXPECT_TRUE(dw.zones_intact());
        EXPECT_TRUE(dc.zones_intact());
        EXPECT_TRUE(ds.zones_intact());
      },
      effort);
}

class ScoreDevice : public testing::TestWithParam<DataType> {};

// A warp takes 128 columns of 8 rows, or a square of 32.
TEST_P(ScoreDevice, EdgesOfTiles) {
  HEDDLE_NEED_DEVICE();
  for (Score kind : kScores)
    for (Order weight : {Order::row, Order::col})
      for (Order scores : {Order::row, Order::col})
        for (const Shape& s : {Shape{1, 1}, Shape{3, 5}, Shape{8, 128}, Shape{9, 131},
                               Shape{130, 17}, Shape{64, 36}, Shape{33, 31}})
          expect_scored({GetParam(), s, {weight, 0, 0}, {scores, 0, 0}}, kind, {1, 0});
}

TEST_P(ScoreDevice, Schedules) {
  HEDDLE_NEED_DEVICE();
  for (Order weight : {Order::row, Order::col})
    for (Order scores : {Order::row, Order::col})
      expect_scored({GetParam(), {67, 300}, {weight, 0, 0}, {scores, 0, 0}},
                    Score::activation_norm);
}

TEST_P(ScoreDevice, EveryPlacement) {
  HEDDLE_NEED_DEVICE();
  for (Score kind : kScores)
    for (const Placement& weight : placements())
      for (const Placement& scores : placements())
        for (std::size_t at : {std::size_t{0}, std::size_t{1}, std::size_t{2}})
          expect_scored({GetParam(), {10, 137}, weight, scores, at}, kind, {1, 0});
}

TEST_P(ScoreDevice, FewBlocksDoAllTheWork) {
  HEDDLE_NEED_DEVICE();
  for (std::int64_t blocks : {1, 3})
    for (Order scores : {Order::row, Order::col})
      expect_scored({GetParam(), {100, 300}, {}, {scores, 0, 0}}, Score::obs_diagonal, {2, blocks});
}

TEST_P(ScoreDevice, EmptyMatrices) {
  HEDDLE_NEED_DEVICE();
  for (const Shape& s : {Shape{0, 5}, Shape{5, 0}, Shape{0, 0}})
    expect_scored({GetParam(), s, {}, {}}, Score::magnitude, {1, 0});
}

INSTANTIATE_TEST_SUITE_P(Types, ScoreDevice, testing::ValuesIn(matrix_types()), by_type);

}  // namespace
}  // namespace heddle
