// The launch layer against a CUDA runtime that does what each test says.
#include "host/cuda/runtime.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "test/host/cuda/fake_runtime.hpp"
#include "test/oracle/suite.hpp"

namespace heddle::cuda {
namespace {

using oracle::fails;
using oracle::succeeds;
using test::use_device;

cudaStream_t const kStream = reinterpret_cast<cudaStream_t>(7);  // NOLINT(misc-misplaced-const)

class CudaRuntime : public testing::Test {
 protected:
  Status start(LaunchShape shape) {
    const int argument = 42;
    return launch(Exec::cuda(kStream), kernel_, shape, argument);
  }
  // Fails with each call of `functions` in turn, as `call` must say; clears every error.
  void expect_failures(std::initializer_list<const char*> functions,
                       const std::function<Status()>& call) {
    for (const char* function : functions) {
      runtime_.failing = {{function, cudaErrorIllegalAddress}};
      const int cleared = runtime_.errors_cleared;
      EXPECT_TRUE(fails(call(), StatusCode::device_error, {"the runtime's words"})) << function;
      EXPECT_EQ(runtime_.errors_cleared, cleared + 1) << function;
      runtime_.failing = {{function, cudaErrorNoDevice}};
      EXPECT_TRUE(fails(call(), StatusCode::unavailable, {"no CUDA device"})) << function;
      runtime_.failing.clear();
    }
  }
  test::FakeRuntime runtime_;
  const Kernel kernel_ = {&runtime_, "some_kernel"};
};

// Devices are numbered apart between tests: properties stay for the process.
TEST_F(CudaRuntime, PropertiesAreReadOncePerDeviceByAnyNumberOfThreads) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 16; ++i)
    threads.emplace_back([&, i] {
      const int index = 10 + i % 2;
      use_device(index);
      for (int repeat = 0; repeat < 100; ++repeat) {
        const Result<Device> device = current_device();
        wrong += !device.ok() || device->index != index || device->multiprocessors != 100 + index;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(runtime_.property_reads, 2);  // one of each of two devices
}

TEST_F(CudaRuntime, DevicesBeyondTheTableAreReadEveryTime) {
  use_device(1000);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(current_device()->multiprocessors, 1100);
  EXPECT_EQ(runtime_.property_reads, 3);
}

TEST_F(CudaRuntime, AFailedReadIsTriedAgain) {
  use_device(20);
  expect_failures({"cudaGetDevice", "cudaDeviceGetAttribute", "cudaGetDeviceProperties"},
                  [] { return current_device().status(); });
  EXPECT_EQ(current_device()->multiprocessors, 120);
}

TEST_F(CudaRuntime, EveryFieldOfADeviceComesFromItsAttribute) {
  use_device(21);
  runtime_.attribute = [](cudaDeviceAttr attribute, int device) {
    EXPECT_EQ(device, 21);
    switch (attribute) {
      case cudaDevAttrComputeCapabilityMajor: return 12;
      case cudaDevAttrComputeCapabilityMinor: return 1;
      case cudaDevAttrMultiProcessorCount: return 3;
      case cudaDevAttrMaxGridDimX: return 4;
      case cudaDevAttrMaxSharedMemoryPerBlockOptin: return 5;
      case cudaDevAttrMaxSharedMemoryPerMultiprocessor: return 6;
      case cudaDevAttrL2CacheSize: return 7;
      case cudaDevAttrClockRate: return 8;
      case cudaDevAttrMemoryClockRate: return 9;
      case cudaDevAttrGlobalMemoryBusWidth: return 10;
      default: return -1;
    }
  };
  runtime_.device_name.assign(300, 'x');
  const Result<Device> device = current_device();
  ASSERT_TRUE(succeeds(device.status()));
  EXPECT_EQ(device->index, 21);
  EXPECT_EQ(device->capability, 121);
  EXPECT_EQ(device->multiprocessors, 3);
  EXPECT_EQ(device->max_blocks, 4);
  EXPECT_EQ(device->shared_per_block, 5u);
  EXPECT_EQ(device->shared_per_multiprocessor, 6u);
  EXPECT_EQ(device->l2_bytes, 7u);
  EXPECT_EQ(device->clock_khz, 8);
  EXPECT_EQ(device->memory_clock_khz, 9);
  EXPECT_EQ(device->memory_bus_bits, 10);
  EXPECT_EQ(std::string(device->name), std::string(255, 'x'));
}

TEST_F(CudaRuntime, TheIndexAloneReadsNoProperties) {
  use_device(22);
  const Result<int> index = current_device_index();
  ASSERT_TRUE(succeeds(index.status()));
  EXPECT_EQ(*index, 22);
  EXPECT_EQ(runtime_.property_reads, 0);
  expect_failures({"cudaGetDevice"}, [] { return current_device_index().status(); });
}

TEST_F(CudaRuntime, LaunchPassesGridStreamAndArguments) {
  int argument = 0;
  runtime_.on_launch = [&](const auto& launch) {
    argument = *static_cast<const int*>(launch.argument);
  };
  ASSERT_TRUE(succeeds(start({17, 128})));
  ASSERT_EQ(runtime_.launches.size(), 1u);
  const test::FakeRuntime::Launch& launch = runtime_.launches[0];
  EXPECT_EQ(launch.config.gridDim.x, 17u);
  EXPECT_EQ(launch.config.gridDim.y * launch.config.gridDim.z, 1u);
  EXPECT_EQ(launch.config.blockDim.x, 128u);
  EXPECT_EQ(launch.config.blockDim.y * launch.config.blockDim.z, 1u);
  EXPECT_EQ(launch.config.dynamicSmemBytes, 0u);
  EXPECT_EQ(launch.config.stream, kStream);
  EXPECT_TRUE(launch.attributes.empty());
  EXPECT_EQ(launch.entry, &runtime_);
  EXPECT_EQ(argument, 42);
}

TEST_F(CudaRuntime, LaunchPassesDynamicSharedMemory) {
  ASSERT_TRUE(succeeds(start({1, 32, 98'304})));
  EXPECT_EQ(runtime_.launches.at(0).config.dynamicSmemBytes, 98'304u);
  EXPECT_TRUE(runtime_.launches[0].attributes.empty());
}

TEST_F(CudaRuntime, OverlapIsAnAttributeOfTheLaunch) {
  ASSERT_TRUE(succeeds(start({1, 32, 16, 1, true})));
  ASSERT_EQ(runtime_.launches.at(0).attributes.size(), 1u);
  const cudaLaunchAttribute& overlap = runtime_.launches[0].attributes[0];
  EXPECT_EQ(overlap.id, cudaLaunchAttributeProgrammaticStreamSerialization);
  EXPECT_EQ(overlap.val.programmaticStreamSerializationAllowed, 1);
  EXPECT_EQ(runtime_.launches[0].config.dynamicSmemBytes, 16u);
}

TEST_F(CudaRuntime, AClusterIsAnAttributeOfTheLaunch) {
  ASSERT_TRUE(succeeds(start({12, 32, 16, 4})));
  ASSERT_EQ(runtime_.launches.at(0).attributes.size(), 1u);
  const cudaLaunchAttribute& cluster = runtime_.launches[0].attributes[0];
  EXPECT_EQ(cluster.id, cudaLaunchAttributeClusterDimension);
  EXPECT_EQ(cluster.val.clusterDim.x, 4u);
  EXPECT_EQ(cluster.val.clusterDim.y, 1u);
  EXPECT_EQ(cluster.val.clusterDim.z, 1u);
  EXPECT_EQ(runtime_.launches[0].config.gridDim.x, 12u);
  ASSERT_TRUE(succeeds(start({12, 32, 16, 2, true})));  // both
  ASSERT_EQ(runtime_.launches.at(1).attributes.size(), 2u);
  EXPECT_EQ(runtime_.launches[1].attributes[0].id,
            cudaLaunchAttributeProgrammaticStreamSerialization);
  EXPECT_EQ(runtime_.launches[1].attributes[1].id, cudaLaunchAttributeClusterDimension);
  EXPECT_EQ(runtime_.launches[1].attributes[1].val.clusterDim.x, 2u);
  use_device(23);  // whose grids have at most 123 blocks: 30 clusters
  ASSERT_TRUE(succeeds(start({400, 32, 0, 4})));
  EXPECT_EQ(runtime_.launches.at(2).config.gridDim.x, 120u);
}

TEST_F(CudaRuntime, NoBlocksIsNoLaunchAndTooManyAreCut) {
  use_device(23);  // whose grids have at most 123 blocks
  EXPECT_TRUE(succeeds(start({0, 128})));
  EXPECT_TRUE(runtime_.launches.empty());
  EXPECT_TRUE(succeeds(start({std::int64_t{1} << 40, 128})));
  EXPECT_EQ(runtime_.launches.at(0).config.gridDim.x, 123u);
}

TEST_F(CudaRuntime, EveryFailureHasItsCodeAndIsCleared) {
  const struct {
    cudaError_t error;
    StatusCode code;
    const char* part;
  } cases[] = {
      {cudaErrorInsufficientDriver, StatusCode::unavailable, "no CUDA driver"},
      {cudaErrorSystemDriverMismatch, StatusCode::unavailable, "no CUDA driver"},
      {cudaErrorStubLibrary, StatusCode::unavailable, "no CUDA driver"},
      {cudaErrorNoDevice, StatusCode::unavailable, "no CUDA device"},
      {cudaErrorNoKernelImageForDevice, StatusCode::unavailable, "no kernel is built"},
      {cudaErrorUnsupportedPtxVersion, StatusCode::unavailable, "no kernel is built"},
      {cudaErrorInvalidDeviceFunction, StatusCode::unavailable, "no kernel is built"},
      {cudaErrorMemoryAllocation, StatusCode::out_of_memory, "some_kernel"},
      {cudaErrorIllegalAddress, StatusCode::device_error, "some_kernel"},
      {cudaErrorInvalidConfiguration, StatusCode::device_error, "the runtime's words"},
  };
  for (const auto& c : cases) {
    runtime_.failing["cudaLaunchKernelExC"] = c.error;
    const int cleared = runtime_.errors_cleared;
    EXPECT_TRUE(fails(start({1, 128}), c.code, {c.part}));
    EXPECT_EQ(runtime_.errors_cleared, cleared + 1);
  }
}

TEST_F(CudaRuntime, AllowDynamicSharedSaysHowMuchOfWhichKernel) {
  ASSERT_TRUE(succeeds(allow_dynamic_shared(kernel_, 100'000)));
  ASSERT_EQ(runtime_.function_values.size(), 1u);
  EXPECT_EQ(runtime_.function_values[0].entry, &runtime_);
  EXPECT_EQ(runtime_.function_values[0].attribute, cudaFuncAttributeMaxDynamicSharedMemorySize);
  EXPECT_EQ(runtime_.function_values[0].value, 100'000);
  expect_failures({"cudaFuncSetAttribute"}, [&] { return allow_dynamic_shared(kernel_, 1); });
  runtime_.failing["cudaFuncSetAttribute"] = cudaErrorInvalidValue;
  EXPECT_TRUE(fails(allow_dynamic_shared(kernel_, 1), StatusCode::device_error, {"some_kernel"}));
}

// A binary for the device itself; sm_80 code on sm_86; PTX of 8.0 compiled for a newer device.
TEST_F(CudaRuntime, BuiltForIsTheOlderOfBinaryAndPtx) {
  const int cases[][3] = {{89, 89, 89}, {80, 80, 80}, {120, 80, 80}, {89, 90, 89}};
  for (const auto& [binary, ptx, want] : cases) {
    runtime_.binary_version = binary, runtime_.ptx_version = ptx;
    const Result<int> built = built_for(kernel_);
    ASSERT_TRUE(succeeds(built.status()));
    EXPECT_EQ(*built, want);
  }
  expect_failures({"cudaFuncGetAttributes"}, [&] { return built_for(kernel_).status(); });
  runtime_.failing["cudaFuncGetAttributes"] = cudaErrorNoKernelImageForDevice;
  EXPECT_TRUE(fails(built_for(kernel_).status(), StatusCode::unavailable, {"no kernel is built"}));
}

TEST_F(CudaRuntime, ClearWritesZerosInStreamOrder) {
  char there = 0;
  ASSERT_TRUE(succeeds(clear(Exec::cuda(kStream), &there, 4097)));
  ASSERT_EQ(runtime_.clears.size(), 1u);
  EXPECT_EQ(runtime_.clears[0].data, &there);
  EXPECT_EQ(runtime_.clears[0].value, 0);
  EXPECT_EQ(runtime_.clears[0].bytes, 4097u);
  EXPECT_EQ(runtime_.clears[0].stream, kStream);
  expect_failures({"cudaMemsetAsync"}, [&] { return clear(Exec::cuda(kStream), &there, 1); });
}

TEST_F(CudaRuntime, TimeIsTakenAroundTheWorkOnItsStream) {
  const Result<double> ms = time_ms(Exec::cuda(kStream), [&] { return start({1, 32}); });
  ASSERT_TRUE(succeeds(ms.status()));
  EXPECT_EQ(*ms, 2.5);
  EXPECT_EQ(runtime_.calls,
            (std::vector<std::string>{"cudaEventRecord 7", "cudaLaunchKernelExC 7",
                                      "cudaEventRecord 7", "cudaEventSynchronize event 2"}));
  EXPECT_EQ(runtime_.live_events, 0);
}

TEST_F(CudaRuntime, TimingThatFailsAnywhereLeavesNoEvent) {
  const auto measure = [&] {
    const Status status = time_ms(Exec::cuda(kStream), [&] { return start({1, 32}); }).status();
    EXPECT_EQ(runtime_.live_events, 0);
    return status;
  };
  expect_failures({"cudaEventCreate", "cudaEventRecord", "cudaLaunchKernelExC",
                   "cudaEventSynchronize", "cudaEventElapsedTime"},
                  measure);
  for (const char* second : {"cudaEventCreate", "cudaEventRecord"}) {  // the one that ends
    runtime_.spared = {{second, 1}};
    runtime_.failing = {{second, cudaErrorMemoryAllocation}};
    EXPECT_TRUE(fails(measure(), StatusCode::out_of_memory, {second}));
  }
  runtime_.failing.clear();
  EXPECT_TRUE(succeeds(measure()));
}

TEST_F(CudaRuntime, WorkThatFailsIsNotWaitedFor) {
  const Status status = time_ms(Exec::cuda(), [] {
                          return Status(StatusCode::unsupported, "its own words");
                        }).status();
  EXPECT_TRUE(fails(status, StatusCode::unsupported, {"its own words"}));
  EXPECT_EQ(runtime_.calls, (std::vector<std::string>{"cudaEventRecord 0"}));
  EXPECT_EQ(runtime_.live_events, 0);
}

TEST_F(CudaRuntime, ReadBackReportsTheCopyAndTheWait) {
  int from = 5, to = 0;
  const auto read = [&] { return read_back(Exec::cuda(), &to, &from, sizeof to); };
  ASSERT_TRUE(succeeds(read()));
  EXPECT_EQ(to, 5);
  expect_failures({"cudaStreamSynchronize", "cudaMemcpyAsync"}, read);
  for (const char* function : {"cudaStreamSynchronize", "cudaMemcpyAsync"}) {
    runtime_.failing = {{function, cudaErrorInvalidValue}};
    EXPECT_TRUE(fails(read(), StatusCode::device_error, {function}));
  }
}

TEST_F(CudaRuntime, WriteOutReportsTheCopyAndTheWait) {
  const int from = 7;
  int to = 0;
  const auto write = [&] { return write_out(Exec::cuda(), &to, &from, sizeof to); };
  ASSERT_TRUE(succeeds(write()));
  EXPECT_EQ(to, 7);
  expect_failures({"cudaStreamSynchronize", "cudaMemcpyAsync"}, write);
  for (const char* function : {"cudaStreamSynchronize", "cudaMemcpyAsync"}) {
    runtime_.failing = {{function, cudaErrorInvalidValue}};
    EXPECT_TRUE(fails(write(), StatusCode::device_error, {function}));
  }
}

TEST_F(CudaRuntime, StreamMemoryIsFreedOnce) {
  {
    Result<StreamMemory> memory = StreamMemory::allocate(Exec::cuda(), 24);
    ASSERT_TRUE(memory.ok());
    const StreamMemory moved = std::move(*memory);
    EXPECT_NE(moved.data(), nullptr);
  }
  EXPECT_EQ(runtime_.frees, 1);
  runtime_.failing["cudaMallocAsync"] = cudaErrorMemoryAllocation;
  EXPECT_TRUE(fails(StreamMemory::allocate(Exec::cuda(), 24).status(), StatusCode::out_of_memory,
                    {"cudaMallocAsync"}));
  EXPECT_EQ(runtime_.frees, 1);
}

}  // namespace
}  // namespace heddle::cuda
