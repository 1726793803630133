// apply_mask: a select, in any layout, in place or not.

#include <gtest/gtest.h>

#include <string>

#include "heddle/mask.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/problem.hpp"
#include "test/oracle/shapes.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using oracle::Mask;
using oracle::Matrix;
using oracle::Placement;

class ApplyMask : public testing::TestWithParam<DataType> {
 protected:
  // Any bits, and a mask of any bytes: everything but 0 keeps.
  void fill(Matrix& m, Mask& mask) {
    fill_codes(m, random_);
    for (std::int64_t r = 0; r < m.rows(); ++r)
      for (std::int64_t c = 0; c < m.cols(); ++c) {
        static constexpr std::uint32_t kBytes[] = {0, 0, 0, 1, 2, 0x80, 0xFF};
        mask.set_byte(r, c, kBytes[random_.below(7)]);
      }
  }

 private:
  oracle::Random random_{41};
};
INSTANTIATE_TEST_SUITE_P(Types, ApplyMask, testing::ValuesIn(oracle::matrix_types()),
                         oracle::by_type);

TEST_P(ApplyMask, SelectsInEveryPlacement) {
  const std::vector<Placement>& places = oracle::placements();
  for (const oracle::Shape& shape : oracle::edge_shapes()) {
    Matrix plain(GetParam(), shape.rows, shape.cols);
    Mask plain_mask(shape.rows, shape.cols);
    fill(plain, plain_mask);
    const Matrix want = masked(plain, plain_mask);
    for (std::size_t i = 0; i < places.size(); ++i)
      for (std::size_t j = 0; j < 3; ++j) {
        Matrix m = relaid(plain, places[i]);
        Mask mask = relaid(plain_mask, places[(i + j) % places.size()]);
        Matrix out(GetParam(), shape.rows, shape.cols, places[(i + 2 * j) % places.size()]);
        out.poison();
        m.freeze();
        mask.freeze();
        SCOPED_TRACE(problem(m, {1, 1}, places[i]) + " " + std::to_string(j));
        ASSERT_TRUE(oracle::succeeds(apply_mask(Exec::cpu(2), m.view(), mask.view(), out.view())));
        ASSERT_TRUE(same_bits(out, want));
        ASSERT_TRUE(out.surroundings_intact());
        ASSERT_TRUE(m.unchanged());
        ASSERT_TRUE(mask.unchanged());
      }
  }
}

TEST_P(ApplyMask, InPlace) {
  for (const oracle::Shape& shape : oracle::chunk_shapes())
    for (const Placement& place : {Placement{}, Placement{Order::col, 3, 1}}) {
      Matrix m(GetParam(), shape.rows, shape.cols, place);
      Mask mask(shape.rows, shape.cols, place);
      fill(m, mask);
      const Matrix want = masked(m, mask);
      for (int threads : oracle::kThreadCounts) {
        Matrix own = m;
        ASSERT_TRUE(
            oracle::succeeds(apply_mask(Exec::cpu(threads), own.view(), mask.view(), own.view())));
        ASSERT_TRUE(same_bits(own, want)) << problem(m, {1, 1}, place) << " threads " << threads;
        ASSERT_TRUE(own.surroundings_intact());
      }
    }
}

// 0 * NaN is NaN and 0 * -1 is -0: a product would show in both.
TEST_P(ApplyMask, DroppedEntriesBecomePlusZero) {
  Matrix m(GetParam(), 3, 37);
  oracle::Random random(42);
  fill_ties(m, random);
  const Mask none(3, 37);
  Matrix out(GetParam(), 3, 37);
  out.poison();
  ASSERT_TRUE(oracle::succeeds(apply_mask(Exec::cpu(1), m.view(), none.view(), out.view())));
  for (std::int64_t r = 0; r < 3; ++r)
    for (std::int64_t c = 0; c < 37; ++c) ASSERT_EQ(out.bits(r, c), 0u) << r << " " << c;
}

// Two halves of one buffer do not overlap, though their rows interleave.
TEST(ApplyMaskInterleaved, HalvesOfOneMatrixAreSeparate) {
  std::vector<float> data(6 * 8);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<float>(i + 1);
  const ConstMatrixView left = {data.data(), 6, 4, 8, DataType::f32, Order::row};
  const MatrixView right = {data.data() + 4, 6, 4, 8, DataType::f32, Order::row};
  const std::vector<std::uint8_t> ones(24, 1);
  ASSERT_TRUE(
      oracle::succeeds(apply_mask(Exec::cpu(1), left, row_major_mask(ones.data(), 6, 4), right)));
  for (std::size_t r = 0; r < 6; ++r)
    for (std::size_t c = 0; c < 4; ++c) EXPECT_EQ(data[r * 8 + 4 + c], data[r * 8 + c]);
}

}  // namespace
}  // namespace heddle
