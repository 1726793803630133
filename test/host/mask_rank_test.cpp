// What outranks what, in groups written by hand.

#include <gtest/gtest.h>

#include <bit>
#include <string>
#include <vector>

#include "heddle/mask.hpp"
#include "test/oracle/codes.hpp"
#include "test/oracle/matrix.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

// The kept positions of one row as a string of 0 and 1. The row is repeated so that wide vectors
// and their remainders both see it.
std::string kept(DataType type, const std::vector<std::uint32_t>& codes, Pattern pattern,
                 Ranking ranking = Ranking::magnitude) {
  const auto width = static_cast<std::int64_t>(codes.size());
  const std::int64_t copies = pattern.group == width ? 19 : 1;
  oracle::Matrix m(type, 2, width * copies);
  m.each([&](auto, std::int64_t c) { return codes[static_cast<std::size_t>(c % width)]; });
  oracle::Mask mask(2, width * copies);
  EXPECT_TRUE(oracle::succeeds(best_mask(Exec::cpu(1), m.view(), pattern, mask.view(), ranking)));
  std::string text;
  for (std::int64_t c = 0; c < width; ++c) text += mask.kept(0, c) ? '1' : '0';
  for (std::int64_t r = 0; r < 2; ++r)
    for (std::int64_t c = 0; c < m.cols(); ++c)
      EXPECT_EQ(mask.kept(r, c), text[static_cast<std::size_t>(c % width)] == '1') << r << " " << c;
  return text;
}

std::vector<std::uint32_t> encoded(DataType type, const std::vector<double>& values) {
  std::vector<std::uint32_t> codes;
  for (double value : values) codes.push_back(oracle::encode(type, value));
  return codes;
}

class Rank : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, Rank, testing::ValuesIn(oracle::matrix_types()), oracle::by_type);

class FloatRank : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, FloatRank, testing::ValuesIn(oracle::float_types()),
                         oracle::by_type);

TEST_P(Rank, TiesKeepTheLowerPosition) {
  EXPECT_EQ(kept(GetParam(), encoded(GetParam(), {1, 1, 1, 1}), {2, 4}), "1100");
  EXPECT_EQ(kept(GetParam(), encoded(GetParam(), {1, -2, 2, -2}), {2, 4}), "0110");
  EXPECT_EQ(kept(GetParam(), encoded(GetParam(), {-1, 1, 3, 1}), {2, 4}), "1010");
  EXPECT_EQ(kept(GetParam(), encoded(GetParam(), {0, 0, 0, 0}), {1, 4}), "1000");
  EXPECT_EQ(kept(GetParam(), encoded(GetParam(), {0, 0, 0, 1}), {2, 4}), "1001");
  EXPECT_EQ(kept(GetParam(), encoded(GetParam(), {2, -2}), {1, 2}), "10");
}

TEST_P(Rank, ByValueNegativeScoresRankBelowZero) {
  const DataType t = GetParam();
  EXPECT_EQ(kept(t, encoded(t, {-1, -2, -3, -4}), {2, 4}, Ranking::value), "1100");
  EXPECT_EQ(kept(t, encoded(t, {-4, -3, -2, -1}), {2, 4}, Ranking::value), "0011");
  EXPECT_EQ(kept(t, encoded(t, {-8, 1, 0, 2}), {2, 4}, Ranking::value), "0101");
  EXPECT_EQ(kept(t, encoded(t, {-8, -1, 0, -2}), {2, 4}, Ranking::value), "0110");
  EXPECT_EQ(kept(t, encoded(t, {-1, -1, -1, -1}), {2, 4}, Ranking::value), "1100");
}

TEST(IntegerRank, Minus128OutranksPlus127) {
  EXPECT_EQ(kept(DataType::i8, {0x7F, 0x80, 0x81, 0x00}, {1, 4}), "0100");
  EXPECT_EQ(kept(DataType::i8, {0x7F, 0x80, 0x81, 0x00}, {2, 4}), "1100");
  EXPECT_EQ(kept(DataType::i8, {0x81, 0x7F, 0x80, 0x80}, {2, 4}), "0011");
  EXPECT_EQ(kept(DataType::i8, {0x80, 0x7F, 0x00, 0xFF}, {2, 4}, Ranking::value), "0110");
  EXPECT_EQ(kept(DataType::i8, {0x80, 0xFF, 0x81, 0xFE}, {2, 4}, Ranking::value), "0101");
}

TEST_P(FloatRank, MinusZeroEqualsZero) {
  const std::uint32_t zero = 0, minus = oracle::negate_code(GetParam(), 0);
  for (Ranking ranking : {Ranking::magnitude, Ranking::value}) {
    EXPECT_EQ(kept(GetParam(), {minus, zero, minus, zero}, {2, 4}, ranking), "1100");
    EXPECT_EQ(kept(GetParam(), {zero, minus, zero, minus}, {2, 4}, ranking), "1100");
    EXPECT_EQ(kept(GetParam(), {minus, zero}, {1, 2}, ranking), "10");
    EXPECT_EQ(kept(GetParam(), {zero, minus}, {1, 2}, ranking), "10");
  }
}

