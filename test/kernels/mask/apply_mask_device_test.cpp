// apply_mask and apply_masks with CUDA against the definition: every type, placement and edge.
#include "test/device/device.hpp"
#include "test/oracle/codes.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/problem.hpp"
#include "test/oracle/suite.hpp"

#include "heddle/mask.hpp"

namespace heddle {
namespace {

using namespace oracle;
using test::DeviceMatrix;

struct Shape {
  std::int64_t rows, cols;
};
// Around a run of 16 bytes, and across several blocks.
constexpr Shape kShapes[] = {{1, 1}, {3, 7}, {2, 16}, {5, 17}, {1, 33}, {70, 130}};

// What the masks of one case look like when all sides are placed alike or each in its own way.
struct Sides {
  Placement matrix, mask, out;
};

void expect_applied(DataType type, Shape shape, const Sides& sides, bool in_place) {
  Random random(shape.rows * 131 + shape.cols);
  Matrix m(type, shape.rows, shape.cols, sides.matrix);
  fill_codes(m, random);
  Mask mask(shape.rows, shape.cols, sides.mask);
  fill_sparse_mask(mask, random, {2, 4});
  const Matrix want = masked(m, mask, in_place ? sides.matrix : sides.out);
  const std::string name = problem(m, {2, 4}, sides.matrix) + ":" + to_string(sides.mask) + ":" +
                           to_string(sides.out) + (in_place ? ":in place" : "");
  test::on_device(name, [&](const Exec& exec) {
    const DeviceMatrix dm(m.view(), sides.matrix.misalign);
    const DeviceMatrix dk(test::bytes_of(mask.view()), sides.mask.misalign);
    Matrix got(type, shape.rows, shape.cols, in_place ? sides.matrix : sides.out);
    got.poison();
    const DeviceMatrix out(got.view(), sides.out.misalign);
    const MatrixView target = in_place ? dm.view() : out.view();
    ASSERT_TRUE(succeeds(apply_mask(exec, dm.cview(), test::mask_of(dk.view()), target)));
    (in_place ? dm : out).read_into(got.view());
    EXPECT_TRUE(same_bits(want, got));
    EXPECT_TRUE(got.surroundings_intact());
    EXPECT_TRUE(dm.zones_intact());
    EXPECT_TRUE(dk.zones_intact());
    EXPECT_TRUE(out.zones_intact());
  });
}

class ApplyMaskDevice : public testing::TestWithParam<DataType> {};

TEST_P(ApplyMaskDevice, EveryPlacement) {
  HEDDLE_NEED_DEVICE();
  for (const Shape& shape : kShapes)
    for (const Placement& place : placements())
      expect_applied(GetParam(), shape, {place, place, place}, false);
}

TEST_P(ApplyMaskDevice, InPlace) {
  HEDDLE_NEED_DEVICE();
  for (const Shape& shape : kShapes)
    for (const Placement& place : placements())
      expect_applied(GetParam(), shape, {place, place, place}, true);
}

TEST_P(ApplyMaskDevice, OrdersDiffer) {
  HEDDLE_NEED_DEVICE();
  const Placement row, col{Order::col, 3, 1};
  for (const Sides& sides : {Sides{row, col, row}, Sides{row, row, col}, Sides{col, row, row},
                             Sides{col, col, row}, Sides{row, col, col}})
    expect_applied(GetParam(), {37, 45}, sides, false);
}

INSTANTIATE_TEST_SUITE_P(Types, ApplyMaskDevice, testing::ValuesIn(matrix_types()), by_type);

}  // namespace
}  // namespace heddle
