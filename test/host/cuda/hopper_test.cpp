// Which buffers the warpgroup kernel takes, and what it is launched with, against a made-up CUDA
// runtime. No kernel runs.
#include "host/cuda/hopper.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "heddle/matmul.hpp"
#include "kernels/hopper/hopper.hpp"
#include "test/host/cuda/fake_runtime.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using oracle::fails;
using oracle::succeeds;
using test::FakeRuntime;
using test::use_device;

char mma_instance, hopper_instance;
bool hopper_is_there = true;
struct Asked {
  Multiply multiply;
  HopperShape shape;
  bool n_major;
};
Asked last_asked;

}  // namespace

Kernel matmul_kernel(Multiply, int, bool) { return {&mma_instance, "an_mma_instance"}; }
Kernel hopper_kernel(Multiply multiply, const HopperShape& shape, bool n_major) {
  EXPECT_TRUE(hopper_exists(multiply, shape, n_major));
  last_asked = {multiply, shape, n_major};
  return {hopper_is_there ? &hopper_instance : nullptr, "a_hopper_instance"};
}

namespace {

// Nothing is read or written there.
void* somewhere(std::uintptr_t page, std::uintptr_t offset = 0) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): an address of nothing
  return reinterpret_cast<void*>(((page + 1) << 36) + offset);
}

MatmulDesc desc_of(DataType type = DataType::bf16, Order b_order = Order::col) {
  MatmulDesc x;
  x.a = {4096, 4096, {2, 4}, type, PackedOrder::device};
  if (type == DataType::f32) x.a.pattern = {1, 2};
  x.b_type = type, x.d_type = DataType::f32;
  x.b_order = b_order;
  x.max_n = 1024, x.max_batch = 4;
  return x;
}

MatmulBuffers buffers_of(const MatmulDesc& x, std::int64_t n, std::int64_t batch = 1) {
  MatmulBuffers b;
  b.a = {x.a, somewhere(1), std::size_t{1} << 31};
  const std::int64_t k = x.a.cols;
  b.b = {somewhere(2), k, n, x.b_order == Order::col ? k : (n + 15) / 16 * 16, x.b_type, x.b_order};
  b.d = {somewhere(3), x.a.rows, n, x.a.rows, x.d_type, Order::col};
  b.batch = {batch, batch > 1 ? k * 1024 : 0, 0, batch > 1 ? x.a.rows * n : 0};
  return b;
}

// ---- which buffers ------------------------------------------------------------------------------

using Change = std::function<void(MatmulBuffers&)>;
bool takes(DataType type, Order order, const Change& change, std::int64_t n = 48,
           std::int64_t batch = 1) {
  MatmulBuffers x = buffers_of(desc_of(type, order), n, batch);
  change(x);
  return cuda::hopper_takes(x);
}
void nothing(MatmulBuffers&) {}

TEST(HopperTakes, EveryTypeInOrderColAnd16BitsInOrderRow) {
  for (const DataType type : {DataType::f16, DataType::bf16, DataType::f32, DataType::i8,
                              DataType::f8e4m3, DataType::f8e5m2}) {
    EXPECT_TRUE(takes(type, Order::col, nothing)) << to_string(type);
    EXPECT_EQ(takes(type, Order::row, nothing), size_of(type) == 2) << to_string(type);
  }
}

TEST(HopperTakes, AProduct) {
  EXPECT_FALSE(takes(DataType::bf16, Order::col, [](auto& x) { x.alpha = 0; }));
  EXPECT_TRUE(takes(DataType::bf16, Order::col, [](auto& x) { x.alpha = -2; }));
  EXPECT_FALSE(takes(DataType::bf16, Order::col, [](auto& x) { x.a.desc.cols = x.b.rows = 0; }));
}

