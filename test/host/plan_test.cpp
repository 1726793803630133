// Plans on the CPU: the same bits as matmul for every n and from many threads.

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <thread>
#include <tuple>
#include <vector>

#include "test/host/matmul_case.hpp"

namespace heddle {
namespace {

using namespace oracle;

// A packed problem with the largest n, and the description of its plan.
struct Planned {
  MatmulProblem p;
  MatmulData x;
  Blob blob;
  MatmulDesc desc;

  explicit Planned(const MatmulProblem& of, std::uint64_t seed)
      : p(of), x(data_of(of, seed)), blob({p.m, p.k, p.pattern, p.a, p.packed}) {
    EXPECT_TRUE(succeeds(pack(Exec::cpu(1), x.a.view(), x.kept.view(), blob.view())));
    desc.a = blob.desc();
    desc.max_n = p.n;
    desc.max_batch = p.batch;
    desc.b_type = p.b, desc.d_type = p.d;
    desc.b_order = p.b_place.order, desc.c_order = p.c_place.order, desc.d_order = p.d_place.order;
    if (p.bias) desc.bias = x.bias.type;
    desc.scale_m = p.scale_m, desc.scale_n = p.scale_n;
    desc.activation = p.activation;
  }
  static MatmulData data_of(const MatmulProblem& p, std::uint64_t seed) {
    Random random(seed);
    return make_data(p, Data::real, random);
  }

