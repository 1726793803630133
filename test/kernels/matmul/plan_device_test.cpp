// Plans on the device: the same result as the CPU for every n, what happens to the workspace, and
// what tuning leaves alone.

#include <algorithm>
#include <limits>

#include "heddle/matmul.hpp"
#include "kernels/matmul/schedule.hpp"
#include "test/device/device.hpp"
#include "test/oracle/codes.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/product.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using namespace oracle;
using test::DeviceBytes;
using test::DeviceMatrix;
using test::on_device;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr auto kBad = StatusCode::invalid_argument;
constexpr std::int64_t kM = 50, kK = 2100;  // one row of tiles, 33 units of k: worth a split

// A product on host and device; results are integers, so that the CPU's are exact.
class DevicePlans : public testing::Test {
 protected:
  static constexpr std::int64_t kMost = 80;

  DevicePlans() {
    Random random(161);
    Matrix a(DataType::bf16, kM, kK);
    fill_integers(a, random, -2, 2);
    fill_integers(b_, random, -2, 2);
    EXPECT_TRUE(succeeds(pack(Exec::cpu(1), a.view(), blob_.view())));
  }
  static MatmulDesc desc() {
    MatmulDesc x;
    x.a = {kM, kK, {2, 4}, DataType::bf16, PackedOrder::device};
    x.b_type = DataType::bf16, x.d_type = DataType::f32;
    x.max_n = kMost, x.max_batch = 2;
    return x;
  }
  // D of the first n tokens, by the CPU.
  Matrix expected(std::int64_t n) const {
    Matrix d(DataType::f32, kM, n, {Order::col, 0, 0});
    ConstMatrixView b = b_.view();
    b.cols = n;
    EXPECT_TRUE(succeeds(matmul(Exec::cpu(2), blob_.cview(), b, d.view())));
    return d;
  }
  // Everything in device memory: `count` products of the first n tokens.
  struct OnDevice {
    DeviceBytes a;
    DeviceMatrix b, d;
    Matrix home;

    OnDevice(const DevicePlans& t, std::int64_t n, std::int64_t count = 1, double start = kNaN)
        : a(t.blob_.data(), t.blob_.size()),
          b(t.b_.view()),
          d(filled(n * count, start).view()),
          home(filled(n * count, start)),
          n_(n),
          count_(count) {}
    static Matrix filled(std::int64_t n, double value) {
      Matrix d(DataType::f32, kM, n, {Order::col, 0, 0});
      d.each([&](auto, auto) { return encode(DataType::f32, value); });
      return d;
    }
    MatmulBuffers buffers() const {
      MatmulBuffers x;
      x.a = {desc().a, a.data(), a.size()};
      x.b = b.cview(), x.b.cols = n_;
      x.d = d.view(), x.d.cols = n_;
      x.batch = {count_, 0, 0, kM * n_};
      return x;
    }
    const Matrix& result() {
      d.read_into(home.view());
      return home;
    }

   private:
    std::int64_t n_, count_;
  };

  Matrix b_{DataType::bf16, kK, kMost, {Order::col, 0, 0}};
  Blob blob_{desc().a};
};

Workspace whole(const DeviceBytes& memory) { return {memory.data(), memory.size()}; }

bool counters_are_zero(const DeviceBytes& memory) {
  const std::vector<unsigned char> bytes = memory.read();
  const auto counters = std::min<std::size_t>(bytes.size(), kCounterBytes);
  return std::all_of(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(counters),
                     [](unsigned char byte) { return byte == 0; });
}

TEST_F(DevicePlans, OnePlanAndWorkspaceForEveryN) {
  HEDDLE_NEED_DEVICE();
  on_device("one plan",
            [&](const Exec& exec) {
              const Result<MatmulPlan> plan = make_plan(exec, desc());
              ASSERT_TRUE(succeeds(plan.status()));
              ASSERT_TRUE(succeeds(check(exec, desc())));
              const DeviceBytes memory(plan->workspace_size());
              ASSERT_TRUE(succeeds(clear_workspace(exec, whole(memory))));
              for (std::int64_t n : {1, 8, 9, 33, 64, 65, 80}) {
                OnDevice x(*this, n);
                ASSERT_TRUE(succeeds(run(exec, *plan, x.buffers(), whole(memory)))) << n;
                ASSERT_TRUE(same_bits(x.result(), expected(n))) << n;
                ASSERT_TRUE(counters_are_zero(memory)) << n;
                EXPECT_TRUE(memory.zones_intact());
                EXPECT_TRUE(succeeds(plan->selection(n).status()));
              }
              OnDevice two(*this, 9, 2);
              ASSERT_TRUE(succeeds(run(exec, *plan, two.buffers(), whole(memory))));
              ASSERT_TRUE(same_bits(submatrix(two.result(), 0, kM, 0, 9), expected(9)));
              ASSERT_TRUE(same_bits(submatrix(two.result(), 0, kM, 9, 18), expected(9)));
              OnDevice none(*this, 0);
              EXPECT_TRUE(succeeds(run(exec, *plan, none.buffers(), whole(memory))));
            },
            {3, 0});
}

TEST_F(DevicePlans, OneCallGivesTheBitsOfAPlan) {
  HEDDLE_NEED_DEVICE();
  on_device("one call",
            [&](const Exec& exec) {
              for (std::int64_t n : {1, 17, 80}) {
                OnDevice x(*this, n);
                const MatmulBuffers y = x.buffers();
                ASSERT_TRUE(succeeds(matmul(exec, y.a, y.b, y.d)));
                ASSERT_TRUE(same_bits(x.result(), expected(n))) << n;
              }
              ConstPackedView canonical = {desc().a, blob_.data(), blob_.size()};
              canonical.desc.order = PackedOrder::canonical;
              OnDevice x(*this, 1);
              EXPECT_TRUE(fails(matmul(exec, canonical, x.buffers().b, x.buffers().d),
                                StatusCode::unsupported, {"a.desc.order", "device", "convert"}));
            },
            {2, 0});
}

