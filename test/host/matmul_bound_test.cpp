// Real data against the product in double, element by element under an arithmetic bound; and what
// must not change a single bit of the result.

#include <gtest/gtest.h>

#include "test/host/matmul_case.hpp"

namespace heddle {
namespace {

using namespace oracle;

class BoundMatmul : public testing::TestWithParam<TypePair> {
 protected:
  Random random_{101};
};
INSTANTIATE_TEST_SUITE_P(Types, BoundMatmul, testing::ValuesIn(input_types()),
                         [](const auto& param) {
                           return type_name(param.param.a) + "x" + type_name(param.param.b);
                         });

TEST_P(BoundMatmul, RealDataAndEveryActivation) {
  for (DataType d : output_types(GetParam().a))
    for (Pattern pattern : {Pattern{2, 4}, Pattern{1, 2}, Pattern{1, 4}, Pattern{7, 13}})
      for (Activation activation : {Activation::none, Activation::relu, Activation::gelu_erf,
                                    Activation::gelu_tanh, Activation::silu})
        for (std::int64_t i = 0; i < effort(8); ++i) {
          MatmulProblem p = random_problem(GetParam(), d, pattern, random_);
          p.activation = activation;
          p.alpha = i % 2 == 0 ? 1.0f : 0.37f;
          p.beta = i % 3 == 0 ? 0.0f : -1.7f;
          p.bias = i % 2 == 1;
          p.separate_c = i % 4 == 1;
          p.scale_m = i % 8 >= 4, p.scale_n = i % 8 >= 6;
          if (GetParam().a == DataType::i8 && d == DataType::f16) p.alpha *= 0.001f;
          if (d == DataType::i8) p.alpha *= 0x1p-10f;
          SCOPED_TRACE(to_string(p));
          MatmulData x = make_data(p, Data::real, random_);
          // After relu half the elements are zero, and of small results nearly all may be.
          const bool zeros = activation != Activation::none && p.m * p.n < 200;
          ASSERT_TRUE(compare(run(p, x, 2), reference(p, x), {0x1p-24, 16, zeros || p.k < 8}));
        }
}

TEST_P(BoundMatmul, LongSums) {
  for (std::int64_t k : {1000, 4099}) {
    MatmulProblem p = random_problem(GetParam(), DataType::f32, {2, 4}, random_);
    p.m = 5, p.n = 19, p.k = kSmall ? k / 8 : k;
    SCOPED_TRACE(to_string(p));
    MatmulData x = make_data(p, Data::real, random_);
    ASSERT_TRUE(compare(run(p, x, 3), reference(p, x)));
  }
}

// The order of the blob, the thread count and a second run change no bit.
TEST_P(BoundMatmul, ResultsAreBitwiseReproducible) {
  const Pattern pattern = GetParam().a == DataType::f32 ? Pattern{1, 2} : Pattern{2, 4};
  struct Size {
    std::int64_t m, n, k;
  };
  for (const Size& s : {Size{70, 33, 300}, Size{3, 130, 2100}, Size{200, 1, 64}})
    for (DataType d : output_types(GetParam().a)) {
      MatmulProblem p = random_problem(GetParam(), d, pattern, random_);
      p.m = s.m, p.n = s.n, p.k = kSmall ? s.k / 4 : s.k;
      p.alpha = 0.7f, p.bias = true, p.activation = Activation::gelu_tanh;
      p.packed = PackedOrder::canonical;
      SCOPED_TRACE(to_string(p));
      MatmulData x = make_data(p, Data::real, random_);
      const Matrix first = run(p, x, 1);
      for (PackedOrder order : {PackedOrder::canonical, PackedOrder::device})
        for (int threads : kThreadCounts) {
          p.packed = order;
          ASSERT_TRUE(same_bits(run(p, x, threads), first)) << to_string(p) << " " << threads;
        }
    }
}

// Nor does the place of B, or of D.
TEST_P(BoundMatmul, LayoutChangesNoBit) {
  MatmulProblem p = random_problem(GetParam(), DataType::f32, {2, 4}, random_);
  p.m = 19, p.n = 21, p.k = 131;
  p.b_place = p.d_place = {};
  MatmulData x = make_data(p, Data::real, random_);
  const Matrix first = run(p, x, 1);
  for (const Placement& b : placements())
    for (const Placement& d : placements()) {
      p.b_place = b, p.d_place = d;
      x.b = relaid(x.b, b);
      ASSERT_TRUE(same_bits(run(p, x, 2), first)) << to_string(p);
    }
}

// Row by row the same as alone, column by column too: no element depends on its neighbours.
TEST_P(BoundMatmul, ElementsAreIndependentOfTheShape) {
  MatmulProblem p = random_problem(GetParam(), DataType::f32, {2, 4}, random_);
  p.m = 6, p.n = 70, p.k = 99;
  MatmulData x = make_data(p, Data::real, random_);
  const Matrix all = run(p, x, 2);
  for (std::int64_t column : {0, 15, 16, 63, 64, 69}) {
    MatmulProblem one = p;
    one.n = 1;
    one.b_place = {};
    MatmulData y = x;
    y.b = submatrix(x.b, 0, p.k, column, column + 1);
    y.c = Matrix(p.d, p.m, 1);
    const Matrix alone = run(one, y, 1);
    for (std::int64_t r = 0; r < p.m; ++r)
      ASSERT_EQ(alone.bits(r, 0), all.bits(r, column)) << to_string(p) << " column " << column;
  }
}

// Ascending k: 1e8 + 1 - 1e8 is 0 in f32, and 1 in any other order that meets the 1 last.
TEST(MatmulOrder, SumsInAscendingK) {
  for (std::int64_t n : {1, 16, 17, 64, 100})
    for (std::int64_t gap : {1, 5, 40, 3000}) {
      const std::int64_t k = 2 * gap + 1;
      Matrix a(DataType::f32, 1, k), b(DataType::f32, k, n), d(DataType::f32, 1, n);
      a.set(0, 0, 1e8);
      a.set(0, gap, 1);
      a.set(0, 2 * gap, -1e8);
      b.each([](auto, auto) { return encode(DataType::f32, 1); });
      Blob blob({1, k, {1, 1}, DataType::f32, PackedOrder::canonical});
      ASSERT_TRUE(succeeds(pack(Exec::cpu(1), a.view(), blob.view())));
      ASSERT_TRUE(succeeds(matmul(Exec::cpu(4), blob.cview(), b.view(), d.view())));
      for (std::int64_t c = 0; c < n; ++c) ASSERT_EQ(d.at(0, c), 0) << n << " " << gap;
    }
}

}  // namespace
}  // namespace heddle
