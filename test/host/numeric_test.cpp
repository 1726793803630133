// Scalar conversions against the textbook decoding and a search for the nearest code.

#include "heddle/numeric.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "test/oracle/codes.hpp"
#include "test/oracle/random.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using oracle::decode;
using oracle::encode;

const std::vector<DataType> kSmallFloats = {DataType::f16, DataType::bf16, DataType::f8e4m3,
                                            DataType::f8e5m2};

float widen(DataType type, std::uint32_t code) {
  switch (type) {
    case DataType::f16: return f16_to_float(static_cast<std::uint16_t>(code));
    case DataType::bf16: return bf16_to_float(static_cast<std::uint16_t>(code));
    case DataType::f8e4m3: return f8e4m3_to_float(static_cast<std::uint8_t>(code));
    default: return f8e5m2_to_float(static_cast<std::uint8_t>(code));
  }
}

std::uint32_t narrow(DataType type, float value) {
  switch (type) {
    case DataType::f16: return float_to_f16(value);
    case DataType::bf16: return float_to_bf16(value);
    case DataType::f8e4m3: return float_to_f8e4m3(value);
    default: return float_to_f8e5m2(value);
  }
}

std::uint32_t codes(DataType type) { return 1u << oracle::bits_of(type); }

class SmallFloat : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, SmallFloat, testing::ValuesIn(kSmallFloats), oracle::by_type);

TEST_P(SmallFloat, EveryCodeDecodes) {
  for (std::uint32_t code = 0; code < codes(GetParam()); ++code) {
    const double want = decode(GetParam(), code);
    const float got = widen(GetParam(), code);
    if (std::isnan(want)) {
      ASSERT_TRUE(std::isnan(got)) << code;
    } else {
      ASSERT_EQ(got, want) << code;
      ASSERT_EQ(std::signbit(got), (code >> (oracle::bits_of(GetParam()) - 1) & 1u) != 0) << code;
    }
  }
}

TEST_P(SmallFloat, EveryCodeRoundTrips) {
  for (std::uint32_t code = 0; code < codes(GetParam()); ++code) {
    const float value = widen(GetParam(), code);
    const std::uint32_t back = narrow(GetParam(), value);
    if (std::isnan(value)) {
      ASSERT_TRUE(std::isnan(decode(GetParam(), back))) << code;
    } else {
      ASSERT_EQ(back, code);
    }
  }
}

// The midpoint of every two neighbours, and one float to either side of it.
TEST_P(SmallFloat, RoundsToNearestTiesToEven) {
  for (std::uint32_t code = 0; code + 1 < codes(GetParam()) / 2; ++code) {
    const double low = decode(GetParam(), code), high = decode(GetParam(), code + 1);
    if (!std::isfinite(low) || !std::isfinite(high)) continue;
    const float middle = static_cast<float>((low + high) / 2);
    for (float value : {middle, std::nextafter(middle, 1e38f), std::nextafter(middle, -1e38f)}) {
      ASSERT_EQ(narrow(GetParam(), value), encode(GetParam(), value)) << std::hexfloat << value;
      ASSERT_EQ(narrow(GetParam(), -value), encode(GetParam(), -double{value}))
          << std::hexfloat << -value;
    }
  }
}

TEST_P(SmallFloat, AgreesOnFloatsOfEverySize) {
  oracle::Random random(7);
  for (std::int64_t i = 0; i < oracle::effort(2'000'000); ++i) {
    const float value = std::bit_cast<float>(static_cast<std::uint32_t>(random.next()));
    const std::uint32_t got = narrow(GetParam(), value);
    if (std::isnan(value)) {
      ASSERT_TRUE(std::isnan(decode(GetParam(), got))) << std::bit_cast<std::uint32_t>(value);
    } else {
      ASSERT_EQ(got, encode(GetParam(), value)) << std::hexfloat << value;
    }
  }
}

TEST(Overflow, F16GoesToInfinityFromHalfwayPastTheLargest) {
  EXPECT_EQ(float_to_f16(65504.0f), 0x7BFF);
  EXPECT_EQ(float_to_f16(std::nextafter(65520.0f, 0.0f)), 0x7BFF);
  EXPECT_EQ(float_to_f16(65520.0f), 0x7C00);
  EXPECT_EQ(float_to_f16(-1e30f), 0xFC00);
}

TEST(Overflow, Bf16GoesToInfinityAtTheLargestFloat) {
  EXPECT_EQ(float_to_bf16(std::numeric_limits<float>::max()), 0x7F80);
  EXPECT_EQ(float_to_bf16(-std::numeric_limits<float>::infinity()), 0xFF80);
}