TEST_F(DevicePlans, ASplitByHand) {
  HEDDLE_NEED_DEVICE();
  on_device("tuned",
            [&](const Exec& exec) {
              MatmulDesc tuned = desc();
              tuned.tuning.entries = {
                  {kMost, *parse_matmul_config(
                              "warps=1x1x8 tiles=2 stages=2 raster=1 blocks=7 split=9/7")}};
              const Result<MatmulPlan> plan = make_plan(exec, tuned);
              ASSERT_TRUE(succeeds(plan.status()));
              ASSERT_GT(plan->workspace_size(), static_cast<std::size_t>(kCounterBytes));
              const DeviceBytes memory(plan->workspace_size());
              ASSERT_TRUE(succeeds(clear_workspace(exec, whole(memory))));
              for (std::int64_t n : {1, 16, 17, 80}) {
                OnDevice x(*this, n);
                ASSERT_TRUE(succeeds(run(exec, *plan, x.buffers(), whole(memory))));
                ASSERT_TRUE(same_bits(x.result(), expected(n))) << n;
                ASSERT_TRUE(counters_are_zero(memory)) << n;
              }
              // What run asks of the workspace.
              OnDevice x(*this, 8);
              const auto with = [&](Workspace w) { return run(exec, *plan, x.buffers(), w); };
              const std::size_t size = plan->workspace_size();
              EXPECT_TRUE(fails(with({}), kBad, {"workspace.bytes", "0"}));
              EXPECT_TRUE(fails(with({nullptr, size}), kBad, {"workspace.data", "null"}));
              EXPECT_TRUE(fails(with({memory.data(), size - 1}), kBad, {"workspace.bytes"}));
              EXPECT_TRUE(fails(with({memory.data() + 16, size}), kBad, {"workspace.data", "256"}));
              MatmulBuffers inside = x.buffers();
              inside.d.data = memory.data() + 4096;
              EXPECT_TRUE(fails(run(exec, *plan, inside, whole(memory)), kBad,
                                {"workspace", "overlap", "buffers.d"}));
            },
            {2, 0});
}

// One row of tiles and so long a k that any device splits it: the call's own workspace is cleared.
TEST_F(DevicePlans, OneCallThatSplits) {
  HEDDLE_NEED_DEVICE();
  constexpr std::int64_t kLong = 16384;
  Random random(162);
  Matrix a(DataType::bf16, 16, kLong), b(DataType::bf16, kLong, 1), d(DataType::f32, 16, 1);
  fill_integers(a, random, -2, 2);
  fill_integers(b, random, -2, 2);
  Blob blob({16, kLong, {2, 4}, DataType::bf16, PackedOrder::device});
  ASSERT_TRUE(succeeds(pack(Exec::cpu(1), a.view(), blob.view())));
  ASSERT_TRUE(succeeds(matmul(Exec::cpu(1), blob.cview(), b.view(), d.view())));
  on_device("one call that splits",
            [&](const Exec& exec) {
              MatmulDesc of = desc();
              of.a = blob.desc();
              const Result<MatmulPlan> plan = make_plan(exec, of);
              ASSERT_TRUE(succeeds(plan.status()));
              ASSERT_GT(plan->selection(1)->config.split_blocks, 0);
              Matrix home(DataType::f32, 16, 1);
              home.poison();
              const DeviceBytes on_a(blob.data(), blob.size());
              const DeviceMatrix on_b(b.view()), on_d(home.view());
              ASSERT_TRUE(succeeds(matmul(exec, {blob.desc(), on_a.data(), on_a.size()},
                                          on_b.cview(), on_d.view())));
              on_d.read_into(home.view());
              ASSERT_TRUE(same_bits(home, d));
            },
            {2, 0});
}

// D keeps its contents, also where it is C; the result is one entry that makes a plan.
TEST_F(DevicePlans, TuningKeepsTheBuffers) {
  HEDDLE_NEED_DEVICE();
  on_device("tune",
            [&](const Exec& exec) {
              const Result<MatmulPlan> plan = make_plan(exec, desc());
              ASSERT_TRUE(succeeds(plan.status()));
              const DeviceBytes memory(plan->workspace_size());
              ASSERT_TRUE(succeeds(clear_workspace(exec, whole(memory))));
              OnDevice x(*this, 9, 2, 3.0);
              MatmulBuffers y = x.buffers();
              y.beta = 1;
              const Result<MatmulTuning> tuning = tune(exec, *plan, y, whole(memory));
              ASSERT_TRUE(succeeds(tuning.status()));
              ASSERT_EQ(tuning->entries.size(), 1u);
              EXPECT_EQ(tuning->entries[0].max_n, 9);
              ASSERT_TRUE(same_bits(x.result(), OnDevice::filled(18, 3.0)));
              ASSERT_TRUE(counters_are_zero(memory));
              MatmulDesc with = desc();
              with.tuning = *tuning;
              EXPECT_TRUE(succeeds(check(exec, with)));
              OnDevice none(*this, 0);
              EXPECT_TRUE(tune(exec, *plan, none.buffers(), whole(memory))->entries.empty());
            },
            {1, 0});
}

}  // namespace
}  // namespace heddle
