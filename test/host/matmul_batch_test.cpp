// Strided batches: items one below the other or in the same lines, one B for all, C in every form.

#include <gtest/gtest.h>

#include "test/host/matmul_case.hpp"

namespace heddle {
namespace {

using namespace oracle;

enum class Along { rows, cols };

// `count` items within one matrix, `gap` rows or columns after each that belong to none.
class Items {
 public:
  Items(DataType type, std::int64_t rows, std::int64_t cols, std::int64_t count, Along along,
        std::int64_t gap, Placement place)
      : rows_(rows),
        cols_(cols),
        step_{along == Along::rows ? rows + gap : 0, along == Along::cols ? cols + gap : 0},
        all(type, along == Along::rows ? step_.rows * count : rows,
            along == Along::cols ? step_.cols * count : cols, place) {}

  MatrixView first() {
    MatrixView v = all.view();
    v.rows = rows_, v.cols = cols_;
    return v;
  }
  std::int64_t stride() {
    const MatrixView v = all.view();
    return v.order == Order::row ? step_.rows * v.ld + step_.cols : step_.cols * v.ld + step_.rows;
  }
  Matrix item(std::int64_t i) const {
    const std::int64_t r = i * step_.rows, c = i * step_.cols;
    return submatrix(all, r, r + rows_, c, c + cols_);
  }
  bool in_gap(std::int64_t r, std::int64_t c) const {
    return (step_.rows > 0 && r % step_.rows >= rows_) ||
           (step_.cols > 0 && c % step_.cols >= cols_);
  }

 private:
  struct Step {
    std::int64_t rows, cols;
  };
  std::int64_t rows_, cols_;
  Step step_;

