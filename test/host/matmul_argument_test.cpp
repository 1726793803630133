// Every requirement of matmul, linear and plans, broken one at a time.

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "heddle/heddle.hpp"
#include "test/oracle/matrix.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using oracle::Blob;
using oracle::fails;
using oracle::Matrix;
using oracle::succeeds;

constexpr auto kBad = StatusCode::invalid_argument;
constexpr auto kNone = StatusCode::unsupported;
constexpr std::int64_t kM = 4, kK = 8, kN = 3;

class MatmulArguments : public testing::Test {
 protected:
  MatmulArguments() { EXPECT_TRUE(succeeds(pack(cpu, matrix.view(), blob.view()))); }

  MatmulBuffers buffers() {
    MatmulBuffers x;
    x.a = blob.cview(), x.b = b.view(), x.d = d.view();
    return x;
  }
  MatmulDesc desc() const {
    MatmulDesc x;
    x.a = blob.desc();
    x.max_n = kN;
    x.d_type = DataType::f32;
    x.b_order = x.c_order = x.d_order = Order::row;
    return x;
  }
  template <class Change>
  Status with(Change change) {
    MatmulOptions options;
    MatmulBatch batch;
    change(options, batch);
    return matmul(cpu, blob.cview(), b.view(), d.view(), options, batch);
  }
  // A description that is wrong in one way: check and make_plan say the same.
  template <class Change>
  Status planned(Change change) {
    MatmulDesc x = desc();
    change(x);
    const Status status = make_plan(cpu, x).status();
    EXPECT_EQ(check(cpu, x).to_string(), status.to_string());
    return status;
  }
  // Buffers that are wrong in one way, run with a plan that is good for the others.
  template <class Change>
  Status run_with(Change change, MatmulDesc of = {}) {
    if (of.a.rows == 0) of = desc();
    const Result<MatmulPlan> plan = make_plan(cpu, of);
    if (!plan.ok()) return plan.status();
    MatmulBuffers x = buffers();
    change(x);
    return run(cpu, *plan, x);
  }

  Exec cpu = Exec::cpu(1);
  Matrix matrix{DataType::f16, kM, kK};
  Blob blob{{kM, kK, {2, 4}, DataType::f16, PackedOrder::canonical}};
  Matrix b{DataType::f16, kK, kN};
  Matrix d{DataType::f32, kM, kN};
  std::vector<float> vector = std::vector<float>(16, 1.0f);
  ConstVectorView rows{vector.data(), kM, DataType::f32};
  ConstVectorView cols{vector.data(), kN, DataType::f32};
};

// ---- options ------------------------------------------------------------------------------------

TEST_F(MatmulArguments, Scales) {
  EXPECT_TRUE(succeeds(with([&](auto& o, auto&) { o.scale_m = rows, o.scale_n = cols; })));
  EXPECT_TRUE(fails(with([&](auto& o, auto&) { o.scale_m = cols; }), kBad,
                    {"options.scale_m.size", "3", "4"}));
  EXPECT_TRUE(fails(with([&](auto& o, auto&) { o.scale_n = rows; }), kBad,
                    {"options.scale_n.size", "4", "3"}));
  rows.data = cols.data = nullptr;
  EXPECT_TRUE(fails(with([&](auto& o, auto&) { o.scale_m = rows; }), kBad,
                    {"options.scale_m.data", "null"}));
  EXPECT_TRUE(fails(with([&](auto& o, auto&) { o.scale_n = cols; }), kBad,
                    {"options.scale_n.data", "null"}));
  for (DataType type : {DataType::f16, DataType::bf16, DataType::i32}) {
    rows.type = cols.type = type;
    EXPECT_TRUE(fails(with([&](auto& o, auto&) { o.scale_m = rows; }), kNone,
                      {"options.scale_m.type", to_string(type), "f32"}));
    EXPECT_TRUE(fails(with([&](auto& o, auto&) { o.scale_n = cols; }), kNone,
                      {"options.scale_n.type", to_string(type), "f32"}));
  }
}

TEST_F(MatmulArguments, VectorsWithinD) {
  const ConstVectorView in_d = {d.view().data, kM, DataType::f32};
  const ConstVectorView cols_in_d = {d.view().data, kN, DataType::f32};
  EXPECT_TRUE(fails(with([&](auto& o, auto&) { o.bias = in_d; }), kBad,
                    {"d.data", "overlap", "options.bias"}));
  EXPECT_TRUE(fails(with([&](auto& o, auto&) { o.scale_m = in_d; }), kBad,
                    {"d.data", "overlap", "options.scale_m"}));
  EXPECT_TRUE(fails(with([&](auto& o, auto&) { o.scale_n = cols_in_d; }), kBad,
                    {"d.data", "overlap", "options.scale_n"}));
}