TEST(HopperTakes, AlignedAddresses) {
  for (const std::uintptr_t offset : {1, 2, 4, 8, 12, 24}) {
    EXPECT_FALSE(takes(DataType::bf16, Order::col, [&](auto& x) {
      x.b.data = somewhere(2, offset);
    })) << offset;
    EXPECT_FALSE(takes(DataType::bf16, Order::row, [&](auto& x) {
      x.b.data = somewhere(2, offset);
    })) << offset;
    EXPECT_FALSE(takes(DataType::bf16, Order::col, [&](auto& x) {
      x.a.data = somewhere(1, offset);
    })) << offset;
  }
  EXPECT_TRUE(takes(DataType::bf16, Order::col,
                    [](auto& x) { x.b.data = somewhere(2, 16), x.a.data = somewhere(1, 48); }));
  EXPECT_TRUE(takes(DataType::bf16, Order::col, [](auto& x) { x.d.data = somewhere(3, 2); }));
}

TEST(HopperTakes, LeadingDimensions) {
  const auto with_ld = [](DataType type, std::int64_t ld, Order order = Order::col) {
    return takes(type, order, [&](auto& x) { x.b.ld = ld; });
  };
  EXPECT_TRUE(with_ld(DataType::bf16, 4104));
  for (const std::int64_t more : {1, 2, 4, 7}) EXPECT_FALSE(with_ld(DataType::bf16, 4096 + more));
  EXPECT_FALSE(with_ld(DataType::i8, 4104));
  EXPECT_TRUE(with_ld(DataType::i8, 4112));
  EXPECT_TRUE(with_ld(DataType::f32, 4100));
  EXPECT_FALSE(with_ld(DataType::f32, 4098));
  EXPECT_FALSE(with_ld(DataType::f16, 52, Order::row));
  EXPECT_TRUE(with_ld(DataType::f16, 56, Order::row));
  EXPECT_FALSE(with_ld(DataType::bf16, std::int64_t{1} << 39));  // 2^40 bytes
  EXPECT_TRUE(with_ld(DataType::bf16, (std::int64_t{1} << 39) - 8));
  // A lone line has no stride.
  EXPECT_TRUE(takes(
      DataType::bf16, Order::col, [](auto& x) { x.b.ld = 4099; }, 1));
  // One token without gaps is contiguous along k; with gaps its elements are lines.
  EXPECT_TRUE(takes(
      DataType::i8, Order::row, [](auto& x) { x.b.ld = 1; }, 1));
  EXPECT_FALSE(takes(
      DataType::i8, Order::row, [](auto& x) { x.b.ld = 16; }, 1));
  EXPECT_FALSE(takes(
      DataType::bf16, Order::row, [](auto& x) { x.b.ld = 2; }, 1));
}

TEST(HopperTakes, Batches) {
  const auto with_stride = [](std::int64_t stride, std::int64_t count = 3) {
    return takes(DataType::bf16, Order::col,
                 [&](auto& x) { x.batch.b_stride = stride, x.batch.count = count; });
  };
  EXPECT_TRUE(with_stride(0));  // one B for all
  EXPECT_TRUE(with_stride(8));
  for (const std::int64_t stride : {1, 4, 12, 4097}) EXPECT_FALSE(with_stride(stride)) << stride;
  EXPECT_TRUE(with_stride(4097, 1));  // not looked at
  EXPECT_FALSE(with_stride(std::int64_t{1} << 39));
  EXPECT_TRUE(with_stride((std::int64_t{1} << 39) - 8));
}

TEST(HopperTakes, SizesThatCoordinatesCount) {
  const std::int64_t most = std::int64_t{1} << 30;
  const auto sized = [](std::int64_t k, std::int64_t n, std::int64_t count) {
    return takes(DataType::i8, Order::col,
                 [&](auto& x) { x.b.rows = x.b.ld = k, x.b.cols = n, x.batch.count = count; });
  };
  EXPECT_TRUE(sized(most, 16, 1));
  EXPECT_FALSE(sized(most + 16, 16, 1));
  EXPECT_TRUE(sized(64, most, 1));
  EXPECT_FALSE(sized(64, most + 1, 1));
  EXPECT_TRUE(sized(64, 16, most));
  EXPECT_FALSE(sized(64, 16, most + 1));
}

// ---- the tensor map -----------------------------------------------------------------------------