  // The first n tokens of the problem.
  MatmulBuffers buffers(std::int64_t n, const MatrixView& d) const {
    MatmulBuffers y;
    y.a = blob.cview();
    y.b = x.b.view(), y.b.cols = n;
    y.d = d;
    y.alpha = p.alpha, y.beta = p.beta;
    if (p.beta != 0) y.c = x.c.view(), y.c->cols = n;
    if (p.bias) y.bias = x.bias.view();
    if (p.scale_m) y.scale_m = x.scale_m.view();
    if (p.scale_n) y.scale_n = x.scale_n.view(), y.scale_n->size = n;
    return y;
  }
  Matrix by_matmul(std::int64_t n) const {
    Matrix d(p.d, p.m, n, p.d_place);
    const MatmulBuffers y = buffers(n, d.view());
    const MatmulOptions options = {y.alpha,   y.beta,    y.c,         y.bias,
                                   y.scale_m, y.scale_n, p.activation};
    EXPECT_TRUE(succeeds(matmul(Exec::cpu(1), y.a, y.b, y.d, options)));
    return d;
  }
  Matrix by_plan(const MatmulPlan& plan, std::int64_t n, int threads = 1) const {
    Matrix d(p.d, p.m, n, p.d_place);
    d.poison();
    EXPECT_TRUE(succeeds(run(Exec::cpu(threads), plan, buffers(n, d.view()))));
    EXPECT_TRUE(d.surroundings_intact());
    return d;
  }
  MatmulPlan plan() const {
    Result<MatmulPlan> made = make_plan(Exec::cpu(), desc);
    EXPECT_TRUE(succeeds(made.status()));
    EXPECT_TRUE(succeeds(check(Exec::cpu(), desc)));
    return *made;
  }
};

MatmulProblem full_problem(TypePair types, DataType d) {
  MatmulProblem p;
  p.m = 21, p.n = 70, p.k = 99;
  p.a = types.a, p.b = types.b, p.d = d;
  p.pattern = types.a == DataType::f32 ? Pattern{1, 2} : Pattern{2, 4};
  p.packed = PackedOrder::device;
  p.alpha = 0.5f, p.beta = 1.5f;
  p.b_place = p.d_place = {Order::col, 3, 1};
  p.bias = p.scale_m = p.scale_n = true;
  p.activation = Activation::gelu_tanh;
  return p;
}

TEST(Plan, GivesTheBitsOfMatmulForEveryN) {
  for (const TypePair& types : input_types())
    for (DataType d : output_types(types.a)) {
      const Planned t(full_problem(types, d), 141);
      SCOPED_TRACE(to_string(t.p));
      const MatmulPlan plan = t.plan();
      EXPECT_EQ(plan.workspace_size(), 0u);
      EXPECT_EQ(plan.desc().max_n, t.p.n);
      for (std::int64_t n = 1; n <= t.p.n; n += kSmall ? 23 : n < 20 ? 1 : 10)
        ASSERT_TRUE(same_bits(t.by_plan(plan, n, 2), t.by_matmul(n))) << n;
    }
}

TEST(Plan, HoldsForEitherOrderAndAnyPattern) {
  for (Pattern pattern : {Pattern{2, 4}, Pattern{1, 4}, Pattern{3, 5}, Pattern{16, 32}})
    for (PackedOrder order : {PackedOrder::canonical, PackedOrder::device}) {
      MatmulProblem p = full_problem({DataType::f16, DataType::f16}, DataType::f32);
      if (order == PackedOrder::device && !device_holds(pattern, p.a)) continue;
      p.pattern = pattern, p.packed = order;
      const Planned t(p, 142);
      ASSERT_TRUE(same_bits(t.by_plan(t.plan(), 17), t.by_matmul(17))) << to_string(p);
    }
}

TEST(Plan, IsSharedByThreads) {
  const Planned t(full_problem({DataType::bf16, DataType::bf16}, DataType::bf16), 143);
  std::optional<MatmulPlan> made = t.plan();
  std::vector<Matrix> expected;
  for (std::int64_t n = 1; n <= 8; ++n) expected.push_back(t.by_matmul(n));
  std::vector<std::thread> threads;
  std::array<bool, 8> same = {};
  for (std::int64_t i = 0; i < 8; ++i)
    threads.emplace_back([&, i, plan = *made] {  // a copy for each
      bool all = true;
      for (std::int64_t turn = 0; turn < effort(64); ++turn) {
        const std::int64_t n = 1 + (turn + i) % 8;
        all = all && same_bits(t.by_plan(plan, n), expected[static_cast<std::size_t>(n - 1)]);
      }
      same[static_cast<std::size_t>(i)] = all;
    });
  made.reset();  // copies live on
  for (std::thread& thread : threads) thread.join();
  for (bool all : same) EXPECT_TRUE(all);
}

TEST(Plan, OfABatch) {
  MatmulProblem p = full_problem({DataType::i8, DataType::i8}, DataType::i8);
  p.n = 4, p.batch = 3, p.beta = 0, p.alpha = 0x1p-9f;
  p.b_place = p.d_place = {};
  const Planned t(p, 144);
  const MatmulPlan plan = t.plan();
  for (std::int64_t count : {0, 1, 3}) {
    Matrix d(p.d, p.m * 3, p.n);
    MatrixView first = d.view();
    first.rows = p.m;
    MatmulBuffers y = t.buffers(p.n, first);
    y.batch = {count, 0, 0, p.m * p.n};
    ASSERT_TRUE(succeeds(run(Exec::cpu(1), plan, y)));
    const Matrix one = t.by_matmul(p.n);
    for (std::int64_t r = 0; r < d.rows(); ++r)
      for (std::int64_t c = 0; c < p.n; ++c)
        ASSERT_EQ(d.bits(r, c), r / p.m < count ? one.bits(r % p.m, c) : 0u) << r << " " << c;
  }
}

TEST(Plan, OfEmptyProblems) {
  for (const auto& [m, n, k] : {std::tuple{0, 5, 8}, {5, 0, 8}, {0, 0, 0}, {5, 6, 0}}) {
    MatmulProblem p = full_problem({DataType::f16, DataType::f16}, DataType::f16);
    p.m = m, p.n = n, p.k = k;
    const Planned t(p, 145);
    ASSERT_TRUE(same_bits(t.by_plan(t.plan(), n), t.by_matmul(n))) << to_string(p);
  }
  // No tokens with a plan for some.
  const Planned t(full_problem({DataType::f16, DataType::f16}, DataType::f16), 146);
  t.by_plan(t.plan(), 0);
}

}  // namespace
}  // namespace heddle
