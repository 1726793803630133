// ldmatrix, stmatrix and movmatrix against the bytes they stand for.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "test/kernels/arch/kernels.hpp"

namespace heddle::arch_test {
namespace {

constexpr std::uint32_t kNowhere = 0x10000001;  // neither aligned nor in the tile

// 32 of the 64 rows of the tile, in any order; none twice.
MatrixCase make_case(int count, bool trans, std::mt19937& random) {
  std::array<std::uint32_t, 64> rows;
  std::iota(rows.begin(), rows.end(), 0u);
  std::shuffle(rows.begin(), rows.end(), random);
  MatrixCase c{count, trans, {}};
  for (unsigned lane = 0; lane < 32; ++lane) {
    c.row_of[lane] = lane < 8u * static_cast<unsigned>(count) ? 16 * rows[lane] : kNowhere;
  }
  return c;
}

// Byte `byte` of register j of a lane: where in the image.
std::size_t image_byte(const MatrixCase& c, unsigned lane, unsigned j, unsigned byte) {
  const unsigned g = lane / 4, q = lane % 4;
  if (!c.trans) return c.row_of[8 * j + g] + 4 * q + byte;
  return c.row_of[8 * j + 2 * q + byte / 2] + 2 * g + byte % 2;
}

class Matrix : public testing::TestWithParam<std::tuple<int, bool>> {};
INSTANTIATE_TEST_SUITE_P(All, Matrix, testing::Combine(testing::Values(1, 2, 4), testing::Bool()));

TEST_P(Matrix, LoadsTheBytes) {
  std::mt19937 random(1);
  const auto [count, trans] = GetParam();
  for (const simt::Schedule& schedule : simt::schedules()) {
    const MatrixCase c = make_case(count, trans, random);
    GlobalBuffer<unsigned char> image(1024);
    for (unsigned char& byte : image.span()) byte = static_cast<unsigned char>(random());
    Registers out;
    Options options;
    options.schedule = schedule;
    const Report report = load_matrices(c, image, out, options);
    ASSERT_TRUE(report.clean()) << report.text();
    EXPECT_EQ(report.counters.matrix_loads, 1u);
    for (unsigned lane = 0; lane < 32; ++lane) {
      for (unsigned j = 0; j < static_cast<unsigned>(count); ++j) {
        for (unsigned byte = 0; byte < 4; ++byte) {
          ASSERT_EQ(out[lane][j] >> 8 * byte & 0xFF, image[image_byte(c, lane, j, byte)])
              << "lane " << lane << " matrix " << j << " byte " << byte;
        }
      }
    }
  }
}

TEST_P(Matrix, StoresTheBytesAndNoOthers) {
  std::mt19937 random(2);
  const auto [count, trans] = GetParam();
  for (const simt::Schedule& schedule : simt::schedules()) {
    const MatrixCase c = make_case(count, trans, random);
    GlobalBuffer<unsigned char> image(1024);
    for (unsigned char& byte : image.span()) byte = static_cast<unsigned char>(random());
    std::vector<unsigned char> want(image.data(), image.data() + 1024);
    Registers in;
    for (unsigned lane = 0; lane < 32; ++lane) {
      for (unsigned j = 0; j < 4; ++j) {
        in[lane][j] = static_cast<std::uint32_t>(random());
        for (unsigned byte = 0; byte < 4 && j < static_cast<unsigned>(count); ++byte) {
          want[image_byte(c, lane, j, byte)] = static_cast<unsigned char>(in[lane][j] >> 8 * byte);
        }
      }
    }
    Options options;
    options.schedule = schedule;
    const Report report = store_matrices(c, in, image, options);
    ASSERT_TRUE(report.clean()) << report.text();
    EXPECT_TRUE(std::equal(want.begin(), want.end(), image.data()));
  }
}

TEST(MoveMatrix, Transposes) {
  std::mt19937 random(3);
  for (const simt::Schedule& schedule : simt::schedules()) {
    std::array<std::uint32_t, 32> in, out;
    for (std::uint32_t& word : in) word = static_cast<std::uint32_t>(random());
    out = in;
    Options options;
    options.schedule = schedule;
    const Report report = move_matrix(out, options);
    ASSERT_TRUE(report.clean()) << report.text();
    const auto at = [](const std::array<std::uint32_t, 32>& m, unsigned row, unsigned column) {
      return m[row * 4 + column / 2] >> 16 * (column % 2) & 0xFFFF;
    };
    for (unsigned row = 0; row < 8; ++row) {
      for (unsigned column = 0; column < 8; ++column) {
        ASSERT_EQ(at(out, row, column), at(in, column, row));
      }
    }
  }
}

}  // namespace
}  // namespace heddle::arch_test