void expect_shape(const TensorMapShape& t, const std::vector<std::uint64_t>& size,
                  const std::vector<std::uint64_t>& strides,
                  const std::vector<std::uint32_t>& box) {
  ASSERT_EQ(t.rank, 3);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(t.size[i], size[i]) << i;
    EXPECT_EQ(t.box[i], box[i]) << i;
    if (i < 2) {
      EXPECT_EQ(t.stride_bytes[i], strides[i]) << i;
    }
  }
  EXPECT_EQ(t.swizzle, TensorSwizzle::b128);
}

TEST(HopperTensor, OfOrderCol) {
  MatmulBuffers x = buffers_of(desc_of(DataType::bf16), 100, 3);
  x.b.ld = 4104;
  const TensorMapShape t = cuda::b_tensor(x, 256, 2);
  EXPECT_EQ(t.base, x.b.data);
  EXPECT_EQ(t.elem_bytes, 2);
  expect_shape(t, {4096, 100, 3}, {8208, 4096 * 1024 * 2}, {64, 128, 1});
  x.batch.b_stride = 0;  // one for all
  expect_shape(cuda::b_tensor(x, 256, 1), {4096, 100, 1}, {8208, 8208}, {64, 256, 1});
  x.batch.count = 1;
  expect_shape(cuda::b_tensor(x, 192, 4), {4096, 100, 1}, {8208, 8208}, {64, 48, 1});
  expect_shape(cuda::b_tensor(buffers_of(desc_of(DataType::i8), 7), 8, 1), {4096, 7, 1},
               {4096, 4096}, {128, 8, 1});
  expect_shape(cuda::b_tensor(buffers_of(desc_of(DataType::f32), 7), 128, 4), {4096, 7, 1},
               {16384, 16384}, {32, 32, 1});
}

TEST(HopperTensor, OfOrderRow) {
  const MatmulBuffers x = buffers_of(desc_of(DataType::f16, Order::row), 100, 2);  // ld 112
  for (const int cluster : {1, 2, 4})
    expect_shape(cuda::b_tensor(x, 256, cluster), {100, 4096, 2}, {224, 4096 * 1024 * 2},
                 {64, 64u / unsigned(cluster), 1});
}

TEST(HopperTensor, OfOneColumn) {
  MatmulBuffers x = buffers_of(desc_of(DataType::bf16, Order::row), 1);
  x.b.ld = 1;
  expect_shape(cuda::b_tensor(x, 128, 2), {4096, 1, 1}, {8192, 8192}, {64, 64, 1});
  x.b.rows = 4093;  // a stride that is legal, of a line that is alone
  expect_shape(cuda::b_tensor(x, 128, 2), {4093, 1, 1}, {8192, 8192}, {64, 64, 1});
  x.b.order = Order::col, x.b.ld = 5001;
  expect_shape(cuda::b_tensor(x, 128, 2), {4093, 1, 1}, {8192, 8192}, {64, 64, 1});
}

// ---- launches -----------------------------------------------------------------------------------

constexpr int kH200 = 0, kA100 = 1;  // devices

int attribute_of(cudaDeviceAttr attribute, int device) {
  switch (attribute) {
    case cudaDevAttrComputeCapabilityMajor: return device == kH200 ? 9 : 8;
    case cudaDevAttrComputeCapabilityMinor: return 0;
    case cudaDevAttrMultiProcessorCount: return device == kH200 ? 132 : 108;
    case cudaDevAttrMaxGridDimX: return 0x7FFFFFFF;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin: return 227 * 1024;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor: return 228 * 1024;
    case cudaDevAttrL2CacheSize: return 50 << 20;
    case cudaDevAttrClockRate: return 1'755'000;
    case cudaDevAttrMemoryClockRate: return 2'600'000;
    case cudaDevAttrGlobalMemoryBusWidth: return 6144;
    default: return 0;
  }
}