// ---- batches ------------------------------------------------------------------------------------

TEST_F(MatmulArguments, Batches) {
  constexpr std::int64_t kHuge = std::int64_t{1} << 62;
  Matrix all_b(DataType::f16, 3 * kK, kN), all_d(DataType::f32, 3 * kM, kN);
  const auto view = [](Matrix& m, std::int64_t count) {
    MatrixView v = m.view();
    v.rows /= count;
    return v;
  };
  const auto with_batch = [&](MatmulBatch batch, const std::optional<ConstMatrixView>& c = {}) {
    MatmulOptions options;
    options.beta = 1, options.c = c;
    return matmul(cpu, blob.cview(), view(all_b, 3), view(all_d, 3), options, batch);
  };
  const MatmulBatch good = {3, kK * kN, 0, kM * kN};
  EXPECT_TRUE(succeeds(with_batch(good)));
  EXPECT_TRUE(fails(with_batch({-1, 0, 0, 0}), kBad, {"batch.count", "-1"}));
  EXPECT_TRUE(fails(with_batch({3, -1, 0, kM * kN}), kBad, {"batch.b_stride", "-1", ">= 0"}));
  EXPECT_TRUE(fails(with_batch({3, 0, 0, -12}), kBad, {"batch.d_stride", "-12", ">= 0"}));
  EXPECT_TRUE(fails(with_batch({3, kHuge, 0, kM * kN}), kBad, {"batch.b_stride", "2^63"}));
  EXPECT_TRUE(fails(with_batch({3, 0, 0, kHuge}), kBad, {"batch.d_stride", "2^63"}));
  for (std::int64_t stride : {std::int64_t{0}, std::int64_t{1}, kM * kN - 1})
    EXPECT_TRUE(fails(with_batch({3, 0, 0, stride}), kBad,
                      {"batch.d_stride", std::to_string(stride).c_str(), "apart"}));
  // One product: strides mean nothing.
  EXPECT_TRUE(succeeds(with_batch({1, -1, -1, -1})));

  // C: D itself needs D's stride, anything else may not meet another item of D.
  const MatrixView d0 = view(all_d, 3);
  EXPECT_TRUE(succeeds(with_batch({3, 0, kM * kN, kM * kN}, d0)));
  EXPECT_TRUE(fails(with_batch({3, 0, 0, kM * kN}, d0), kBad, {"batch.c_stride", "0", "12"}));
  Matrix c(DataType::f32, kM, kN);
  EXPECT_TRUE(succeeds(with_batch({3, 0, 0, kM * kN}, c.view())));
  EXPECT_TRUE(fails(with_batch({3, 0, -5, kM * kN}, c.view()), kBad, {"batch.c_stride", "-5"}));
  EXPECT_TRUE(fails(with_batch({3, 0, kHuge, kM * kN}, c.view()), kBad, {"batch.c_stride"}));
  MatrixView d1 = d0;
  d1.data = static_cast<float*>(d0.data) + kM * kN;
  EXPECT_TRUE(fails(with_batch({3, 0, 0, kM * kN}, d1), kBad, {"d.data", "overlap", "options.c"}));
}

// An item of D on an item of B, neither of them the first.
TEST_F(MatmulArguments, LaterItemsOverlap) {
  std::vector<float> memory(200);
  const ConstMatrixView in = row_major(memory.data(), kK, kN, DataType::f16);
  const auto product_at = [&](std::int64_t floats, std::int64_t count) {
    return matmul(cpu, blob.cview(), in, row_major(memory.data() + floats, kM, kN, DataType::f32),
                  {}, {count, 100, 0, kM * kN});
  };
  // B: floats 0 to 11, 50 to 61, 100 to 111; D: 12 from 12 on.
  EXPECT_TRUE(succeeds(product_at(12, 1)));
  EXPECT_TRUE(fails(product_at(12, 4), kBad, {"d.data", "overlap", "b"}));
  EXPECT_TRUE(succeeds(product_at(12, 3)));
  EXPECT_TRUE(fails(product_at(16, 3), kBad, {"d.data", "overlap", "b"}));
  EXPECT_TRUE(succeeds(product_at(62, 3)));
  EXPECT_TRUE(fails(product_at(65, 3), kBad, {"d.data", "overlap", "b"}));
}

// ---- linear -------------------------------------------------------------------------------------

