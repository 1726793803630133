// Products of small integers, where every sum is exact: bit for bit, over types, orders, patterns,
// shapes and epilogues.

#include <gtest/gtest.h>

#include <limits>

#include "test/host/matmul_case.hpp"

namespace heddle {
namespace {

using namespace oracle;

constexpr Pattern kPatterns[] = {{2, 4}, {1, 2}, {1, 4}, {4, 8}, {3, 5}, {1, 1}, {16, 32}, {5, 31}};

class ExactMatmul : public testing::TestWithParam<TypePair> {
 protected:
  void expect_exact(const MatmulProblem& p) {
    SCOPED_TRACE(to_string(p));
    MatmulData x = make_data(p, Data::integers, random_);
    const Matrix d = run(p, x, static_cast<int>(1 + random_.below(3)));
    // Few and small terms give zeros honestly.
    ASSERT_TRUE(compare_exact(d, reference(p, x), p.m * p.n < 64 || p.k < 8));
  }
  Random random_{91};
};
INSTANTIATE_TEST_SUITE_P(Types, ExactMatmul, testing::ValuesIn(input_types()),
                         [](const auto& param) {
                           return type_name(param.param.a) + "x" + type_name(param.param.b);
                         });

TEST_P(ExactMatmul, RandomShapesAndLayouts) {
  for (DataType d : output_types(GetParam().a))
    for (Pattern pattern : kPatterns)
      for (std::int64_t i = 0; i < effort(40); ++i) {
        expect_exact(random_problem(GetParam(), d, pattern, random_));
        if (HasFatalFailure()) return;
      }
}

// Scales are powers of two here, so that nothing but the result is rounded.
TEST_P(ExactMatmul, Scales) {
  for (DataType d : output_types(GetParam().a))
    for (int kind = 0; kind < 12; ++kind) {
      MatmulProblem p = random_problem(GetParam(), d, kPatterns[kind % 3], random_);
      p.scale_m = kind % 3 != 0, p.scale_n = kind % 3 != 1;
      p.beta = kind % 2 == 0 ? 0.0f : 1.0f;
      p.alpha = kind % 5 == 0 ? -2.0f : 1.0f;
      p.separate_c = kind % 4 == 1;
      p.bias = kind % 4 >= 2;
      SCOPED_TRACE(to_string(p));
      MatmulData x = make_data(p, Data::integers, random_);
      ASSERT_TRUE(compare_exact(run(p, x, 2), reference(p, x), true));
    }
}

// Every m, n and k in turn around the edges of vectors and tiles.
TEST_P(ExactMatmul, EverySizeInEveryDimension) {
  for (std::int64_t size = 1; size <= (kSmall ? 17 : 66); size += size == 17 ? 46 : 1)
    for (int dimension = 0; dimension < 3; ++dimension)
      for (PackedOrder order : {PackedOrder::canonical, PackedOrder::device}) {
        MatmulProblem p =
            random_problem(GetParam(), DataType::f32,
                           GetParam().a == DataType::f32 ? Pattern{1, 2} : Pattern{2, 4}, random_);
        p.packed = order;
        (dimension == 0 ? p.m : dimension == 1 ? p.n : p.k) = size;
        expect_exact(p);
        if (HasFatalFailure()) return;
      }
}

TEST_P(ExactMatmul, AcrossPiecesOfRowsAndColumns) {
  struct Size {
    std::int64_t m, n, k;
  };
  for (const Size& s : {Size{3, 2, 2049}, Size{130, 5, 70}, Size{65, 129, 64}, Size{1, 1, 4100},
                        Size{2, 200, 33}, Size{66, 17, 1921}})
    for (Pattern pattern : {Pattern{2, 4}, Pattern{1, 2}, Pattern{3, 5}}) {
      MatmulProblem p = random_problem(GetParam(), DataType::f32, pattern, random_);
      p.m = s.m, p.n = s.n, p.k = kSmall ? s.k % 300 : s.k;
      expect_exact(p);
      if (HasFatalFailure()) return;
    }
}

// So large a B that its panels do not fit into memory at once.
TEST(LargeMatmul, PanelsInSeveralRounds) {
  if (kSmall) return;  // tens of millions of elements
  Random random(93);
  for (DataType type : {DataType::f32, DataType::i8}) {
    MatmulProblem p;
    p.m = 2, p.n = 200, p.k = 50001;
    p.a = p.b = type;
    p.b_place = {Order::col, 1, 1};
    SCOPED_TRACE(to_string(p));
    MatmulData x = make_data(p, Data::integers, random);
    ASSERT_TRUE(compare_exact(run(p, x, 2), reference(p, x)));
  }
}

// alpha, beta, bias and relu of small integers are exact too.
TEST_P(ExactMatmul, Epilogues) {
  for (DataType d : output_types(GetParam().a))
    for (float alpha : {1.0f, 2.0f, -0.5f, 0.0f})
      for (float beta : {0.0f, 1.0f, -2.0f})
        for (int kind = 0; kind < 8; ++kind) {
          MatmulProblem p = random_problem(GetParam(), d, kPatterns[kind % 3], random_);
          p.alpha = alpha, p.beta = beta;
          p.separate_c = kind % 2 == 0;
          p.bias = kind / 2 % 2 == 0;
          if (kind >= 4) p.activation = Activation::relu;
          SCOPED_TRACE(to_string(p));
          MatmulData x = make_data(p, Data::integers, random_);
          ASSERT_TRUE(compare_exact(run(p, x, 2), reference(p, x), true));
        }
}

TEST_P(ExactMatmul, EmptyDimensions) {
  for (const auto& [m, n, k] :
       {std::tuple{0, 5, 8}, {5, 0, 8}, {0, 0, 0}, {5, 6, 0}, {1, 1, 0}, {0, 3, 0}})
    for (PackedOrder order : {PackedOrder::canonical, PackedOrder::device})
      for (float beta : {0.0f, 1.0f})
        for (bool bias : {false, true}) {
          MatmulProblem p = random_problem(GetParam(), DataType::f16, {1, 2}, random_);
          p.m = m, p.n = n, p.k = k;
          p.packed = order, p.beta = beta, p.bias = bias;
          p.activation = Activation::relu;
          SCOPED_TRACE(to_string(p));
          MatmulData x = make_data(p, Data::integers, random_);
          ASSERT_TRUE(compare_exact(run(p, x, 2), reference(p, x), true));
        }
}

// ---- integers -----------------------------------------------------------------------------------

MatmulProblem integer_problem(std::int64_t m, std::int64_t n, std::int64_t k) {
  MatmulProblem p;
  p.m = m, p.n = n, p.k = k;
  p.a = p.b = DataType::i8, p.d = DataType::i32;
  return p;
}

TEST(IntegerMatmul, ExactOverTheWholeRangeOfBytes) {
  Random random(92);
  for (float beta : {0.0f, 1.0f})
    for (std::int64_t k : {1, 2, 63, 64, 500, 2100}) {
      MatmulProblem p = integer_problem(9, 21, k);
      p.beta = beta;
      p.d_place = {Order::col, 3, 1};
      SCOPED_TRACE(to_string(p));
      MatmulData x = make_data(p, Data::real, random);
      ASSERT_TRUE(compare_exact(run(p, x, 2), reference(p, x)));
    }
}

// Bytes of the whole range, and results far beyond it.
TEST(IntegerMatmul, BytesSaturate) {
  Random random(94);
  for (float beta : {0.0f, 1.0f, -3.0f})
    for (std::int64_t k : {1, 2, 5, 64, 500}) {
      MatmulProblem p = integer_problem(9, 21, k);
      p.d = DataType::i8;
      p.beta = beta;
      p.alpha = k > 5 ? 0x1p-9f : 0x1p-6f;
      p.separate_c = k % 2 == 0;
      SCOPED_TRACE(to_string(p));
      MatmulData x = make_data(p, Data::real, random);
      ASSERT_TRUE(compare_exact(run(p, x, 2), reference(p, x)));
    }
}

// One row against one column, 2:4, so an even number of entries: (-128)^2 per kept entry passes
// 2^31 at 131072 of them.
Matrix long_sum(std::int64_t entries, int a, int b, std::int32_t c, float beta, float alpha = 1,
                DataType type = DataType::i32) {
  const std::int64_t k = entries * 2;
  std::vector<std::int8_t> row(static_cast<std::size_t>(k), static_cast<std::int8_t>(a));
  std::vector<std::int8_t> column(static_cast<std::size_t>(k), static_cast<std::int8_t>(b));
  Blob blob({1, k, {2, 4}, DataType::i8, PackedOrder::canonical});
  EXPECT_TRUE(succeeds(pack(Exec::cpu(1), row_major(row.data(), 1, k, DataType::i8), blob.view())));
  Matrix d(type, 1, 1);
  d.set(0, 0, c);
  MatmulOptions options;
  options.beta = beta;
  options.alpha = alpha;
  EXPECT_TRUE(succeeds(matmul(Exec::cpu(2), blob.cview(),
                              row_major(column.data(), k, 1, DataType::i8), d.view(), options)));
  return d;
}

TEST(IntegerMatmul, AccumulatesModulo32Bits) {
  EXPECT_EQ(long_sum(131070, -128, -128, 0, 0).at(0, 0), 131070.0 * 16384);
  EXPECT_EQ(long_sum(131072, -128, -128, 0, 0).at(0, 0), -2147483648.0);
  EXPECT_EQ(long_sum(131074, -128, -128, 0, 0).at(0, 0), -2147483648.0 + 2 * 16384);
}

TEST(IntegerMatmul, AddingCSaturates) {
  constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();
  constexpr std::int32_t kMin = std::numeric_limits<std::int32_t>::min();
  EXPECT_EQ(long_sum(2, 1, 1, kMax, 1).at(0, 0), kMax);
  EXPECT_EQ(long_sum(2, 1, 1, kMax - 2, 1).at(0, 0), kMax);
  EXPECT_EQ(long_sum(2, 1, 1, kMax - 3, 1).at(0, 0), kMax - 1);
  EXPECT_EQ(long_sum(2, 1, -1, kMin, 1).at(0, 0), kMin);
  EXPECT_EQ(long_sum(2, 1, -1, kMin + 3, 1).at(0, 0), kMin + 1);
}

// Beyond the exact cases the epilogue is f32, rounds to the nearest integer and saturates.
TEST(IntegerMatmul, ScaledResultsRoundAndSaturate) {
  EXPECT_EQ(long_sum(100000, 100, 100, 0, 0, 4).at(0, 0), 2147483647.0);
  EXPECT_EQ(long_sum(100000, 100, -100, 0, 0, 4).at(0, 0), -2147483648.0);
  EXPECT_EQ(long_sum(2, 1, 5, 0, 0, 0.25f).at(0, 0), 2) << "2.5 rounds to even";
  EXPECT_EQ(long_sum(2, 1, 7, 0, 0, 0.25f).at(0, 0), 4) << "3.5 rounds to even";
  EXPECT_EQ(long_sum(2, 1, -5, 0, 0, 0.25f).at(0, 0), -2);
  const auto as_i8 = [](int b, std::int32_t c, float beta, float alpha) {
    return long_sum(2, 1, b, c, beta, alpha, DataType::i8).at(0, 0);
  };
  EXPECT_EQ(as_i8(100, 0, 0, 1), 127);
  EXPECT_EQ(as_i8(-100, 0, 0, 1), -128);
  EXPECT_EQ(as_i8(63, 1, 1, 1), 127);
  EXPECT_EQ(as_i8(64, -100, 1, 1), 28) << "C is added before the result saturates";
  EXPECT_EQ(as_i8(5, 0, 0, 0.25f), 2) << "2.5 rounds to even";
  EXPECT_EQ(as_i8(-7, 0, 0, 0.25f), -4) << "-3.5 rounds to even";
  constexpr float kInf = std::numeric_limits<float>::infinity();
  EXPECT_EQ(as_i8(1, 0, 0, kInf), 127);
  EXPECT_EQ(as_i8(1, 1, -kInf, kInf), 0) << "NaN";
}

}  // namespace
}  // namespace heddle