class HopperLaunch : public testing::Test {
 protected:
  HopperLaunch() {
    hopper_is_there = true;
    use_device(kH200);
    runtime_.attribute = attribute_of;
    runtime_.binary_version = runtime_.ptx_version = 90;
    runtime_.on_launch = [this](const FakeRuntime::Launch& launch) {
      hopper_ = launch.entry == &hopper_instance;
      if (hopper_) args_ = *static_cast<const HopperArgs*>(launch.argument);
    };
  }
  static MatmulDesc forced(const char* config, DataType type = DataType::bf16,
                           Order order = Order::col) {
    MatmulDesc x = desc_of(type, order);
    const auto parsed = parse_matmul_config(config);
    EXPECT_TRUE(succeeds(parsed.status()));
    x.tuning.entries = {{x.max_n, *parsed}};
    return x;
  }
  // Whether the run of a plan of `x` goes to the warpgroup kernel.
  bool runs_on_hopper(const MatmulDesc& x, const MatmulBuffers& b) {
    const Result<MatmulPlan> plan = make_plan(Exec::cuda(), x);
    if (!succeeds(plan.status())) {
      ADD_FAILURE() << plan.status().message();
      return false;
    }
    workspace_ = plan->workspace_size();
    runtime_.launches.clear();
    const Status status = run(Exec::cuda(), *plan, b, {somewhere(4), workspace_});
    EXPECT_TRUE(succeeds(status));
    EXPECT_EQ(runtime_.launches.size(), 1u);
    return hopper_;
  }
  FakeRuntime runtime_;
  HopperArgs args_ = {};  // of the last launch of it
  bool hopper_ = false;
  std::size_t workspace_ = 0;
};

constexpr const char* kSplit =
    "wgmma=2x64x256 cluster=2 a=global stages=5 raster=4 blocks=132 split=20/130";

TEST_F(HopperLaunch, IsWhatTheConfigurationSays) {
  const MatmulDesc x = forced(kSplit);
  ASSERT_TRUE(runs_on_hopper(x, buffers_of(x, 1000, 2)));  // 16 x 4 x 2 tiles of 64 units
  EXPECT_EQ(args_.schedule.tiles, 128);
  EXPECT_EQ(args_.schedule.steps, 64);
  EXPECT_EQ(args_.schedule.split_tiles, 20);
  EXPECT_EQ(args_.schedule.split_blocks, 65);
  EXPECT_EQ(args_.raster.along_m, 16);
  EXPECT_EQ(args_.raster.along_n, 4);
  EXPECT_EQ(args_.raster.band, 4);
  EXPECT_EQ(args_.stages, 5);
  EXPECT_EQ(args_.cluster, 2);
  EXPECT_TRUE(args_.batched);
  EXPECT_EQ(args_.a.row_blocks, 64);
  EXPECT_FALSE(args_.a.read_once);
  EXPECT_EQ(static_cast<void*>(args_.counters), somewhere(4));
  EXPECT_EQ(args_.slots, static_cast<std::byte*>(somewhere(4)) + kCounterBytes);
  const HopperShape shape = {2, 1, 256, 2, false};
  EXPECT_GE(workspace_, static_cast<std::size_t>(hopper_workspace_bytes(args_.schedule, shape)));
  const FakeRuntime::Launch& launch = runtime_.launches[0];
  EXPECT_EQ(launch.config.gridDim.x, 132u);
  EXPECT_EQ(launch.config.blockDim.x, 384u);
  EXPECT_EQ(launch.config.dynamicSmemBytes,
            static_cast<std::size_t>(hopper_shared_bytes(shape, 5, 2)));
  ASSERT_EQ(launch.attributes.size(), 1u);
  EXPECT_EQ(launch.attributes[0].val.clusterDim.x, 2u);
  EXPECT_EQ(last_asked.multiply, Multiply::bf16);
  EXPECT_EQ(last_asked.shape.tokens, 256);
  EXPECT_FALSE(last_asked.n_major);
  const FakeRuntime::Encoded& b = runtime_.encoded.back();
  EXPECT_EQ(args_.b.opaque[0], runtime_.encoded.size() - 1);
  EXPECT_EQ(b.base, somewhere(2));
  EXPECT_EQ(b.sizes, (std::vector<cuuint64_t>{4096, 1000, 2}));
  EXPECT_EQ(b.box, (std::vector<cuuint32_t>{64, 128, 1}));
}