TEST_F(MatmulArguments, Linear) {
  Matrix x(DataType::f16, kN, kK), y(DataType::f32, kN, kM), c(DataType::f32, kN, kM);
  const auto with_options = [&](const Matrix& of_x, Matrix& of_y, const MatmulOptions& options) {
    return linear(cpu, of_x.view(), blob.cview(), of_y.view(), options);
  };
  MatmulOptions options;
  options.beta = 1;
  options.c = c.view();
  EXPECT_TRUE(succeeds(with_options(x, y, options)));
  options.c = y.view();
  EXPECT_TRUE(succeeds(with_options(x, y, options)));
  options.c = d.view();  // [m, n]: turned
  EXPECT_TRUE(fails(with_options(x, y, options), kBad, {"options.c", "4 x 3", "3 x 4"}));
  options = {};
  Matrix wide_x(DataType::f16, kN, kK + 1), wide_y(DataType::f32, kN, kM + 1);
  Matrix other_x(DataType::bf16, kN, kK), other_y(DataType::i32, kN, kM);
  EXPECT_TRUE(fails(with_options(wide_x, y, options), kBad, {"x", "3 x 9", "3 x 8"}));
  EXPECT_TRUE(fails(with_options(x, wide_y, options), kBad, {"y", "3 x 5", "3 x 4"}));
  EXPECT_TRUE(fails(with_options(other_x, y, options), kNone, {"x.type", "bf16", "f16"}));
  EXPECT_TRUE(fails(with_options(x, other_y, options), kNone, {"y.type", "i32"}));
  options.activation = static_cast<Activation>(9);
  EXPECT_TRUE(fails(with_options(x, y, options), kBad, {"options.activation", "9"}));
  MatrixView in_x = y.view();
  in_x.data = x.view().data;
  EXPECT_TRUE(fails(linear(cpu, x.view(), blob.cview(), in_x), kBad, {"y.data", "overlap", "x"}));
  EXPECT_TRUE(fails(linear(cpu, x.view(), {blob.desc(), blob.data(), 5}, y.view()), kBad,
                    {"weight.bytes", "5"}));
  MatrixView bad = y.view();
  bad.ld = 1;
  EXPECT_TRUE(fails(linear(cpu, x.view(), blob.cview(), bad), kBad, {"y.ld", "1", "row"}));
}

// ---- descriptions -------------------------------------------------------------------------------

TEST_F(MatmulArguments, Descriptions) {
  EXPECT_TRUE(succeeds(planned([](auto&) {})));
  EXPECT_TRUE(succeeds(planned([](auto& x) { x.max_n = x.max_batch = 0; })));
  EXPECT_TRUE(fails(planned([](auto& x) { x.a.rows = -1; }), kBad, {"desc.a", "rows", "-1"}));
  EXPECT_TRUE(fails(planned([](auto& x) { x.a.pattern = {5, 4}; }), kBad, {"pattern", "5:4"}));
  EXPECT_TRUE(fails(planned([](auto& x) { x.max_n = -1; }), kBad, {"desc.max_n", "-1"}));
  EXPECT_TRUE(fails(planned([](auto& x) { x.max_batch = -2; }), kBad, {"desc.max_batch", "-2"}));
  EXPECT_TRUE(fails(planned([](auto& x) { x.max_n = std::numeric_limits<std::int64_t>::max(); }),
                    kBad, {"desc.max_n", "9223372036854775807", "2^63"}));
  EXPECT_TRUE(fails(planned([](auto& x) { x.b_type = static_cast<DataType>(99); }), kBad,
                    {"desc.b_type", "99"}));
  EXPECT_TRUE(fails(planned([](auto& x) { x.d_type = static_cast<DataType>(98); }), kBad,
                    {"desc.d_type", "98"}));
  EXPECT_TRUE(
      fails(planned([](auto& x) { x.b_type = DataType::bf16; }), kNone, {"desc.b_type", "bf16"}));
  EXPECT_TRUE(
      fails(planned([](auto& x) { x.d_type = DataType::i8; }), kNone, {"desc.d_type", "i8"}));
  EXPECT_TRUE(fails(planned([](auto& x) { x.b_order = static_cast<Order>(7); }), kBad,
                    {"desc.b_order", "7"}));
  EXPECT_TRUE(fails(planned([](auto& x) { x.c_order = static_cast<Order>(8); }), kBad,
                    {"desc.c_order", "8"}));
  EXPECT_TRUE(fails(planned([](auto& x) { x.d_order = static_cast<Order>(9); }), kBad,
                    {"desc.d_order", "9"}));
  EXPECT_TRUE(
      fails(planned([](auto& x) { x.bias = DataType::i8; }), kNone, {"desc.bias", "i8", "f32"}));
  EXPECT_TRUE(fails(planned([](auto& x) { x.activation = static_cast<Activation>(6); }), kBad,
                    {"desc.activation", "6"}));
  EXPECT_TRUE(fails(planned([](auto& x) {
                      x.tuning.entries = {{0, {}}};
                    }),
                    kBad, {"desc.tuning.entries[0].max_n", "0"}));
  EXPECT_TRUE(fails(planned([](auto& x) {
                      x.tuning.entries = {{8, {}}, {8, {}}};
                    }),
                    kBad, {"desc.tuning.entries[1].max_n", "8"}));
  MatmulDesc x = desc();
  EXPECT_TRUE(fails(make_plan(Exec::cpu(-3), x).status(), kBad, {"exec.threads", "-3"}));
}

