// Plans of products on several devices, against a made-up CUDA runtime: what is set up and launched
// where. No kernel runs.

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "heddle/matmul.hpp"
#include "kernels/hopper/hopper.hpp"
#include "kernels/matmul/matmul.hpp"
#include "kernels/matmul/tile_shape.hpp"
#include "test/host/cuda/fake_runtime.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using oracle::fails;
using oracle::succeeds;
using test::FakeRuntime;
using test::use_device;

// One address for each instance.
char instances[kMultiplies][4][2];
int multiply_of(const void* entry) {
  return static_cast<int>((static_cast<const char*>(entry) - &instances[0][0][0]) / 8);
}

}  // namespace

Kernel matmul_kernel(Multiply multiply, int tiles, bool n_major) {
  const int step = tiles == 1 ? 0 : tiles == 2 ? 1 : tiles == 4 ? 2 : 3;
  return {&instances[static_cast<int>(multiply)][step][n_major], "an_instance"};
}
// hopper_test.cpp is about those.
Kernel hopper_kernel(Multiply, const HopperShape&, bool) { return {}; }

namespace {

constexpr int kOld = 0, kNew = 1;  // devices: sm_80 and sm_90

int attribute_of(cudaDeviceAttr attribute, int device) {
  switch (attribute) {
    case cudaDevAttrComputeCapabilityMajor: return device == kOld ? 8 : 9;
    case cudaDevAttrComputeCapabilityMinor: return 0;
    case cudaDevAttrMultiProcessorCount: return device == kOld ? 108 : 132;
    case cudaDevAttrMaxGridDimX: return 0x7FFFFFFF;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin: return (device == kOld ? 163 : 227) * 1024;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor: return (device == kOld ? 164 : 228) * 1024;
    case cudaDevAttrL2CacheSize: return 40 << 20;
    case cudaDevAttrClockRate: return 1'400'000;
    case cudaDevAttrMemoryClockRate: return 1'200'000;
    case cudaDevAttrGlobalMemoryBusWidth: return 5120;
    default: return 0;
  }
}

class Devices : public testing::Test {
 protected:
  Devices() {
    runtime_.attribute = attribute_of;
    runtime_.on_launch = [this](const FakeRuntime::Launch& launch) {
      args_ = *static_cast<const MatmulArgs*>(launch.argument);
    };
  }
  static MatmulDesc desc(DataType type = DataType::bf16) {
    MatmulDesc x;
    x.a = {4096, 4096, {2, 4}, type, PackedOrder::device};
    x.b_type = type, x.d_type = DataType::f32;
    x.max_n = 16;
    return x;
  }
  Result<MatmulPlan> plan_on(int device, const MatmulDesc& x) {
    use_device(device);
    return make_plan(Exec::cuda(), x);
  }
  // Nothing is read or written there.
  static void* somewhere(std::uintptr_t page) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): an address of nothing
    return reinterpret_cast<void*>((page + 1) << 32);
  }
  static MatmulBuffers buffers(const MatmulDesc& x) {
    MatmulBuffers b;
    b.a = {x.a, somewhere(1), std::size_t{1} << 31};
    b.b = {somewhere(2), x.a.cols, 16, x.a.cols, x.b_type, Order::col};
    b.d = {somewhere(3), x.a.rows, 16, x.a.rows, x.d_type, Order::col};
    return b;
  }
  Status run_on(int device, const MatmulPlan& plan) {
    use_device(device);
    return run(Exec::cuda(), plan, buffers(plan.desc()), {somewhere(4), plan.workspace_size()});
  }
  FakeRuntime runtime_;
  MatmulArgs args_ = {};  // of the last launch
};

