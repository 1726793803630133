// Products and plans through the C ABI: the bits of the C++ functions for every type, epilogue and
// batch; plans shared by threads; and every field that reaches them in vain.

#include <cmath>
#include <cstddef>

#include "test/host/c/c_case.hpp"
#include "test/host/matmul_case.hpp"

namespace heddle::oracle {
namespace {

heddle_vector c_vector(const ConstVectorView& v) {
  return {v.data, v.size, static_cast<std::int32_t>(v.type), 0};
}

template <class T>
T* if_any(bool any, T& value) {
  return any ? &value : nullptr;
}

// A problem, its memory as C views, and the C++ answer.
struct Case {
  MatmulProblem p;
  MatmulData x;
  Blob blob;
  heddle_packed a;
  heddle_matrix b, c;
  heddle_vector bias, scale_m, scale_n;
  Matrix want;

  Case(const MatmulProblem& of, std::uint64_t seed)
      : p(of),
        x(data_of(of, seed)),
        blob({p.m, p.k, p.pattern, p.a, p.packed}),
        want(p.d, p.m, p.n, p.d_place) {
    EXPECT_TRUE(succeeds(pack(Exec::cpu(1), x.a.view(), x.kept.view(), blob.view())));
    a = c_view(blob);
    b = c_view(x.b);
    c = c_view(x.c);
    bias = c_vector(x.bias.view());
    scale_m = c_vector(x.scale_m.view());
    scale_n = c_vector(x.scale_n.view());
    MatmulOptions options = options_of(p, x);
    if (p.separate_c) options.c = std::as_const(x.c).view();
    fill_d(want);
    EXPECT_TRUE(succeeds(matmul(Exec::cpu(1), blob.cview(), x.b.view(), want.view(), options)));
  }
  static MatmulData data_of(const MatmulProblem& p, std::uint64_t seed) {
    Random random(seed);
    return make_data(p, Data::real, random);
  }
  // C where there is no other, else NaN.
  void fill_d(Matrix& d) const {
    d.poison();
    if (!p.separate_c && p.beta != 0) d.each([&](auto r, auto col) { return x.c.bits(r, col); });
  }
  Matrix empty_d() const {
    Matrix d(p.d, p.m, p.n, p.d_place);
    fill_d(d);
    return d;
  }