TEST_F(HopperLaunch, FewerTilesThanBlocksIsFewerClusters) {
  const MatmulDesc x =
      forced("wgmma=2x64x128 cluster=4 a=global stages=3 raster=1 blocks=128 split=0/0");
  ASSERT_TRUE(runs_on_hopper(x, buffers_of(x, 100)));  // 8 tiles
  EXPECT_EQ(runtime_.launches[0].config.gridDim.x, 32u);
  EXPECT_FALSE(args_.batched);
  EXPECT_TRUE(args_.a.read_once);
}

TEST_F(HopperLaunch, OrderRowAndOneColumn) {
  MatmulDesc x = forced(kSplit, DataType::f16, Order::row);
  ASSERT_TRUE(runs_on_hopper(x, buffers_of(x, 1000)));
  EXPECT_TRUE(last_asked.n_major);
  MatmulBuffers one = buffers_of(x, 1);
  one.b.ld = 1;
  ASSERT_TRUE(runs_on_hopper(x, one));
  EXPECT_FALSE(last_asked.n_major);
}

TEST_F(HopperLaunch, OverlapReachesIt) {
  MatmulDesc x = forced(kSplit);
  x.overlap_previous = true;
  ASSERT_TRUE(runs_on_hopper(x, buffers_of(x, 1000)));
  EXPECT_EQ(runtime_.launches[0].attributes.size(), 2u);
}

// What it cannot take goes to the other kernel, with no error and within the workspace.
TEST_F(HopperLaunch, UnsuitableBuffersFallBack) {
  for (const MatmulDesc& x : {forced(kSplit), desc_of()}) {
    ASSERT_TRUE(runs_on_hopper(x, buffers_of(x, 1000)));
    for (const Change& change :
         {Change([](auto& b) { b.b.data = somewhere(2, 2); }), Change([](auto& b) { b.b.ld += 1; }),
          Change([](auto& b) { b.a.data = somewhere(1, 8); }), Change([](auto& b) { b.alpha = 0; }),
          Change([](auto& b) {
            b.batch = {2, 4096 * 1000 + 1, 0, 4096 * 1000};
          })}) {
      MatmulBuffers b = buffers_of(x, 1000);
      change(b);
      EXPECT_FALSE(runs_on_hopper(x, b));
    }
  }
}

TEST_F(HopperLaunch, OneCallChoosesTheSame) {
  MatmulBuffers b = buffers_of(desc_of(), 1000);
  ASSERT_TRUE(succeeds(matmul(Exec::cuda(), b.a, b.b, b.d)));
  EXPECT_TRUE(hopper_);
  b.b.data = somewhere(2, 2);
  ASSERT_TRUE(succeeds(matmul(Exec::cuda(), b.a, b.b, b.d)));
  EXPECT_FALSE(hopper_);
}

TEST_F(HopperLaunch, EightBitFloatsAtEveryN) {
  const MatmulDesc x = desc_of(DataType::f8e4m3);
  for (std::int64_t n : {1, 8, 9, 64, 65, 1000}) EXPECT_TRUE(runs_on_hopper(x, buffers_of(x, n)));
  EXPECT_EQ(last_asked.multiply, Multiply::e4m3_e4m3);
  MatmulBuffers b = buffers_of(x, 8);
  b.b.data = somewhere(2, 1);
  EXPECT_FALSE(runs_on_hopper(x, b));
}

TEST_F(HopperLaunch, AFailedMapIsReportedAndNothingLaunched) {
  const MatmulDesc x = forced(kSplit);
  const Result<MatmulPlan> plan = make_plan(Exec::cuda(), x);
  ASSERT_TRUE(succeeds(plan.status()));
  runtime_.encode_result = CUDA_ERROR_INVALID_VALUE;
  EXPECT_TRUE(
      fails(run(Exec::cuda(), *plan, buffers_of(x, 1000), {somewhere(4), plan->workspace_size()}),
            StatusCode::device_error, {"cuTensorMapEncodeTiled"}));
  EXPECT_TRUE(runtime_.launches.empty());
}