TEST_F(Devices, APlanRunsOnItsOwnDeviceOnly) {
  const Result<MatmulPlan> plan = plan_on(kOld, desc());
  ASSERT_TRUE(succeeds(plan.status()));
  EXPECT_TRUE(fails(run_on(kNew, *plan), StatusCode::invalid_argument,
                    {"current device = 1", "must be 0", "the plan was made for"}));
  EXPECT_TRUE(runtime_.launches.empty());
  ASSERT_TRUE(succeeds(run_on(kOld, *plan)));
  ASSERT_EQ(runtime_.launches.size(), 1u);
  EXPECT_EQ(runtime_.launches[0].device, kOld);
}

TEST_F(Devices, AProductOfNothingNamesTheWrongDeviceToo) {
  const Result<MatmulPlan> plan = plan_on(kNew, desc());
  ASSERT_TRUE(succeeds(plan.status()));
  MatmulBuffers nothing = buffers(desc());
  nothing.b.cols = nothing.d.cols = 0;
  use_device(kOld);
  const Workspace workspace = {somewhere(4), plan->workspace_size()};
  EXPECT_TRUE(fails(run(Exec::cuda(), *plan, nothing, workspace), StatusCode::invalid_argument,
                    {"current device = 0", "must be 1"}));
  use_device(kNew);
  EXPECT_TRUE(succeeds(run(Exec::cuda(), *plan, nothing, workspace)));
  EXPECT_TRUE(runtime_.launches.empty());
}

TEST_F(Devices, PlansOfTwoDevicesSideBySide) {
  std::vector<MatmulPlan> plans;
  for (const int device : {kOld, kNew}) {
    const Result<MatmulPlan> plan = plan_on(device, desc());
    ASSERT_TRUE(succeeds(plan.status()));
    plans.push_back(*plan);
  }
  for (const int device : {kNew, kOld, kNew}) {
    const MatmulPlan& plan = plans[static_cast<std::size_t>(device)];
    const Result<Selection> selection = plan.selection(16);
    ASSERT_TRUE(succeeds(selection.status()));
    const MatmulConfig& config = selection->config;
    ASSERT_TRUE(succeeds(run_on(device, plan)));
    const FakeRuntime::Launch& launch = runtime_.launches.back();
    EXPECT_EQ(launch.device, device);
    EXPECT_EQ(launch.config.gridDim.x, static_cast<unsigned>(config.blocks));
    EXPECT_LE(launch.config.gridDim.x, device == kOld ? 108u : 132u);  // one block each
    EXPECT_EQ(launch.config.blockDim.x, static_cast<unsigned>(kMatmulThreads));
    EXPECT_EQ(launch.config.dynamicSmemBytes,
              static_cast<std::size_t>(matmul_shared_bytes(
                  {config.warps_m, config.warps_n, config.warps_k, config.tiles}, config.stages)));
    EXPECT_EQ(args_.shape.warps_k, config.warps_k);
    EXPECT_EQ(args_.a.row_blocks, 64);
  }
  EXPECT_NE(runtime_.launches[0].config.gridDim.x, runtime_.launches[1].config.gridDim.x);
}

TEST_F(Devices, APlanAllowsItsInstancesTheSharedMemoryOfItsDevice) {
  for (const int device : {kOld, kNew}) {
    runtime_.function_values.clear();
    ASSERT_TRUE(succeeds(plan_on(device, desc()).status()));
    std::set<const void*> entries;
    for (const FakeRuntime::FunctionValue& set : runtime_.function_values) {
      entries.insert(set.entry);
      EXPECT_EQ(set.attribute, cudaFuncAttributeMaxDynamicSharedMemorySize);
      EXPECT_EQ(set.value, (device == kOld ? 163 : 227) * 1024);
      EXPECT_EQ(set.device, device);
      EXPECT_EQ(multiply_of(set.entry), static_cast<int>(Multiply::bf16));
    }
    EXPECT_EQ(entries.size(), 8u);  // 4 widths, 2 paths
  }
}

