// Conversions against the oracle's codes and plain arithmetic.
#include <gtest/gtest.h>

#include "test/kernels/arch/convert_cases.hpp"
#include "test/kernels/arch/kernels.hpp"
#include "test/oracle/codes.hpp"

namespace heddle::arch_test {
namespace {

std::vector<std::uint32_t> converted(Conversion kind, const std::vector<std::uint32_t>& in) {
  GlobalBuffer<std::uint32_t> from(in), to(in.size() - 1);
  const Report report = convert(kind, from.data(), to.data(), static_cast<unsigned>(to.size()), {});
  EXPECT_TRUE(report.clean()) << report.text();
  return {to.data(), to.data() + to.size()};
}

// NaN is 0x7FFF, whatever its sign and payload were.
std::uint32_t narrow(DataType type, double value) {
  return std::isnan(value) ? 0x7FFF : oracle::encode(type, value);
}

double f32(std::uint32_t bits) { return std::bit_cast<float>(bits); }

void expect_pairs(Conversion kind, DataType type) {
  const auto in = convert_inputs(kind);
  const auto out = converted(kind, in);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint32_t low = narrow(type, f32(in[i])), high = narrow(type, f32(in[i + 1]));
    ASSERT_EQ(out[i], low | high << 16) << std::hex << in[i] << " " << in[i + 1];
  }
}

TEST(Convert, FloatsToF16) { expect_pairs(Conversion::f16x2, DataType::f16); }
TEST(Convert, FloatsToBf16) { expect_pairs(Conversion::bf16x2, DataType::bf16); }

TEST(Convert, KnownPairs) {
  // 1 and 2; too large; half way to infinity; the smallest; half of it; NaN
  const std::vector<std::uint32_t> in = [] {
    std::vector<std::uint32_t> words(65, 0);
    const float values[] = {1.0f,     2.0f,     65536.0f, 65520.0f, 65519.0f,
                            0x1p-24f, 0x1p-25f, -NAN,     -0.0f};
    for (std::size_t i = 0; i < std::size(values); ++i) {
      words[i] = std::bit_cast<std::uint32_t>(values[i]);
    }
    return words;
  }();
  const auto out = converted(Conversion::f16x2, in);
  const std::uint32_t low[] = {0x3C00, 0x4000, 0x7C00, 0x7C00, 0x7BFF, 1, 0, 0x7FFF, 0x8000};
  for (std::size_t i = 0; i < std::size(low); ++i) EXPECT_EQ(out[i] & 0xFFFF, low[i]) << i;
  EXPECT_EQ(out[0] >> 16, 0x4000u);
}

TEST(Convert, F16ToFloat) {
  const auto in = convert_inputs(Conversion::f16_to_f32);
  const auto out = converted(Conversion::f16_to_f32, in);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double want = oracle::decode(DataType::f16, in[i]), got = f32(out[i]);
    ASSERT_TRUE(std::isnan(want) ? std::isnan(got) : got == want) << std::hex << in[i];
    if (want == 0) {
      ASSERT_EQ(out[i], in[i] << 16);
    }
  }
}

// The nearest of three candidates, the even one of two as near.
double nearest_even(double x) {
  double best = std::floor(x) - 1;
  for (const double c : {std::floor(x), std::floor(x) + 1}) {
    const double gain = std::fabs(x - best) - std::fabs(x - c);
    if (gain > 0 || (gain == 0 && std::fmod(c, 2) == 0)) best = c;
  }
  return best;
}

void expect_integers(Conversion kind, double low, double high) {
  const auto in = convert_inputs(kind);
  const auto out = converted(kind, in);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double x = f32(in[i]);
    const double want = std::isnan(x) ? 0 : x <= low ? low : x >= high ? high : nearest_even(x);
    ASSERT_EQ(static_cast<double>(static_cast<std::int32_t>(out[i])), want) << x;
  }
}

TEST(Convert, FloatToS8) { expect_integers(Conversion::s8, -128, 127); }
TEST(Convert, FloatToS32) { expect_integers(Conversion::s32, -2147483648.0, 2147483647.0); }

void expect_widened(Conversion kind, DataType type) {
  const auto in = convert_inputs(kind);
  const auto out = converted(kind, in);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint32_t low = narrow(DataType::f16, oracle::decode(type, in[i] & 0xFF));
    const std::uint32_t high = narrow(DataType::f16, oracle::decode(type, in[i] >> 8));
    ASSERT_EQ(out[i], low | high << 16) << std::hex << in[i];
  }
}

TEST(Convert, E4m3ToF16) { expect_widened(Conversion::e4m3x2, DataType::f8e4m3); }
TEST(Convert, E5m2ToF16) { expect_widened(Conversion::e5m2x2, DataType::f8e5m2); }

}  // namespace
}  // namespace heddle::arch_test