// Every NaN ties with every other: sign and payload mean nothing.
TEST_P(FloatRank, NotANumberTiesWhateverItsBits) {
  const DataType t = GetParam();
  const std::uint32_t quiet = oracle::nan_code(t), minus = oracle::negate_code(t, quiet);
  const std::uint32_t one = oracle::encode(t, 1);
  // The NaN code with the smallest magnitude bits; E4M3 has one NaN only.
  const std::uint32_t least =
      oracle::float_format(t).has_infinity ? oracle::infinity_code(t) + 1 : quiet;
  for (Ranking ranking : {Ranking::magnitude, Ranking::value}) {
    EXPECT_EQ(kept(t, {least, quiet, quiet, minus}, {2, 4}, ranking), "1100");
    EXPECT_EQ(kept(t, {minus, quiet, least, quiet}, {1, 4}, ranking), "1000");
    EXPECT_EQ(kept(t, {one, oracle::negate_code(t, least), one, quiet}, {1, 4}, ranking), "0100");
    EXPECT_EQ(kept(t, {one, one, minus, one}, {1, 4}, ranking), "0010");
    EXPECT_EQ(kept(t, {one, one, minus, one}, {2, 4}, ranking), "1010");
  }
}

TEST_P(FloatRank, NotANumberAboveInfinityAboveFinite) {
  const DataType t = GetParam();
  if (!oracle::float_format(t).has_infinity) return;  // E4M3 has no infinity
  const std::uint32_t nan = oracle::infinity_code(t) + 1, infinity = oracle::infinity_code(t);
  const std::uint32_t minus = oracle::negate_code(t, infinity), largest = infinity - 1;
  EXPECT_EQ(kept(t, {largest, infinity, nan, largest}, {1, 4}), "0010");
  EXPECT_EQ(kept(t, {largest, infinity, nan, largest}, {2, 4}), "0110");
  EXPECT_EQ(kept(t, {largest, minus, largest, infinity}, {1, 4}), "0100");
  EXPECT_EQ(kept(t, {minus, infinity, minus, infinity}, {2, 4}), "1100");
  EXPECT_EQ(kept(t, {minus, largest, infinity, 0}, {2, 4}, Ranking::value), "0110");
  EXPECT_EQ(kept(t, {minus, oracle::negate_code(t, largest), minus, minus}, {2, 4}, Ranking::value),
            "1100");
}

TEST_P(FloatRank, SubnormalsOutrankZeroAndEachOther) {
  const DataType t = GetParam();
  const std::uint32_t least = 1, next = 2, minus = oracle::negate_code(t, 2);
  EXPECT_EQ(kept(t, {0, 0, 0, least}, {1, 4}), "0001");
  EXPECT_EQ(kept(t, {least, next, least, minus}, {2, 4}), "0101");
  EXPECT_EQ(kept(t, {minus, least, 0, least}, {2, 4}, Ranking::value), "0101");
  EXPECT_EQ(kept(t, {minus, oracle::negate_code(t, 1), 0, minus}, {2, 4}, Ranking::value), "0110");
}

// The largest code of the format and its neighbours must not be confused with NaN.
TEST_P(FloatRank, LargestFiniteIsFinite) {
  const DataType t = GetParam();
  const std::uint32_t largest =
      (oracle::float_format(t).has_infinity ? oracle::infinity_code(t) : oracle::nan_code(t)) - 1;
  const std::uint32_t minus = oracle::negate_code(t, largest);
  EXPECT_EQ(kept(t, {largest - 1, largest, largest - 1, minus}, {2, 4}), "0101");
  EXPECT_EQ(kept(t, {largest, minus, largest, minus}, {2, 4}, Ranking::value), "1010");
}

// Sums of pairs round these away: the true top two must survive.
TEST(WideRange, KeepsTheTrueTopTwo) {
  const DataType t = DataType::f32;
  EXPECT_EQ(kept(t, encoded(t, {1e8, 1, 2, 3}), {2, 4}), "1001");
  EXPECT_EQ(kept(t, encoded(t, {3, 2, 1, 1e8}), {2, 4}), "1001");
  EXPECT_EQ(kept(t, encoded(t, {1, 1e38, 3, 2}), {2, 4}), "0110");
  EXPECT_EQ(kept(t, encoded(t, {1e-40, -1e30, 0, 1e-42}), {2, 4}), "1100");
}

TEST(WideRange, NeighbouringFloatsDiffer) {
  const auto bits = [](float f) { return std::bit_cast<std::uint32_t>(f); };
  EXPECT_EQ(kept(DataType::f32, {bits(1), bits(1) + 1, bits(-1) + 2, bits(1)}, {2, 4}), "0110");
  EXPECT_EQ(kept(DataType::f32, {bits(1), bits(1) + 1, bits(1), bits(1)}, {1, 4}), "0100");
}

}  // namespace
}  // namespace heddle