// ---- buffers of a plan --------------------------------------------------------------------------

TEST_F(MatmulArguments, BuffersDifferFromThePlan) {
  Blob other({kM, kK, {1, 4}, DataType::f16, PackedOrder::canonical});
  Blob device({kM, kK, {2, 4}, DataType::f16, PackedOrder::device});
  Blob tall({kM + 1, kK, {2, 4}, DataType::f16, PackedOrder::canonical});
  Blob wide({kM, kK + 1, {2, 4}, DataType::f16, PackedOrder::canonical});
  Blob bf16({kM, kK, {2, 4}, DataType::bf16, PackedOrder::canonical});
  Matrix many(DataType::f16, kK, kN + 1), many_d(DataType::f32, kM, kN + 1);
  Matrix c(DataType::f32, kM, kN, {Order::col, 0, 0});
  EXPECT_TRUE(succeeds(run_with([](auto&) {})));
  const auto a_is = [&](Blob& a) { return run_with([&](auto& x) { x.a = a.cview(); }); };
  EXPECT_TRUE(fails(a_is(other), kBad, {"buffers.a.desc.pattern", "1:4", "2:4"}));
  EXPECT_TRUE(fails(a_is(device), kBad, {"buffers.a.desc.order", "device", "canonical"}));
  EXPECT_TRUE(fails(a_is(tall), kBad, {"buffers.a.desc.rows", "5", "4"}));
  EXPECT_TRUE(fails(a_is(wide), kBad, {"buffers.a.desc.cols", "9", "8"}));
  EXPECT_TRUE(fails(a_is(bf16), kBad, {"buffers.a.desc.type", "bf16", "f16"}));
  EXPECT_TRUE(fails(run_with([](auto& x) { x.b.type = DataType::bf16; }), kBad,
                    {"buffers.b.type", "bf16", "f16"}));
  EXPECT_TRUE(fails(run_with([](auto& x) { x.b.order = Order::col; }), kBad,
                    {"buffers.b.order", "col", "row"}));
  EXPECT_TRUE(fails(run_with([](auto& x) { x.d.type = DataType::f16; }), kBad,
                    {"buffers.d.type", "f16", "f32"}));
  EXPECT_TRUE(fails(run_with([](auto& x) { x.d.order = Order::col; }), kBad,
                    {"buffers.d.order", "col", "row"}));
  EXPECT_TRUE(
      fails(run_with([&](auto& x) { x.c = c.view(); }), kBad, {"buffers.c.order", "col", "row"}));
  EXPECT_TRUE(fails(run_with([&](auto& x) { x.b = many.view(), x.d = many_d.view(); }), kBad,
                    {"buffers.d.cols", "4", "3", "max_n"}));
  EXPECT_TRUE(fails(run_with([&](auto& x) { x.batch.count = 2; }), kBad,
                    {"buffers.batch.count", "2", "1", "max_batch"}));
}