 public:
  Matrix all;
};

enum class CKind { none, in_place, own, shared };

struct BatchCase {
  MatmulProblem p;
  Along along_b, along_d;
  std::int64_t gap;
  bool one_b;
  CKind c;
};

void expect_batch(const BatchCase& t, Random& random) {
  MatmulProblem p = t.p;
  SCOPED_TRACE(to_string(p) + " gap " + std::to_string(t.gap) + (t.one_b ? " one B" : ""));
  p.beta = t.c == CKind::none ? 0.0f : 2.0f;
  MatmulData x = make_data(p, Data::integers, random);
  Blob blob({p.m, p.k, p.pattern, p.a, p.packed});
  ASSERT_TRUE(succeeds(pack(Exec::cpu(1), x.a.view(), x.kept.view(), blob.view())));
  Items b(p.b, p.k, p.n, t.one_b ? 1 : p.batch, t.along_b, t.gap, p.b_place);
  Items c(p.d, p.m, p.n, t.c == CKind::shared ? 1 : p.batch, t.along_d, t.gap, p.c_place);
  Items d(p.d, p.m, p.n, p.batch, t.along_d, t.gap, p.d_place);
  for (Matrix* m : {&b.all, &c.all, &d.all}) fill_integers(*m, random, -3, 3);
  const Items before = d;
  MatmulOptions options = options_of(p, x);
  MatmulBatch batch = {p.batch, t.one_b ? 0 : b.stride(), 999, d.stride()};
  if (t.c == CKind::own || t.c == CKind::shared) {
    options.c = c.first();
    batch.c_stride = t.c == CKind::shared ? 0 : c.stride();
  }
  b.all.freeze(), c.all.freeze(), blob.freeze();
  const int threads = static_cast<int>(1 + random.below(3));
  ASSERT_TRUE(
      succeeds(matmul(Exec::cpu(threads), blob.cview(), b.first(), d.first(), options, batch)));
  EXPECT_TRUE(b.all.unchanged());
  EXPECT_TRUE(c.all.unchanged());
  EXPECT_TRUE(blob.unchanged());
  EXPECT_TRUE(d.all.surroundings_intact());
  for (std::int64_t r = 0; r < d.all.rows(); ++r)
    for (std::int64_t col = 0; col < d.all.cols(); ++col)
      if (d.in_gap(r, col)) {
        ASSERT_EQ(d.all.bits(r, col), before.all.bits(r, col)) << "gap at " << r << ", " << col;
      }
  for (std::int64_t i = 0; i < p.batch; ++i) {
    x.b = b.item(t.one_b ? 0 : i);
    x.c = t.c == CKind::in_place ? before.item(i) : c.item(t.c == CKind::own ? i : 0);
    ASSERT_TRUE(compare_exact(d.item(i), reference(p, x), true)) << "item " << i;
  }
}

class BatchMatmul : public testing::TestWithParam<TypePair> {};
INSTANTIATE_TEST_SUITE_P(Types, BatchMatmul, testing::ValuesIn(input_types()),
                         [](const auto& param) {
                           return type_name(param.param.a) + "x" + type_name(param.param.b);
                         });

TEST_P(BatchMatmul, EveryKindOfBatch) {
  Random random(131);
  for (DataType d : output_types(GetParam().a))
    for (std::int64_t count : {1, 3, 5})
      for (CKind c : {CKind::none, CKind::in_place, CKind::own, CKind::shared})
        for (int kind = 0; kind < 4; ++kind) {
          MatmulProblem p = random_problem(GetParam(), d, {2, 4}, random);
          p.batch = count;
          p.m = 1 + p.m % 20, p.n = 1 + p.n % 20;
          p.scale_m = kind % 2 == 1, p.scale_n = p.bias = kind == 2;
          expect_batch({p, kind % 2 == 0 ? Along::rows : Along::cols,
                        kind / 2 == 0 ? Along::rows : Along::cols, kind, random.below(3) == 0, c},
                       random);
          if (HasFatalFailure()) return;
        }
}

// More columns than one panel of B holds, with one B and with several.
TEST_P(BatchMatmul, SeveralPanels) {
  Random random(132);
  for (bool one_b : {false, true}) {
    MatmulProblem p = random_problem(GetParam(), DataType::f32, {1, 2}, random);
    p.m = 5, p.n = 150, p.k = 33, p.batch = 3;
    expect_batch({p, Along::cols, Along::rows, 1, one_b, CKind::none}, random);
  }
}

// One B whose panels are not in memory all at once: each item packs them anew.
TEST(LargeBatch, OneBInSeveralRounds) {
  if (kSmall) return;  // ten million elements
  constexpr std::int64_t kK = 50001, kN = 200;
  Random random(134);
  Matrix a(DataType::i8, 1, kK), b(DataType::i8, kK, kN), d(DataType::i32, 3, kN);
  fill_integers(a, random, -2, 2);
  fill_integers(b, random, -2, 2);
  Blob blob({1, kK, {2, 4}, DataType::i8, PackedOrder::canonical});
  ASSERT_TRUE(succeeds(pack(Exec::cpu(1), a.view(), blob.view())));
  MatrixView first = d.view();
  first.rows = 1;
  ASSERT_TRUE(succeeds(matmul(Exec::cpu(2), blob.cview(), b.view(), first)));
  first.data = static_cast<std::int32_t*>(first.data) + kN;
  ASSERT_TRUE(succeeds(matmul(Exec::cpu(2), blob.cview(), b.view(), first, {}, {2, 0, 0, kN})));
  for (std::int64_t c = 0; c < kN; ++c) {
    ASSERT_EQ(d.bits(1, c), d.bits(0, c)) << c;
    ASSERT_EQ(d.bits(2, c), d.bits(0, c)) << c;
  }
}

TEST(EmptyBatch, NeedsNoMemory) {
  Blob blob({4, 8, {2, 4}, DataType::f16, PackedOrder::canonical});
  MatmulOptions options;
  options.beta = 1;
  options.c = row_major(static_cast<const void*>(nullptr), 4, 3, DataType::f16);
  const ConstMatrixView b = row_major(static_cast<const void*>(nullptr), 8, 3, DataType::f16);
  const MatrixView d = row_major(static_cast<void*>(nullptr), 4, 3, DataType::f16);
  EXPECT_TRUE(succeeds(matmul(Exec::cpu(1), blob.cview(), b, d, options, {0, 0, 0, 0})));
  EXPECT_TRUE(fails(matmul(Exec::cpu(1), blob.cview(), b, d, options, {1, 0, 0, 0}),
                    StatusCode::invalid_argument, {"b.data", "null"}));
}

// ---- linear -------------------------------------------------------------------------------------

// Y = X W^T is the transpose of the product, whatever the orders.
TEST_P(BatchMatmul, LinearIsTheTransposedProduct) {
  Random random(133);
  for (DataType d : output_types(GetParam().a))
    for (int kind = 0; kind < 8; ++kind) {
      MatmulProblem p = random_problem(GetParam(), d, {2, 4}, random);
      p.bias = kind % 2 == 1, p.scale_m = kind / 2 % 2 == 1, p.scale_n = kind / 4 == 1;
      p.beta = kind % 3 == 0 ? 0.0f : 1.0f, p.separate_c = kind % 3 == 1;
      p.activation = Activation::relu;
      SCOPED_TRACE(to_string(p));
      MatmulData data = make_data(p, Data::integers, random);
      Blob weight({p.m, p.k, p.pattern, p.a, p.packed});
      ASSERT_TRUE(succeeds(pack(Exec::cpu(1), data.a.view(), data.kept.view(), weight.view())));
      Matrix x(p.b, p.n, p.k, p.b_place), c(p.d, p.n, p.m, p.c_place), y(p.d, p.n, p.m, p.d_place);
      x.each([&](auto t, auto i) { return data.b.bits(i, t); });
      c.each([&](auto t, auto f) { return data.c.bits(f, t); });
      y.each([&](auto t, auto f) { return data.c.bits(f, t); });
      MatmulOptions options = options_of(p, data);
      if (p.separate_c) options.c = c.view();
      ASSERT_TRUE(succeeds(linear(Exec::cpu(2), x.view(), weight.cview(), y.view(), options)));
      EXPECT_TRUE(y.surroundings_intact());
      Matrix turned(p.d, p.m, p.n);
      turned.each([&](auto f, auto t) { return y.bits(t, f); });
      ASSERT_TRUE(compare_exact(turned, reference(p, data), true));
    }
}

}  // namespace
}  // namespace heddle
