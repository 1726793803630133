// pack_tiles with CUDA: the blobs and the mask of the CPU path, byte for byte.
#include "test/kernels/pack/device_case.hpp"
#include "test/kernels/tile/tile_case.hpp"

namespace heddle {
namespace {

using namespace oracle;
using test::DeviceMatrix;
using test::Effort;

struct Case {
  Placement matrix{};
  std::size_t out_at = 0, turned_at = 0;
  bool masked = false;
  Placement mask{};
  PackedOrder out = PackedOrder::device, turned = PackedOrder::device;
};

Matrix turned_matrix(const Matrix& m) {
  Matrix out(m.type(), m.cols(), m.rows());
  out.each([&](std::int64_t r, std::int64_t c) { return m.bits(c, r); });
  return out;
}
Mask turned_mask(const Mask& m) {
  Mask out(m.cols(), m.rows());
  for (std::int64_t r = 0; r < m.rows(); ++r)
    for (std::int64_t c = 0; c < m.cols(); ++c) out.set(c, r, m.kept(r, c));
  return out;
}

void expect_packed(const Matrix& source, const TilePattern& pattern, const Case& c,
                   const Effort& effort = {2, 0}) {
  const Matrix m = relaid(source, c.matrix);
  const Mask want = cpu_mask(m, pattern, Ranking::magnitude);
  const Matrix turned = turned_matrix(m);
  const Bytes want_out = bytes_of(packed(m, want, pattern.pattern, c.out));
  const Bytes want_turned = bytes_of(packed(turned, turned_mask(want), pattern.pattern, c.turned));
  test::on_device(
      tile_problem(m, pattern, c.matrix) + (c.masked ? ":mask " + to_string(c.mask) : "") + ":at " +
          std::to_string(c.out_at) + "," + std::to_string(c.turned_at),
      [&](const Exec& exec) {
        const DeviceMatrix dm(m.view(), c.matrix.misalign);
        const DeviceBlob out(desc_of(m, pattern.pattern, c.out), c.out_at);
        const DeviceBlob out_turned(desc_of(turned, pattern.pattern, c.turned), c.turned_at);
        Mask got(m.rows(), m.cols(), c.mask);
        got.poison();
        const DeviceMatrix dk(test::bytes_of(got.view()), c.mask.misalign);
        std::optional<MaskView> mask;
        if (c.masked) mask = test::mask_of(dk.view());
        ASSERT_TRUE(
            succeeds(pack_tiles(exec, dm.cview(), pattern, out.view(), out_turned.view(), mask)));
        EXPECT_TRUE(same_bytes(out.read(), want_out));
        EXPECT_TRUE(same_bytes(out_turned.read(), want_turned));
        if (c.masked) {
          dk.read_into(test::bytes_of(got.view()));
          EXPECT_TRUE(same_bits(want, got));
          EXPECT_TRUE(got.surroundings_intact());
        }
        EXPECT_TRUE(out.zones_intact());
        EXPECT_TRUE(out_turned.zones_intact());
        EXPECT_TRUE(dm.zones_intact());
        EXPECT_TRUE(dk.zones_intact());
      },
      effort);
}

Matrix filled(DataType type, const Shape& shape, TileFill how) {
  Random random(shape.rows * 131 + shape.cols);
  Matrix m(type, shape.rows, shape.cols);
  fill_tiles(m, how, random);
  return m;
}

constexpr TileRule kRules[] = {TileRule::exact, TileRule::at_most, TileRule::greedy};

class TilePackDevice : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, TilePackDevice, testing::ValuesIn(matrix_types()), by_type);

Pattern pattern_of(DataType type) { return type == DataType::f32 ? Pattern{1, 2} : Pattern{2, 4}; }

TEST_P(TilePackDevice, EverySchedule) {
  HEDDLE_NEED_DEVICE();
  for (TileRule rule : kRules) {
    expect_packed(filled(GetParam(), {64, 128}, TileFill::normal), {pattern_of(GetParam()), rule},
                  {.masked = true}, {4, 0});
    expect_packed(filled(GetParam(), {65, 67}, TileFill::codes), {pattern_of(GetParam()), rule}, {},
                  {2, 0});
  }
}

TEST_P(TilePackDevice, EveryFill) {
  HEDDLE_NEED_DEVICE();
  for (TileRule rule : kRules)
    for (TileFill how : kTileFills)
      expect_packed(filled(GetParam(), {64, 128}, how), {pattern_of(GetParam()), rule},
                    {.masked = true}, {1, 0});
}

TEST_P(TilePackDevice, EveryShape) {
  HEDDLE_NEED_DEVICE();
  for (TileRule rule : kRules)
    for (const Shape& shape : device_shapes())
      expect_packed(filled(GetParam(), shape, TileFill::ties), {pattern_of(GetParam()), rule}, {},
                    {1, 0});
}

TEST_P(TilePackDevice, EveryPlacement) {
  HEDDLE_NEED_DEVICE();
  constexpr std::size_t kAt[] = {0, 8, 4, 2, 1, 16};
  for (const Shape& shape : {Shape{65, 66}, Shape{3, 129}})
    for (std::size_t i = 0; i < placements().size(); ++i)
      for (const bool masked : {false, true})
        expect_packed(
            filled(GetParam(), shape, TileFill::ties), {pattern_of(GetParam()), TileRule::exact},
            {placements()[i], kAt[i % 6], kAt[(i + 1) % 6], masked, placements()[i]}, {1, 0});
}

// In order col ties still go by the rows of what is meant.
TEST_P(TilePackDevice, ColumnOrder) {
  HEDDLE_NEED_DEVICE();
  const Placement col{Order::col, 0, 0};
  for (TileRule rule : kRules)
    for (TileFill how : kTileFills)
      expect_packed(filled(GetParam(), {128, 64}, how), {pattern_of(GetParam()), rule},
                    {.matrix = col, .masked = true, .mask = col}, {1, 0});
}

// Where no kernel does all at once.
TEST_P(TilePackDevice, Composed) {
  HEDDLE_NEED_DEVICE();
  const Placement row{}, col{Order::col, 3, 1};
  for (const PackedOrder out : {PackedOrder::device, PackedOrder::canonical})
    for (const PackedOrder turned : {PackedOrder::device, PackedOrder::canonical})
      for (const bool masked : {false, true})
        expect_packed(filled(GetParam(), {66, 35}, TileFill::codes),
                      {pattern_of(GetParam()), TileRule::at_most},
                      {row, 0, 0, masked, col, out, turned}, {1, 0});
  for (const Pattern& pattern : {Pattern{1, 4}, Pattern{4, 8}, Pattern{2, 3}})
    expect_packed(filled(GetParam(), {33, 50}, TileFill::codes),
                  {pattern, TileRule::at_most, TileSolver::fast},
                  {.out = PackedOrder::canonical, .turned = PackedOrder::canonical}, {1, 0});
}

TEST_P(TilePackDevice, FewBlocks) {
  HEDDLE_NEED_DEVICE();
  for (const std::int64_t blocks : {1, 3})
    for (TileRule rule : kRules)
      expect_packed(filled(GetParam(), {129, 200}, TileFill::normal),
                    {pattern_of(GetParam()), rule}, {.masked = true}, {2, blocks});
}

TEST_P(TilePackDevice, EmptyMatrices) {
  HEDDLE_NEED_DEVICE();
  for (const Shape& shape : {Shape{0, 5}, Shape{5, 0}, Shape{0, 0}})
    expect_packed(filled(GetParam(), shape, TileFill::zeros),
                  {pattern_of(GetParam()), TileRule::exact}, {}, {1, 0});
}

}  // namespace
}  // namespace heddle