TEST_F(MatmulArguments, PartsOfThePlanAreGivenOrNot) {
  EXPECT_TRUE(fails(run_with([&](auto& x) { x.bias = rows; }), kBad, {"buffers.bias", "absent"}));
  EXPECT_TRUE(
      fails(run_with([&](auto& x) { x.scale_m = rows; }), kBad, {"buffers.scale_m", "absent"}));
  EXPECT_TRUE(
      fails(run_with([&](auto& x) { x.scale_n = cols; }), kBad, {"buffers.scale_n", "absent"}));
  MatmulDesc all = desc();
  all.bias = DataType::f32, all.scale_m = all.scale_n = true;
  const auto with_all = [&](auto change) {
    return run_with(
        [&](auto& x) {
          x.bias = x.scale_m = rows, x.scale_n = cols;
          change(x);
        },
        all);
  };
  EXPECT_TRUE(succeeds(with_all([](auto&) {})));
  EXPECT_TRUE(fails(with_all([](auto& x) { x.bias = {}; }), kBad, {"buffers.bias", "given"}));
  EXPECT_TRUE(fails(with_all([](auto& x) { x.scale_m = {}; }), kBad, {"buffers.scale_m", "given"}));
  EXPECT_TRUE(fails(with_all([](auto& x) { x.scale_n = {}; }), kBad, {"buffers.scale_n", "given"}));
  EXPECT_TRUE(fails(with_all([](auto& x) { x.bias->type = DataType::f16; }), kBad,
                    {"buffers.bias.type", "f16", "f32"}));
  EXPECT_TRUE(fails(with_all([](auto& x) { x.bias->size = 3; }), kBad, {"buffers.bias.size", "3"}));
  EXPECT_TRUE(
      fails(with_all([](auto& x) { x.scale_m->size = 5; }), kBad, {"buffers.scale_m.size", "5"}));
  EXPECT_TRUE(fails(with_all([](auto& x) { x.scale_n->type = DataType::f16; }), kNone,
                    {"buffers.scale_n.type", "f16"}));
}

TEST_F(MatmulArguments, MemoryOfARun) {
  EXPECT_TRUE(fails(run_with([](auto& x) { x.a.data = nullptr; }), kBad, {"buffers.a.data"}));
  EXPECT_TRUE(fails(run_with([](auto& x) { x.a.bytes -= 1; }), kBad, {"buffers.a.bytes"}));
  EXPECT_TRUE(fails(run_with([](auto& x) { x.b.data = nullptr; }), kBad, {"buffers.b.data"}));
  EXPECT_TRUE(
      fails(run_with([](auto& x) { x.b.rows = 7; }), kBad, {"buffers.b", "7 x 3", "8 x 3"}));
  EXPECT_TRUE(
      fails(run_with([](auto& x) { x.d.rows = 5; }), kBad, {"buffers.d", "5 x 3", "4 x 3"}));
  EXPECT_TRUE(fails(run_with([](auto& x) { x.d.ld = 1; }), kBad, {"buffers.d.ld", "1"}));
  EXPECT_TRUE(fails(run_with([](auto& x) { x.batch.count = -1; }), kBad, {"buffers.batch.count"}));
  EXPECT_TRUE(fails(run_with([](auto& x) { x.d.data = const_cast<void*>(x.b.data); }), kBad,
                    {"buffers.d.data", "overlap", "buffers.b"}));
  Matrix c16(DataType::f16, kM, kN);
  EXPECT_TRUE(
      fails(run_with([&](auto& x) { x.c = c16.view(); }), kBad, {"buffers.c.type", "f16", "f32"}));
}

TEST_F(MatmulArguments, WhereAPlanRuns) {
  const Result<MatmulPlan> plan = make_plan(cpu, desc());
  ASSERT_TRUE(plan.ok());
  EXPECT_TRUE(fails(run(Exec::cuda(), *plan, buffers()), kBad, {"exec", "cuda", "cpu"}));
  EXPECT_TRUE(fails(run(Exec::cpu(-2), *plan, buffers()), kBad, {"exec.threads", "-2"}));
  EXPECT_TRUE(fails(plan->selection(1).status(), StatusCode::unavailable, {"cpu"}));
  EXPECT_TRUE(fails(tune(cpu, *plan, buffers(), {}).status(), StatusCode::unavailable, {"cpu"}));
  EXPECT_TRUE(fails(tune(Exec::cuda(), *plan, buffers(), {}).status(), kBad, {"exec", "cuda"}));
}

TEST_F(MatmulArguments, Workspaces) {
  alignas(256) static unsigned char memory[512];
  EXPECT_TRUE(succeeds(clear_workspace(cpu, {})));
  EXPECT_TRUE(succeeds(clear_workspace(cpu, {memory, 512})));
  EXPECT_TRUE(fails(clear_workspace(cpu, {nullptr, 512}), kBad, {"workspace.data", "null", "512"}));
  EXPECT_TRUE(fails(clear_workspace(cpu, {memory + 128, 256}), kBad, {"workspace.data", "256"}));
  EXPECT_TRUE(fails(clear_workspace(Exec::cpu(-1), {}), kBad, {"exec.threads", "-1"}));
}

}  // namespace
}  // namespace heddle
