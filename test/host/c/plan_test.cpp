// Plans through the C ABI: descriptions there and back, plans shared by threads, what the CPU has
// not, and every field that a plan or a run refuses.

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "heddle/matmul.hpp"
#include "test/host/c/c_case.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/suite.hpp"

namespace {

thread_local long allocations = 0;

}  // namespace

void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* memory = std::malloc(bytes == 0 ? 1 : bytes)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace heddle::oracle {
namespace {

constexpr std::int64_t kM = 24, kN = 5, kK = 32;

// f16 weights, no epilogue.
struct Layer {
  Matrix w{DataType::f16, kM, kK}, x{DataType::f16, kK, kN, {Order::col, 0, 0}};
  Blob blob{{kM, kK, {2, 4}, DataType::f16, PackedOrder::device}};
  heddle_exec exec = c_cpu();
  heddle_matmul_desc desc{};

  Layer() {
    Random random(11);
    fill_normal(w, random);
    fill_normal(x, random);
    EXPECT_TRUE(succeeds(pack(Exec::cpu(1), w.view(), blob.view())));
    EXPECT_TRUE(c_succeeds(heddle_matmul_desc_init(&desc, sizeof(desc))));
    desc.a = c_desc(blob.desc());
    desc.max_n = kN;
  }
  heddle_plan* plan() const {
    heddle_plan* made = nullptr;
    EXPECT_TRUE(c_succeeds(heddle_plan_create(&exec, &desc, &made)));
    return made;
  }
  heddle_matmul_buffers buffers(const Matrix& d) const {
    heddle_matmul_buffers to;
    EXPECT_TRUE(c_succeeds(heddle_matmul_buffers_init(&to, sizeof(to))));
    to.a = c_view(blob), to.b = c_view(x), to.d = c_view(d);
    return to;
  }
  static Matrix output() {
    Matrix d(DataType::f16, kM, kN, {Order::col, 0, 0});
    d.poison();
    return d;
  }
  Matrix want() const {
    Matrix d = output();
    EXPECT_TRUE(succeeds(matmul(Exec::cpu(1), blob.cview(), x.view(), d.view())));
    return d;
  }
};

TEST(CPlan, DefaultsAreThoseOfCpp) {
  heddle_matmul_desc desc;
  std::memset(&desc, 0xff, sizeof(desc));
  ASSERT_TRUE(c_succeeds(heddle_matmul_desc_init(&desc, sizeof(desc))));
  const MatmulDesc cpp;
  EXPECT_EQ(desc.size, sizeof(desc));
  EXPECT_EQ(desc.a.pattern.keep, 2);
  EXPECT_EQ(desc.a.pattern.group, 4);
  EXPECT_EQ(desc.a.order, static_cast<int>(cpp.a.order));
  EXPECT_EQ(desc.a.type, static_cast<int>(cpp.a.type));
  EXPECT_EQ(desc.max_n, 1);
  EXPECT_EQ(desc.max_batch, 1);
  EXPECT_EQ(desc.b_type, HEDDLE_F16);
  EXPECT_EQ(desc.d_type, HEDDLE_F16);
  EXPECT_EQ(desc.b_order, HEDDLE_COL);
  EXPECT_EQ(desc.c_order, HEDDLE_COL);
  EXPECT_EQ(desc.d_order, HEDDLE_COL);
  EXPECT_EQ(desc.bias, HEDDLE_NO_BIAS);
  EXPECT_EQ(desc.scale_m + desc.scale_n + desc.activation + desc.overlap_previous, 0);
  EXPECT_EQ(desc.tuning, nullptr);
  heddle_matmul_buffers buffers;
  ASSERT_TRUE(c_succeeds(heddle_matmul_buffers_init(&buffers, sizeof(buffers))));
  EXPECT_EQ(buffers.alpha, 1);
  EXPECT_EQ(buffers.beta, 0);
  EXPECT_EQ(buffers.batch.count, 1);
  EXPECT_EQ(buffers.c, nullptr);
  EXPECT_EQ(buffers.bias, nullptr);
  expect_nulls_refused(heddle_matmul_desc_init, {"desc", ""}, &desc, sizeof(desc));
  expect_nulls_refused(heddle_matmul_buffers_init, {"buffers", ""}, &buffers, sizeof(buffers));
}

TEST(CPlan, TheDescriptionComesBack) {
  Layer layer;
  heddle_matmul_desc& desc = layer.desc;
  desc.max_batch = 4;
  desc.d_type = HEDDLE_BF16;
  desc.b_order = HEDDLE_ROW, desc.c_order = HEDDLE_COL, desc.d_order = HEDDLE_ROW;
  desc.bias = HEDDLE_F32;
  desc.scale_m = 1, desc.scale_n = 0;
  desc.activation = HEDDLE_ACTIVATION_GELU_TANH;
  heddle_plan* plan = layer.plan();
  heddle_matmul_desc back;
  std::memset(&back, 0xff, sizeof(back));
  ASSERT_TRUE(c_succeeds(heddle_plan_desc(plan, &back, sizeof(back))));
  EXPECT_EQ(std::memcmp(&back, &desc, sizeof(desc)), 0);
  // A caller that knows less gets less.
  std::memset(&back, 0xff, sizeof(back));
  ASSERT_TRUE(c_succeeds(heddle_plan_desc(plan, &back, offsetof(heddle_matmul_desc, b_type))));
  EXPECT_EQ(back.max_batch, 4);
  EXPECT_EQ(back.b_type, -1);
  expect_nulls_refused(heddle_plan_desc, {"plan", "desc", ""}, plan, &back, sizeof(back));
  heddle_plan_destroy(plan);
  heddle_plan_destroy(nullptr);
}

TEST(CPlan, TheCpuNeedsNoWorkspaceAndHasNoSelection) {
  Layer layer;
  heddle_plan* plan = layer.plan();
  std::size_t bytes = 99;
  ASSERT_TRUE(c_succeeds(heddle_plan_workspace_size(plan, &bytes)));
  EXPECT_EQ(bytes, 0u);
  heddle_selection selection{};
  EXPECT_TRUE(c_fails(heddle_plan_selection(plan, 1, 1, &selection), HEDDLE_UNAVAILABLE, {"cpu"}));
  Matrix d = Layer::output();
  const heddle_matmul_buffers buffers = layer.buffers(d);
  char text[HEDDLE_TUNING_LINE];
  const heddle_workspace none = {nullptr, 0};
  EXPECT_TRUE(c_fails(heddle_tune(&layer.exec, plan, &buffers, &none, text, sizeof(text), nullptr),
                      HEDDLE_UNAVAILABLE, {"cpu"}));
  EXPECT_TRUE(c_succeeds(heddle_clear_workspace(&layer.exec, &none)));
  const heddle_workspace odd = {&bytes, 8};
  EXPECT_TRUE(c_succeeds(heddle_run(&layer.exec, plan, &buffers, &none)));
  EXPECT_TRUE(same_bits(layer.want(), d));
  EXPECT_TRUE(
      c_fails(heddle_clear_workspace(&layer.exec, &odd), HEDDLE_INVALID_ARGUMENT, {"workspace"}));
  expect_nulls_refused(heddle_plan_workspace_size, {"plan", "bytes"}, plan, &bytes);
  expect_nulls_refused(heddle_plan_selection, {"plan", "", "", "selection"}, plan, 1, 1,
                       &selection);
  expect_nulls_refused(heddle_clear_workspace, {"exec", "workspace"}, &layer.exec, &none);
  expect_nulls_refused(heddle_run, {"exec", "plan", "buffers", ""}, &layer.exec, plan, &buffers,
                       &none);
  expect_nulls_refused(heddle_tune, {"exec", "plan", "buffers", "", "buffer", "", ""}, &layer.exec,
                       plan, &buffers, &none, text, sizeof(text), &bytes);
  heddle_plan_destroy(plan);
}

TEST(CPlan, ManyThreadsRunOnePlanAndHaveTheirOwnErrors) {
  Layer layer;
  heddle_plan* plan = layer.plan();
  const Matrix want = layer.want();
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      Matrix d = Layer::output();
      heddle_matmul_buffers buffers = layer.buffers(d);
      bool all = std::string(heddle_last_error()).empty();
      for (int i = 0; i < 50; ++i) {
        d.poison();
        all = all && heddle_run(&layer.exec, plan, &buffers, nullptr) == HEDDLE_OK;
        all = all && bool(same_bits(want, d));
        heddle_matmul_buffers bad = buffers;
        bad.b.cols = 100 + t;
        all = all && heddle_run(&layer.exec, plan, &bad, nullptr) == HEDDLE_INVALID_ARGUMENT;
        all = all &&
              std::string(heddle_last_error()).find(std::to_string(100 + t)) != std::string::npos;
      }
      good += all;
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(good, 8);
  heddle_plan_destroy(plan);
}

TEST(CPlan, ARunAllocatesNoMoreThanThatOfCpp) {
  Layer layer;
  heddle_plan* plan = layer.plan();
  MatmulDesc desc;
  desc.a = layer.blob.desc();
  desc.max_n = kN;
  const Result<MatmulPlan> cpp = make_plan(Exec::cpu(1), desc);
  ASSERT_TRUE(succeeds(cpp.status()));
  Matrix d = Layer::output();
  const heddle_matmul_buffers buffers = layer.buffers(d);
  MatmulBuffers cpp_buffers;
  cpp_buffers.a = layer.blob.cview(), cpp_buffers.b = std::as_const(layer.x).view();
  cpp_buffers.d = d.view();
  const auto allocated = [](const auto& call) {
    const long before = allocations;
    call();
    return allocations - before;
  };
  Status status;
  heddle_status c_status = HEDDLE_OK;
  for (int i = 0; i < 2; ++i) {  // the first run of all may fill caches
    const long want = allocated([&] { status = run(Exec::cpu(1), *cpp, cpp_buffers); });
    const long got =
        allocated([&] { c_status = heddle_run(&layer.exec, plan, &buffers, nullptr); });
    EXPECT_TRUE(succeeds(status));
    EXPECT_TRUE(c_succeeds(c_status));
    if (i == 1) {
      EXPECT_EQ(got, want);
    }
  }
  heddle_plan_destroy(plan);
}

TEST(CPlan, EveryFieldIsChecked) {
  Layer layer;
  heddle_plan* plan = nullptr;
  const auto refused = [&](std::int32_t heddle_matmul_desc::*field, std::int32_t value,
                           const char* name) {
    heddle_matmul_desc desc = layer.desc;
    desc.*field = value;
    EXPECT_TRUE(
        c_fails(heddle_plan_create(&layer.exec, &desc, &plan), HEDDLE_INVALID_ARGUMENT, {name}));
    EXPECT_TRUE(
        c_fails(heddle_check_matmul_desc(&layer.exec, &desc), HEDDLE_INVALID_ARGUMENT, {name}));
    EXPECT_EQ(plan, nullptr);
  };
  using Desc = heddle_matmul_desc;
  for (const std::int32_t bad : {-2, 7, INT32_MAX, INT32_MIN}) {
    refused(&Desc::b_type, bad, "desc.b_type = ");
    refused(&Desc::d_type, bad, "desc.d_type = ");
    refused(&Desc::b_order, bad, "desc.b_order = ");
    refused(&Desc::c_order, bad, "desc.c_order = ");
    refused(&Desc::d_order, bad, "desc.d_order = ");
    refused(&Desc::bias, bad, "desc.bias = ");
    refused(&Desc::scale_m, bad, "desc.scale_m = ");
    refused(&Desc::scale_n, bad, "desc.scale_n = ");
    refused(&Desc::activation, bad, "desc.activation = ");
    refused(&Desc::overlap_previous, bad, "desc.overlap_previous = ");
  }
  heddle_matmul_desc desc = layer.desc;
  desc.a.order = 0;
  EXPECT_TRUE(c_fails(heddle_plan_create(&layer.exec, &desc, &plan), HEDDLE_INVALID_ARGUMENT,
                      {"desc.a.order = 0"}));
  desc = layer.desc;
  desc.max_n = -1;
  EXPECT_TRUE(c_fails(heddle_plan_create(&layer.exec, &desc, &plan), HEDDLE_INVALID_ARGUMENT,
                      {"max_n = -1"}));
  expect_nulls_refused(heddle_plan_create, {"exec", "desc", "plan"}, &layer.exec, &layer.desc,
                       &plan);
  expect_nulls_refused(heddle_check_matmul_desc, {"exec", "desc"}, &layer.exec, &layer.desc);
}

TEST(CPlan, TuningIsReadFromText) {
  Layer layer;
  heddle_plan* plan = nullptr;
  heddle_matmul_desc desc = layer.desc;
  desc.tuning = "n<=16 warps=1x1x8 tiles=x";
  EXPECT_TRUE(c_fails(heddle_plan_create(&layer.exec, &desc, &plan), HEDDLE_INVALID_ARGUMENT,
                      {"desc.tuning", "tiles"}));
  // The CPU takes no tuning; the text was understood.
  desc.tuning = "n<=16 warps=2x1x4 tiles=1 stages=4 raster=1 blocks=132 split=32/132\n";
  const heddle_status status = heddle_plan_create(&layer.exec, &desc, &plan);
  MatmulDesc cpp;
  cpp.a = layer.blob.desc();
  cpp.max_n = kN;
  cpp.tuning = *parse_matmul_tuning(desc.tuning);
  const Status want = check(Exec::cpu(1), cpp);
  EXPECT_EQ(status, static_cast<int>(want.code()));
  if (status != HEDDLE_OK) {
    EXPECT_EQ(heddle_last_error(), want.message());
    return;
  }
  heddle_matmul_desc back;
  ASSERT_TRUE(c_succeeds(heddle_plan_desc(plan, &back, sizeof(back))));
  EXPECT_EQ(back.tuning, to_string(cpp.tuning));
  heddle_plan_destroy(plan);
}

TEST(CPlan, CudaIsAskedFor) {
  Layer layer;
  layer.exec.kind = HEDDLE_CUDA;
  if (check(Exec::cuda(), MatmulDesc{}).code() != StatusCode::unavailable)
    GTEST_SKIP() << "a device is here";
  heddle_plan* plan = nullptr;
  EXPECT_TRUE(c_fails(heddle_plan_create(&layer.exec, &layer.desc, &plan), HEDDLE_UNAVAILABLE, {}));
  heddle_device_description device;
  EXPECT_TRUE(c_fails(heddle_describe_device(&layer.exec, &device, sizeof(device)),
                      HEDDLE_UNAVAILABLE, {}));
}

}  // namespace
}  // namespace heddle::oracle