TEST(Overflow, E4m3Saturates) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (float big : {448.0f, 449.0f, 464.0f, 480.0f, 1e30f, infinity}) {
    EXPECT_EQ(float_to_f8e4m3(big), 0x7E) << big;
    EXPECT_EQ(float_to_f8e4m3(-big), 0xFE) << big;
  }
}

TEST(Overflow, E5m2SaturatesFiniteValuesAndKeepsInfinity) {
  for (float big : {57344.0f, 61440.0f, 65536.0f, 1e30f, std::numeric_limits<float>::max()}) {
    EXPECT_EQ(float_to_f8e5m2(big), 0x7B) << big;
    EXPECT_EQ(float_to_f8e5m2(-big), 0xFB) << big;
  }
  EXPECT_EQ(float_to_f8e5m2(std::numeric_limits<float>::infinity()), 0x7C);
  EXPECT_EQ(float_to_f8e5m2(-std::numeric_limits<float>::infinity()), 0xFC);
}

// NaN payloads that would round away, or round up into zero or infinity.
TEST(NotANumber, StaysNotANumberWhateverItsPayload) {
  for (std::uint32_t bits : {0x7F800001u, 0x7F801000u, 0x7FFFFFFFu, 0x7FC00000u, 0x7F80FFFFu})
    for (std::uint32_t sign : {0u, 0x80000000u})
      for (DataType type : kSmallFloats) {
        const std::uint32_t got = narrow(type, std::bit_cast<float>(bits | sign));
        EXPECT_TRUE(std::isnan(decode(type, got))) << oracle::type_name(type) << " " << bits;
      }
}

TEST(Integers, RoundToEvenAndSaturate) {
  const auto stored = [](DataType type, float value) {
    std::int32_t whole = 0;
    std::int8_t byte = 0;
    void* at = type == DataType::i8 ? static_cast<void*>(&byte) : &whole;
    store_from_float(at, 0, type, value);
    return type == DataType::i8 ? std::int32_t{byte} : whole;
  };
  const float infinity = std::numeric_limits<float>::infinity();
  for (DataType type : {DataType::i8, DataType::i32}) {
    EXPECT_EQ(stored(type, 2.5f), 2);
    EXPECT_EQ(stored(type, 3.5f), 4);
    EXPECT_EQ(stored(type, -2.5f), -2);
    EXPECT_EQ(stored(type, -3.5f), -4);
    EXPECT_EQ(stored(type, 0.50001f), 1);
    EXPECT_EQ(stored(type, std::numeric_limits<float>::quiet_NaN()), 0);
  }
  EXPECT_EQ(stored(DataType::i8, 127.5f), 127);
  EXPECT_EQ(stored(DataType::i8, -128.5f), -128);
  EXPECT_EQ(stored(DataType::i8, -129.0f), -128);
  EXPECT_EQ(stored(DataType::i8, infinity), 127);
  EXPECT_EQ(stored(DataType::i8, -infinity), -128);
  EXPECT_EQ(stored(DataType::i32, 2147483520.0f), 2147483520);
  EXPECT_EQ(stored(DataType::i32, 2147483648.0f), 2147483647);
  EXPECT_EQ(stored(DataType::i32, -2147483648.0f), std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(stored(DataType::i32, -infinity), std::numeric_limits<std::int32_t>::min());
}

TEST(Elements, LoadAndStoreAtAnyAddress) {
  for (DataType type : {DataType::f32, DataType::f16, DataType::bf16, DataType::f8e4m3,
                        DataType::f8e5m2, DataType::i8, DataType::i32}) {
    SCOPED_TRACE(oracle::type_name(type));
    std::vector<unsigned char> bytes(64, 0xEE);
    for (int shift = 0; shift < 4; ++shift) {
      store_from_float(bytes.data() + shift, 3, type, -6.0f);
      EXPECT_EQ(oracle::load_bits(bytes.data() + shift, 3, type), encode(type, -6.0));
      EXPECT_EQ(load_as_float(bytes.data() + shift, 3, type), -6.0f);
    }
  }
}

TEST(Elements, StoreTouchesOneElement) {
  for (DataType type : oracle::matrix_types()) {
    std::vector<unsigned char> bytes(24, 0xEE);
    store_from_float(bytes.data(), 1, type, 1.0f);
    const std::size_t size = size_of(type);
    for (std::size_t i = 0; i < bytes.size(); ++i)
      EXPECT_EQ(bytes[i] == 0xEE, i < size || i >= 2 * size) << oracle::type_name(type) << i;
  }
}

}  // namespace
}  // namespace heddle