TEST_F(Devices, EightBitFloatsGoByWhatWasBuilt) {
  const std::pair<int, Multiply> cases[] = {{80, Multiply::widened},   {86, Multiply::widened},
                                            {89, Multiply::e4m3_e4m3}, {90, Multiply::widened},
                                            {100, Multiply::widened},  {120, Multiply::e4m3_e4m3}};
  for (const auto& [built, multiply] : cases) {
    runtime_.binary_version = 120, runtime_.ptx_version = built;
    const Result<MatmulPlan> plan = plan_on(kNew, desc(DataType::f8e4m3));
    ASSERT_TRUE(succeeds(plan.status()));
    ASSERT_TRUE(succeeds(run_on(kNew, *plan)));
    EXPECT_EQ(multiply_of(runtime_.launches.back().entry), static_cast<int>(multiply)) << built;
  }
}

TEST_F(Devices, OverlapNeedsTheNewerDeviceAndReachesTheLaunch) {
  MatmulDesc x = desc();
  x.overlap_previous = true;
  EXPECT_TRUE(fails(plan_on(kOld, x).status(), StatusCode::unsupported, {"overlap_previous"}));
  const Result<MatmulPlan> plan = plan_on(kNew, x);
  ASSERT_TRUE(succeeds(plan.status()));
  ASSERT_TRUE(succeeds(run_on(kNew, *plan)));
  ASSERT_EQ(runtime_.launches.at(0).attributes.size(), 1u);
  EXPECT_EQ(runtime_.launches[0].attributes[0].id,
            cudaLaunchAttributeProgrammaticStreamSerialization);
  x.overlap_previous = false;
  const Result<MatmulPlan> plain = plan_on(kNew, x);
  ASSERT_TRUE(succeeds(plain.status()));
  ASSERT_TRUE(succeeds(run_on(kNew, *plain)));
  EXPECT_TRUE(runtime_.launches[1].attributes.empty());
}

TEST_F(Devices, WhatFailsOnTheWayIsReportedAndNothingIsLaunched) {
  for (const char* function : {"cudaGetDevice", "cudaFuncSetAttribute"}) {
    runtime_.failing = {{function, cudaErrorUnknown}};
    EXPECT_TRUE(
        fails(plan_on(kOld, desc()).status(), StatusCode::device_error, {"the runtime's words"}))
        << function;
  }
  runtime_.failing = {{"cudaFuncGetAttributes", cudaErrorNoKernelImageForDevice}};
  EXPECT_TRUE(fails(plan_on(kOld, desc(DataType::f8e5m2)).status(), StatusCode::unavailable,
                    {"no kernel is built"}));
  runtime_.failing.clear();
  const Result<MatmulPlan> plan = plan_on(kOld, desc());
  ASSERT_TRUE(succeeds(plan.status()));
  runtime_.failing = {{"cudaGetDevice", cudaErrorUnknown}};
  EXPECT_TRUE(fails(run_on(kOld, *plan), StatusCode::device_error, {"cudaGetDevice"}));
  EXPECT_TRUE(runtime_.launches.empty());
}

// A call without a plan takes its workspace on the way, cleared, and gives it back.
TEST_F(Devices, OneCallRunsOnTheCurrentDevice) {
  use_device(kNew);
  MatmulDesc few_tiles = desc();
  few_tiles.a.rows = 64, few_tiles.a.cols = 16384;
  const MatmulBuffers x = buffers(few_tiles);
  ASSERT_TRUE(succeeds(matmul(Exec::cuda(), x.a, x.b, x.d)));
  ASSERT_EQ(runtime_.launches.size(), 1u);
  EXPECT_EQ(runtime_.launches[0].device, kNew);
  ASSERT_GT(args_.schedule.split_blocks, 0);
  ASSERT_EQ(runtime_.clears.size(), 1u);
  EXPECT_EQ(runtime_.clears[0].data, args_.counters);
  EXPECT_EQ(runtime_.clears[0].bytes, static_cast<std::size_t>(kCounterBytes));
  EXPECT_EQ(runtime_.frees, 1);
}

}  // namespace
}  // namespace heddle