  // The epilogue's fields of options and buffers have the same names.
  template <class T>
  void fill(T& to) const {
    to.alpha = p.alpha;
    to.beta = p.beta;
    to.c = if_any(p.separate_c, c);
    to.bias = if_any(p.bias, bias);
    to.scale_m = if_any(p.scale_m, scale_m);
    to.scale_n = if_any(p.scale_n, scale_n);
  }
  heddle_matmul_options options() const {
    heddle_matmul_options to;
    EXPECT_TRUE(c_succeeds(heddle_matmul_options_init(&to, sizeof(to))));
    fill(to);
    to.activation = static_cast<std::int32_t>(p.activation);
    return to;
  }
  heddle_matmul_buffers buffers(const Matrix& d) const {
    heddle_matmul_buffers to;
    EXPECT_TRUE(c_succeeds(heddle_matmul_buffers_init(&to, sizeof(to))));
    fill(to);
    to.a = a, to.b = b, to.d = c_view(d);
    return to;
  }
  heddle_matmul_desc desc() const {
    heddle_matmul_desc to;
    EXPECT_TRUE(c_succeeds(heddle_matmul_desc_init(&to, sizeof(to))));
    to.a = a.desc;
    to.max_n = p.n;
    to.max_batch = 2;
    to.b_type = b.type, to.d_type = static_cast<std::int32_t>(p.d);
    to.b_order = b.order, to.c_order = c.order;
    to.d_order = static_cast<std::int32_t>(p.d_place.order);
    if (p.bias) to.bias = bias.type;
    to.scale_m = p.scale_m, to.scale_n = p.scale_n;
    to.activation = static_cast<std::int32_t>(p.activation);
    return to;
  }
};

MatmulProblem random_case(TypePair types, DataType d, Random& random) {
  MatmulProblem p =
      random_problem(types, d, types.a == DataType::f32 ? Pattern{1, 2} : Pattern{2, 4}, random);
  p.alpha = 0.75f;
  p.bias = random.below(2) == 0, p.scale_m = random.below(2) == 0, p.scale_n = random.below(2) == 0;
  p.beta = random.below(2) == 0 ? 0.0f : 1.5f;
  p.separate_c = random.below(2) == 0;
  p.activation = static_cast<Activation>(random.below(5));
  return p;
}

Case one_case(std::uint64_t seed = 3) {
  MatmulProblem p;
  p.m = 13, p.n = 6, p.k = 24;
  p.a = p.b = DataType::f16, p.d = DataType::f32;
  p.bias = p.scale_m = p.scale_n = p.separate_c = true;
  p.beta = 0.5f;
  p.b_place = p.c_place = p.d_place = {Order::col, 1, 1};
  p.activation = Activation::silu;
  return {p, seed};
}

TEST(CMatmul, EveryTypeHasTheBitsOfTheCppFunctions) {
  Random random(7);
  const heddle_exec exec = c_cpu(2);
  for (const TypePair types : input_types())
    for (const DataType d_type : output_types(types.a))
      for (int i = 0; i < 6; ++i) {
        const Case k(random_case(types, d_type, random), static_cast<std::uint64_t>(i));
        SCOPED_TRACE(testing::Message() << to_string(types.a) << " " << to_string(d_type) << i);
        Matrix d = k.empty_d();
        const heddle_matrix d_view = c_view(d);
        const heddle_matmul_options options = k.options();
        ASSERT_TRUE(c_succeeds(heddle_matmul(&exec, &k.a, &k.b, &d_view, &options, nullptr)));
        ASSERT_TRUE(same_bits(k.want, d));

        heddle_plan* plan = nullptr;
        const heddle_matmul_desc desc = k.desc();
        ASSERT_TRUE(c_succeeds(heddle_check_matmul_desc(&exec, &desc)));
        ASSERT_TRUE(c_succeeds(heddle_plan_create(&exec, &desc, &plan)));
        k.fill_d(d);
        const heddle_matmul_buffers buffers = k.buffers(d);
        EXPECT_TRUE(c_succeeds(heddle_run(&exec, plan, &buffers, nullptr)));
        EXPECT_TRUE(same_bits(k.want, d));
        heddle_plan_destroy(plan);
      }
}

heddle_matrix turned(heddle_matrix m) {
  std::swap(m.rows, m.cols);
  m.order = m.order == HEDDLE_ROW ? HEDDLE_COL : HEDDLE_ROW;
  return m;
}

TEST(CMatmul, LinearIsTheTransposedProduct) {
  const heddle_exec exec = c_cpu();
  const Case k = one_case();
  Matrix d = k.empty_d();
  const heddle_matrix x = turned(k.b), y = turned(c_view(d)), c = turned(k.c);
  heddle_matmul_options options = k.options();
  options.c = &c;
  ASSERT_TRUE(c_succeeds(heddle_linear(&exec, &x, &k.a, &y, &options)));
  EXPECT_TRUE(same_bits(k.want, d));
  expect_nulls_refused(heddle_linear, {"exec", "x", "weight", "y", ""}, &exec, &x, &k.a, &y,
                       &options);
}

TEST(CMatmul, NullOptionsAreTheDefaults) {
  const heddle_exec exec = c_cpu();
  const Case k = one_case();
  Matrix want = k.empty_d(), got = k.empty_d();
  const heddle_matrix d = c_view(got);
  ASSERT_TRUE(succeeds(matmul(Exec::cpu(1), k.blob.cview(), k.x.b.view(), want.view())));
  ASSERT_TRUE(c_succeeds(heddle_matmul(&exec, &k.a, &k.b, &d, nullptr, nullptr)));
  EXPECT_TRUE(same_bits(want, got));
  expect_nulls_refused(heddle_matmul, {"exec", "a", "b", "d", "", ""}, &exec, &k.a, &k.b, &d,
                       static_cast<const heddle_matmul_options*>(nullptr),
                       static_cast<const heddle_matmul_batch*>(nullptr));
}

TEST(CMatmul, BatchesHaveTheirOwnStrides) {
  const heddle_exec exec = c_cpu();
  const Case k = one_case();
  constexpr std::int64_t kCount = 3;
  // Each matrix of a batch in full columns of one tall matrix.
  Matrix b(k.p.b, k.p.k, kCount * 8, {Order::col, 0, 0});
  Matrix c(k.p.d, k.p.m, kCount * 7, {Order::col, 0, 0});
  Matrix want(k.p.d, k.p.m, kCount * 9, {Order::col, 0, 0});
  Random random(5);
  fill_normal(b, random);
  fill_normal(c, random);
  Matrix got = want;
  const MatmulBatch batch = {kCount, 8 * k.p.k, 7 * k.p.m, 9 * k.p.m};
  const auto first = [&](const Matrix& m) {
    ConstMatrixView v = m.view();
    v.cols = k.p.n;
    return v;
  };
  MatrixView d = want.view();
  d.cols = k.p.n;
  MatmulOptions cpp = options_of(k.p, k.x);
  cpp.c = first(c);
  ASSERT_TRUE(succeeds(matmul(Exec::cpu(1), k.blob.cview(), first(b), d, cpp, batch)));

  const heddle_matmul_batch c_batch = {kCount, batch.b_stride, batch.c_stride, batch.d_stride};
  heddle_matrix b_view = c_view(first(b)), c_first = c_view(first(c)), d_view = c_view(first(got));
  heddle_matmul_options options = k.options();
  options.c = &c_first;
  ASSERT_TRUE(c_succeeds(heddle_matmul(&exec, &k.a, &b_view, &d_view, &options, &c_batch)));
  EXPECT_TRUE(same_bits(want, got));

  got.poison();
  heddle_matmul_desc desc = k.desc();
  desc.max_batch = kCount;
  heddle_plan* plan = nullptr;
  ASSERT_TRUE(c_succeeds(heddle_plan_create(&exec, &desc, &plan)));
  heddle_matmul_buffers buffers = k.buffers(got);
  buffers.b = b_view, buffers.c = &c_first, buffers.d = d_view, buffers.batch = c_batch;
  EXPECT_TRUE(c_succeeds(heddle_run(&exec, plan, &buffers, nullptr)));
  for (std::int64_t i = 0; i < kCount; ++i)
    for (std::int64_t col = 9 * i; col < 9 * i + k.p.n; ++col)
      for (std::int64_t row = 0; row < k.p.m; ++row)
        EXPECT_EQ(want.bits(row, col), got.bits(row, col));
  heddle_plan_destroy(plan);
}

TEST(CMatmul, NanInTheBiasReachesItsRow) {
  const heddle_exec exec = c_cpu();
  Case k = one_case();
  store_bits(k.x.bias.bytes.data(), 4, k.x.bias.type, nan_code(k.x.bias.type));
  Matrix d = k.empty_d();
  const heddle_matrix d_view = c_view(d);
  const heddle_matmul_options options = k.options();
  ASSERT_TRUE(c_succeeds(heddle_matmul(&exec, &k.a, &k.b, &d_view, &options, nullptr)));
  for (std::int64_t r = 0; r < k.p.m; ++r)
    for (std::int64_t col = 0; col < k.p.n; ++col) EXPECT_EQ(std::isnan(d.at(r, col)), r == 4);
}

TEST(CMatmul, OptionsOfOtherSizes) {
  const heddle_exec exec = c_cpu();
  const Case k = one_case();
  Matrix want = k.empty_d(), got = k.empty_d();
  const heddle_matrix d = c_view(got);
  // An older caller that knows alpha and beta only: what follows in its memory is not looked at.
  heddle_matmul_options old = k.options();
  old.beta = 0;
  old.size = offsetof(heddle_matmul_options, c);
  MatmulOptions cpp;
  cpp.alpha = old.alpha;
  ASSERT_TRUE(succeeds(matmul(Exec::cpu(1), k.blob.cview(), k.x.b.view(), want.view(), cpp)));
  ASSERT_TRUE(c_succeeds(heddle_matmul(&exec, &k.a, &k.b, &d, &old, nullptr)));
  EXPECT_TRUE(same_bits(want, got));

  struct {
    heddle_matmul_options known;
    std::int64_t added;
  } newer = {k.options(), 0};
  newer.known.size = sizeof(newer);
  k.fill_d(got);
  ASSERT_TRUE(c_succeeds(heddle_matmul(&exec, &k.a, &k.b, &d, &newer.known, nullptr)));
  EXPECT_TRUE(same_bits(k.want, got));
  newer.added = 1;
  EXPECT_TRUE(c_fails(heddle_matmul(&exec, &k.a, &k.b, &d, &newer.known, nullptr),
                      HEDDLE_UNSUPPORTED, {"options"}));
  for (const std::size_t size : {std::size_t{0}, std::size_t{4}, SIZE_MAX}) {
    heddle_matmul_options bad = k.options();
    bad.size = size;
    EXPECT_TRUE(c_fails(heddle_matmul(&exec, &k.a, &k.b, &d, &bad, nullptr),
                        HEDDLE_INVALID_ARGUMENT, {"options.size"}));
  }
}

TEST(CMatmul, NumbersThatAreNoValues) {
  const heddle_exec exec = c_cpu();
  const Case k = one_case();
  Matrix d = k.empty_d();
  const heddle_matrix d_view = c_view(d);
  const auto refused = [&](const heddle_matmul_options& options, heddle_status code,
                           const char* name) {
    EXPECT_TRUE(
        c_fails(heddle_matmul(&exec, &k.a, &k.b, &d_view, &options, nullptr), code, {name}));
  };
  for (const std::int32_t bad : {-1, 5, INT32_MAX, INT32_MIN}) {
    heddle_matmul_options options = k.options();
    options.activation = bad;
    refused(options, HEDDLE_INVALID_ARGUMENT, "options.activation = ");
    heddle_vector vector = k.bias;
    vector.type = bad == 5 ? 7 : bad;
    options = k.options();
    options.bias = &vector;
    refused(options, HEDDLE_INVALID_ARGUMENT, "options.bias.type = ");
    heddle_matrix matrix = k.c;
    matrix.order = bad;
    options = k.options();
    options.c = &matrix;
    refused(options, HEDDLE_INVALID_ARGUMENT, "options.c.order = ");
  }
  heddle_matmul_options options = k.options();
  options.reserved = 1;
  refused(options, HEDDLE_UNSUPPORTED, "options.reserved = 1");
}

}  // namespace
}  // namespace heddle::oracle
