// The oracle itself: a reference that cannot fail proves nothing.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "test/oracle/codes.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/packed.hpp"
#include "test/oracle/problem.hpp"
#include "test/oracle/product.hpp"
#include "test/oracle/rank.hpp"

namespace heddle::oracle {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// ---- codes --------------------------------------------------------------------------------------

TEST(Codes, WellKnownValues) {
  EXPECT_EQ(decode(DataType::f32, 0x3F800000u), 1.0);
  EXPECT_EQ(decode(DataType::f32, 1u), 0x1p-149);
  EXPECT_EQ(decode(DataType::f16, 0x3C00u), 1.0);
  EXPECT_EQ(decode(DataType::f16, 0x7BFFu), 65504.0);
  EXPECT_EQ(decode(DataType::f16, 0x0001u), 0x1p-24);
  EXPECT_EQ(decode(DataType::bf16, 0xC000u), -2.0);
  EXPECT_EQ(decode(DataType::f8e4m3, 0x7Eu), 448.0);
  EXPECT_EQ(decode(DataType::f8e4m3, 0x01u), 0x1p-9);
  EXPECT_TRUE(std::isnan(decode(DataType::f8e4m3, 0xFFu)));
  EXPECT_EQ(decode(DataType::f8e5m2, 0x7Bu), 57344.0);
  EXPECT_EQ(decode(DataType::f8e5m2, 0x7Cu), kInfinity);
  EXPECT_EQ(decode(DataType::i8, 0x80u), -128.0);
  EXPECT_EQ(decode(DataType::i32, 0xFFFFFFFFu), -1.0);
}

TEST(Codes, EncodeInvertsDecode) {
  for (DataType type :
       {DataType::f16, DataType::bf16, DataType::f8e4m3, DataType::f8e5m2, DataType::i8})
    for (std::uint32_t code = 0; code < 1u << bits_of(type); ++code) {
      const double value = decode(type, code);
      ASSERT_TRUE(std::isnan(value) || encode(type, value) == code) << type_name(type) << code;
    }
}

TEST(Codes, EncodeRoundsTiesToEven) {
  EXPECT_EQ(encode(DataType::f16, 1 + 0x1p-11), 0x3C00u);
  EXPECT_EQ(encode(DataType::f16, 1 + 3 * 0x1p-11), 0x3C02u);
  EXPECT_EQ(encode(DataType::i8, 2.5), 2u);
  EXPECT_EQ(encode(DataType::i8, -3.5), 0xFCu);
  EXPECT_EQ(encode(DataType::i8, 1000), 127u);
}

TEST(Codes, ElementsAtOddAddresses) {
  unsigned char bytes[16] = {};
  store_bits(bytes + 1, 2, DataType::f32, 0x11223344u);
  EXPECT_EQ(bytes[9], 0x44);
  EXPECT_EQ(bytes[12], 0x11);
  EXPECT_EQ(load_bits(bytes + 1, 2, DataType::f32), 0x11223344u);
}

// ---- rank ---------------------------------------------------------------------------------------

TEST(Rank, BruteForceAndCountingAgree) {
  Random random(3);
  for (int i = 0; i < 3000; ++i) {
    std::vector<RankKey> group(static_cast<std::size_t>(random.between(1, 8)));
    for (RankKey& key : group)
      key = {static_cast<int>(random.below(3)), static_cast<double>(random.below(3))};
    const int keep = static_cast<int>(random.between(1, 8));
    ASSERT_EQ(best_by_brute_force(group, keep), best_by_rank(group, keep));
  }
}

TEST(Rank, ByHand) {
  const std::vector<RankKey> group = {{0, 1}, {2, 0}, {0, 5}, {1, 0}};
  EXPECT_EQ(best_by_brute_force(group, 2), (std::vector<bool>{false, true, false, true}));
  const std::vector<RankKey> ties(4, RankKey{0, 1});
  EXPECT_EQ(best_by_brute_force(ties, 2), (std::vector<bool>{true, true, false, false}));
}

// ---- matrices and guards ------------------------------------------------------------------------

TEST(Guards, SeeWritesOutside) {
  Matrix m(DataType::i8, 3, 4, {Order::row, 2, 1});
  auto* at = static_cast<unsigned char*>(m.view().data);
  EXPECT_TRUE(m.surroundings_intact());
  at[4] ^= 1;  // the gap after row 0
  EXPECT_FALSE(m.surroundings_intact());
  at[4] ^= 1;
  EXPECT_TRUE(m.surroundings_intact());
  at[-1] ^= 1;
  EXPECT_FALSE(m.surroundings_intact());
  at[-1] ^= 1;
#if !defined(HEDDLE_TEST_MEMORY_SANITIZER)
  at[2 * 6 + 4] ^= 1;  // past the last element
  EXPECT_FALSE(m.surroundings_intact());
#endif
}

TEST(Guards, SeeChangedInputs) {
  Matrix m(DataType::f16, 2, 2);
  EXPECT_FALSE(m.unchanged()) << "a buffer never frozen must not pass";
  m.freeze();
  EXPECT_TRUE(m.unchanged());
  m.set(1, 1, 3);
  EXPECT_FALSE(m.unchanged());
}

TEST(Guards, PlacementsAreWhatTheySay) {
  for (const Placement& place : placements()) {
    Matrix m(DataType::f32, 5, 7, place);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(m.view().data) % 64, place.misalign);
    EXPECT_EQ(m.view().ld, (place.order == Order::row ? 7 : 5) + place.ld_extra);
    m.set(4, 6, 2.5);
    const Matrix copy = m;
    EXPECT_EQ(copy.at(4, 6), 2.5);
    EXPECT_TRUE(same_bits(copy, m));
  }
}

