// Offsets of the device order: inverses over whole payloads, every byte used once, and the blocks
// where the format says they are.

#include "kernels/layout/device_order.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <tuple>
#include <vector>

namespace heddle::layout {
namespace {

using Shape = std::tuple<std::int64_t, std::int64_t, int>;

class DeviceOrder : public testing::TestWithParam<Shape> {
 protected:
  DeviceGeometry geo() const {
    const auto [rows, cols, bytes] = GetParam();
    return {rows, cols, bytes};
  }
  std::size_t payload() const {
    return static_cast<std::size_t>(geo().row_blocks() * geo().col_blocks() * geo().block_bytes());
  }
};
INSTANTIATE_TEST_SUITE_P(Shapes, DeviceOrder,
                         testing::Combine(testing::Values(1, 64, 65, 150),
                                          testing::Values(1, 64, 129), testing::Values(1, 2, 4)));

TEST_P(DeviceOrder, SizesAreTheFormats) {
  const auto [rows, cols, bytes] = GetParam();
  EXPECT_EQ(geo().row_blocks(), (rows + 63) / 64);
  EXPECT_EQ(geo().col_blocks(), (cols + 63) / 64);
  EXPECT_EQ(geo().value_bytes(), 64 * 32 * bytes);
  // A nibble per chunk of 4 columns, of 2 for f32.
  EXPECT_EQ(geo().metadata_bytes(), 64 * (bytes == 4 ? 32 : 16) / 2);
  EXPECT_EQ(geo().block_bytes(), geo().value_bytes() + geo().metadata_bytes());
}

TEST_P(DeviceOrder, EveryByteIsUsedOnce) {
  const DeviceGeometry g = geo();
  std::vector<int> used(2 * payload());  // by nibble: a value takes two per byte
  for (std::int64_t row = 0; row < g.row_blocks() * 64; ++row) {
    for (std::int64_t col = 0; col < g.col_blocks() * 32; ++col) {
      const std::int64_t at = value_offset(g, {row, col});
      for (std::int64_t n = 2 * at; n < 2 * (at + g.elem_bytes); ++n)
        ++used.at(static_cast<std::size_t>(n));
      const EntryPlace back = entry_at(g, at);
      ASSERT_EQ(back.row, row);
      ASSERT_EQ(back.col, col);
    }
    for (std::int64_t chunk = 0; chunk < g.col_blocks() * g.block_chunks(); ++chunk) {
      const NibbleOffset at = nibble_offset(g, {row, chunk});
      ASSERT_EQ(at.word % 4, 0);
      ++used.at(static_cast<std::size_t>(2 * at.word + at.nibble));
      const NibblePlace back = nibble_at(g, at);
      ASSERT_EQ(back.row, row);
      ASSERT_EQ(back.chunk, chunk);
    }
  }
  for (std::size_t i = 0; i < used.size(); ++i) ASSERT_EQ(used[i], 1) << "nibble " << i;
}

// A 64 x 64 block is contiguous, its values before its metadata.
TEST_P(DeviceOrder, BlocksAreContiguous) {
  const DeviceGeometry g = geo();
  for (std::int64_t row = 0; row < g.row_blocks() * 64; ++row) {
    for (std::int64_t col = 0; col < g.col_blocks() * 32; ++col) {
      const std::int64_t block = row / 64 * g.col_blocks() + col / 32;
      const std::int64_t at = value_offset(g, {row, col}) - block * g.block_bytes();
      ASSERT_TRUE(at >= 0 && at < g.value_bytes());
    }
    const std::int64_t per_block = g.elem_bytes == 4 ? 32 : 16;
    for (std::int64_t chunk = 0; chunk < g.col_blocks() * per_block; ++chunk) {
      const std::int64_t block = row / 64 * g.col_blocks() + chunk / per_block;
      const std::int64_t at = nibble_offset(g, {row, chunk}).word - block * g.block_bytes();
      ASSERT_TRUE(at >= g.value_bytes() && at < g.block_bytes());
    }
  }
}

// A lane's fragment is 16 consecutive bytes, and the four row tiles of a step are 2 KB: what one
// warpgroup reads.
TEST_P(DeviceOrder, FragmentsAreSixteenByteLoads) {
  const DeviceGeometry g = geo();
  const int per_reg = 4 / g.elem_bytes;
  for (int step = 0; step < g.elem_bytes; ++step)
    for (int tile = 0; tile < 4; ++tile)
      for (int lane = 0; lane < 32; ++lane)
        for (int reg = 0; reg < 4; ++reg)
          for (int elem = 0; elem < per_reg; ++elem) {
            const std::int64_t row = tile * 16 + lane / 4 + reg % 2 * 8;
            const std::int64_t col =
                step * 8 * per_reg + 4 * per_reg * (reg / 2) + per_reg * (lane % 4) + elem;
            EXPECT_EQ(value_offset(g, {row, col}),
                      step * 2048 + tile * 512 + lane * 16 + reg * 4 + elem * g.elem_bytes);
          }
}

// Offsets beyond 32 bits.
TEST(DeviceOrderWide, SixtyFourBitOffsets) {
  constexpr DeviceGeometry g = {std::int64_t{1} << 20, std::int64_t{1} << 20, 2};
  constexpr EntryPlace last = {(std::int64_t{1} << 20) - 1, (std::int64_t{1} << 19) - 1};
  constexpr std::int64_t at = value_offset(g, last);
  static_assert(at > std::int64_t{1} << 39);
  static_assert(entry_at(g, at).row == last.row && entry_at(g, at).col == last.col);
  constexpr NibblePlace chunk = {last.row, (std::int64_t{1} << 18) - 1};
  constexpr NibbleOffset word = nibble_offset(g, chunk);
  static_assert(nibble_at(g, word).row == chunk.row && nibble_at(g, word).chunk == chunk.chunk);
  EXPECT_EQ(word.word, (std::int64_t{1} << 28) * g.block_bytes() - 4);
}

}  // namespace
}  // namespace heddle::layout