// ---- where it is not there ----------------------------------------------------------------------

TEST_F(HopperLaunch, ABuildWithoutItIsTheSameAsADeviceWithoutIt) {
  const MatmulDesc x = desc_of(), tuned = forced(kSplit);
  const auto expect_mma = [&](const char* what) {
    EXPECT_FALSE(runs_on_hopper(x, buffers_of(x, 1000))) << what;
    EXPECT_TRUE(fails(make_plan(Exec::cuda(), tuned).status(), StatusCode::invalid_argument,
                      {"desc.tuning.entries[0].config", "kernel = wgmma"}))
        << what;
    MatmulBuffers b = buffers_of(x, 1000);
    ASSERT_TRUE(succeeds(matmul(Exec::cuda(), b.a, b.b, b.d)));
    EXPECT_FALSE(hopper_) << what;
  };
  hopper_is_there = false;
  expect_mma("no entry");
  hopper_is_there = true;
  runtime_.ptx_version = 80;
  expect_mma("built for sm_80");
  runtime_.ptx_version = 90;
  use_device(kA100);
  expect_mma("another device");
}

TEST_F(HopperLaunch, NoImageForTheDeviceIsNoKernelAndOtherErrorsAreErrors) {
  runtime_.failing = {{"cudaFuncGetAttributes", cudaErrorNoKernelImageForDevice}};
  const MatmulDesc x = desc_of();
  EXPECT_FALSE(runs_on_hopper(x, buffers_of(x, 1000)));
  runtime_.failing = {{"cudaFuncGetAttributes", cudaErrorIllegalAddress}};
  EXPECT_TRUE(fails(make_plan(Exec::cuda(), x).status(), StatusCode::device_error, {}));
}

TEST_F(HopperLaunch, InstancesAreAllowedTheirSharedMemory) {
  for (const auto& [type, order, count] : {std::tuple{DataType::bf16, Order::col, 9},
                                           {DataType::i8, Order::col, 5},
                                           {DataType::f32, Order::col, 4},
                                           {DataType::f8e5m2, Order::col, 9}}) {
    runtime_.function_values.clear();
    ASSERT_TRUE(succeeds(make_plan(Exec::cuda(), desc_of(type, order)).status()));
    int allowed = 0;
    for (const FakeRuntime::FunctionValue& set : runtime_.function_values) {
      if (set.entry != &hopper_instance) continue;
      ++allowed;
      EXPECT_EQ(set.value, 227 * 1024);
    }
    EXPECT_EQ(allowed, count) << to_string(type);
  }
  use_device(kA100);
  runtime_.function_values.clear();
  ASSERT_TRUE(succeeds(make_plan(Exec::cuda(), desc_of()).status()));
  for (const FakeRuntime::FunctionValue& set : runtime_.function_values)
    EXPECT_EQ(set.entry, &mma_instance);
}

// tune runs both kernels where the buffers suit both.
TEST_F(HopperLaunch, TuneTriesBothKernels) {
  const MatmulDesc x = desc_of();
  const Result<MatmulPlan> plan = make_plan(Exec::cuda(), x);
  ASSERT_TRUE(succeeds(plan.status()));
  const auto count = [&](const MatmulBuffers& b) {
    int mma = 0, hopper = 0;
    runtime_.on_launch = [&](const FakeRuntime::Launch& launch) {
      ++(launch.entry == &hopper_instance ? hopper : mma);
    };
    EXPECT_TRUE(
        succeeds(tune(Exec::cuda(), *plan, b, {somewhere(4), plan->workspace_size()}).status()));
    return std::pair(mma, hopper);
  };
  MatmulBuffers b = buffers_of(x, 1000);
  auto [mma, hopper] = count(b);
  EXPECT_GT(mma, 0);
  EXPECT_GT(hopper, 0);
  b.b.data = somewhere(2, 2);
  std::tie(mma, hopper) = count(b);
  EXPECT_GT(mma, 0);
  EXPECT_EQ(hopper, 0);
}

}  // namespace
}  // namespace heddle