// ---- the comparator -----------------------------------------------------------------------------

Reference reference_of(const std::vector<double>& values, double scale) {
  Reference ref;
  ref.rows = 1;
  ref.cols = static_cast<std::int64_t>(values.size());
  ref.value = values;
  ref.scale.assign(values.size(), scale);
  ref.terms = 4;
  return ref;
}

Matrix row_of(DataType type, const std::vector<double>& values) {
  Matrix m(type, 1, static_cast<std::int64_t>(values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) m.set(0, static_cast<std::int64_t>(i), values[i]);
  return m;
}

std::string why(const testing::AssertionResult& result) { return result.message(); }

TEST(Comparator, AcceptsRoundingAndNothingElse) {
  const Reference ref = reference_of({1, 2, -3, 1e-3}, 4);
  EXPECT_TRUE(compare(row_of(DataType::f32, {1, 2, -3, 1e-3}), ref));
  EXPECT_TRUE(compare(row_of(DataType::f32, {1 + 1e-6, 2, -3, 1e-3}), ref));
  const auto off = compare(row_of(DataType::f32, {1, 2 + 1e-4, -3, 1e-3}), ref);
  EXPECT_FALSE(off);
  EXPECT_NE(why(off).find("(0, 1)"), std::string::npos) << why(off);
  EXPECT_NE(why(off).find("lane 0"), std::string::npos) << why(off);
  EXPECT_FALSE(compare(row_of(DataType::f32, {1, 2, 3, 1e-3}), ref));
}

TEST(Comparator, ClassComesFirst) {
  const Reference ref = reference_of({1, kNaN, kInfinity, 1e9}, 4);
  EXPECT_TRUE(compare(row_of(DataType::f32, {1, kNaN, kInfinity, 1e9}), ref));
  EXPECT_TRUE(compare(row_of(DataType::f16, {1, kNaN, kInfinity, kInfinity}), ref));
  for (const std::vector<double>& bad : {std::vector<double>{kNaN, kNaN, kInfinity, 1e9},
                                         {1, 0, kInfinity, 1e9},
                                         {1, kNaN, -kInfinity, 1e9},
                                         {1, kNaN, 1e38, 1e9},
                                         {1, kNaN, kNaN, 1e9}}) {
    const auto result = compare(row_of(DataType::f32, bad), ref);
    EXPECT_FALSE(result);
    EXPECT_NE(why(result).find("class"), std::string::npos) << why(result);
  }
}

TEST(Comparator, MistrustsAReferenceOfZeros) {
  const Reference ref = reference_of({0, 0, 0, 0, 1}, 1);
  const Matrix got = row_of(DataType::f32, {0, 0, 0, 0, 1});
  EXPECT_FALSE(compare(got, ref));
  EXPECT_NE(why(compare(got, ref)).find("MISTRUSTED"), std::string::npos);
  EXPECT_FALSE(compare_exact(got, ref));
  EXPECT_TRUE(compare_exact(got, ref, true));
}

TEST(Comparator, ExactMeansEqualAfterOneRounding) {
  const Reference ref = reference_of({1 + 0x1p-12, 3}, 1);
  EXPECT_TRUE(compare_exact(row_of(DataType::f16, {1, 3}), ref));
  EXPECT_FALSE(compare_exact(row_of(DataType::f32, {1, 3}), ref));
}

// ---- the product and the packing ----------------------------------------------------------------

TEST(Product, ByHand) {
  Matrix a(DataType::f32, 1, 4), b(DataType::f32, 4, 1), c(DataType::f32, 1, 1);
  for (int i = 0; i < 4; ++i) a.set(0, i, i + 1), b.set(i, 0, 10 * (i + 1));
  c.set(0, 0, 7);
  Mask stored(1, 4);
  stored.set(0, 1, true), stored.set(0, 3, true);
  const std::vector<double> bias = {0.5};
  const Reference ref =
      product(a, stored, b, {2, -1, &c, &bias, nullptr, nullptr, Activation::none});
  EXPECT_EQ(ref.at(0, 0), 2 * (2 * 20 + 4 * 40) - 7 + 0.5);
  EXPECT_EQ(ref.scale[0], 2 * (2 * 20 + 4 * 40) + 7 + 0.5);
  EXPECT_EQ(ref.terms, 2);
}

TEST(Product, ScalesByHand) {
  Matrix a(DataType::i8, 2, 2), b(DataType::i8, 2, 2), c(DataType::i8, 2, 2);
  Mask stored(2, 2);
  for (int r = 0; r < 2; ++r)
    for (int i = 0; i < 2; ++i) {
      a.set(r, i, r + 1), b.set(r, i, 10 * (i + 1)), c.set(r, i, 1);
      stored.set(r, i, true);
    }
  const std::vector<double> rows = {0.5, -2}, cols = {3, 0.25};
  const Reference ref = product(a, stored, b, {2, 1, &c, nullptr, &rows, &cols, Activation::none});
  EXPECT_EQ(ref.at(0, 0), 2 * 0.5 * 3 * 20 + 1);
  EXPECT_EQ(ref.at(0, 1), 2 * 0.5 * 0.25 * 40 + 1);
  EXPECT_EQ(ref.at(1, 0), 2 * -2.0 * 3 * 40 + 1);
  EXPECT_EQ(ref.at(1, 1), 2 * -2.0 * 0.25 * 80 + 1);
  EXPECT_EQ(ref.scale[2], 2 * 2 * 3 * 40 + 1.0);
}

TEST(Comparator, IntegersSaturate) {
  const Reference ref = reference_of({300, -300, 126.6, kNaN, 5}, 1);
  EXPECT_TRUE(compare(row_of(DataType::i8, {127, -128, 127, 0, 5}), ref));
  EXPECT_TRUE(compare_exact(row_of(DataType::i8, {127, -128, 127, 0, 5}), ref));
  EXPECT_FALSE(compare(row_of(DataType::i8, {126, -128, 127, 0, 5}), ref));
  EXPECT_FALSE(compare(row_of(DataType::i8, {127, -128, 127, 1, 5}), ref));
}

TEST(Product, ActivationsAtKnownPoints) {
  EXPECT_EQ(activate(Activation::relu, -2), 0);
  EXPECT_EQ(activate(Activation::relu, 2), 2);
  EXPECT_NEAR(activate(Activation::gelu_erf, 1), 0.8413447460685429, 1e-15);
  EXPECT_NEAR(activate(Activation::gelu_tanh, 1), 0.8411919906082768, 1e-15);
  EXPECT_NEAR(activate(Activation::silu, 1), 0.7310585786300049, 1e-15);
}

TEST(Packing, FillersByHand) {
  Matrix m(DataType::i8, 1, 6);
  for (int c = 0; c < 6; ++c) m.set(0, c, c + 1);
  Mask mask(1, 6);
  mask.set(0, 2, true);  // group 0 keeps position 2; group 1 (two columns) keeps none
  const StoredRow row = stored_row(m, mask, {2, 4}, 0);
  EXPECT_EQ(row.position, (std::vector<int>{0, 2, 0, 1}));
  EXPECT_EQ(row.bits, (std::vector<std::uint32_t>{0, 3, 0, 0}));
  const Mask stored = stored_mask(mask, {2, 4});
  for (int c = 0; c < 6; ++c) EXPECT_EQ(stored.kept(0, c), c != 1 && c != 3) << c;
  EXPECT_EQ(canonical_metadata(m, mask, {2, 4}), (std::vector<unsigned char>{0x48}));
}

TEST(Problems, HaveOneGrammar) {
  MatmulProblem p;
  p.m = 4096, p.n = 16, p.k = 4096;
  p.a = p.b = DataType::bf16;
  EXPECT_EQ(to_string(p).rfind("m4096n16k4096:2:4:bf16:f32:row", 0), 0u) << to_string(p);
  p.scale_m = p.scale_n = true, p.batch = 3;
  EXPECT_NE(to_string(p).find(":scale_m:scale_n:batch=3"), std::string::npos) << to_string(p);
  EXPECT_EQ(problem(3, 5, {1, 2}, DataType::i8, {Order::col, 2, 1}), "m3k5:1:2:i8:col:ld+2:at+1");
}

}  // namespace
}  // namespace heddle::oracle
