// The launch layer against a CUDA runtime that does what each test says.
#include "host/cuda/runtime.hpp"

#include <cuda_runtime_api.h>

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "test/oracle/suite.hpp"

namespace {

// What the runtime answers, and what it was asked.
struct FakeRuntime {
  std::map<std::string, cudaError_t> failing;  // by function
  std::atomic<int> attribute_reads{0};
  std::vector<cudaLaunchConfig_t> launches;
  const void* entry = nullptr;
  int argument = 0;
  int frees = 0;
  int cleared = 0;

  cudaError_t answer(const char* function) const {
    const auto found = failing.find(function);
    return found == failing.end() ? cudaSuccess : found->second;
  }
};

FakeRuntime* fake = nullptr;
thread_local int this_device = 0;

}  // namespace

extern "C" {
cudaError_t cudaGetDevice(int* device) {
  *device = this_device;
  return fake->answer("cudaGetDevice");
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  ++fake->attribute_reads;
  *value = attribute == cudaDevAttrMaxGridDimX ? 1000 : 100 + device;
  return fake->answer("cudaDeviceGetAttribute");
}
cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t* config, const void* func, void** args) {
  fake->launches.push_back(*config);
  fake->entry = func;
  fake->argument = *static_cast<const int*>(args[0]);
  return fake->answer("cudaLaunchKernelExC");
}
cudaError_t cudaMemcpyAsync(void* dst, const void* src, size_t count, cudaMemcpyKind,
                            cudaStream_t) {
  std::copy_n(static_cast<const char*>(src), count, static_cast<char*>(dst));
  return fake->answer("cudaMemcpyAsync");
}
cudaError_t cudaStreamSynchronize(cudaStream_t) { return fake->answer("cudaStreamSynchronize"); }
cudaError_t cudaMallocAsync(void** devPtr, size_t, cudaStream_t) {
  static int somewhere;
  *devPtr = &somewhere;
  return fake->answer("cudaMallocAsync");
}
cudaError_t cudaFreeAsync(void*, cudaStream_t) {
  ++fake->frees;
  return cudaSuccess;
}
cudaError_t cudaGetLastError() {
  ++fake->cleared;
  return cudaSuccess;
}
const char* cudaGetErrorString(cudaError_t) { return "the runtime's words"; }
}

namespace heddle::cuda {
namespace {

using oracle::fails;
using oracle::succeeds;

class CudaRuntime : public testing::Test {
 protected:
  void SetUp() override { fake = &runtime_; }
  void TearDown() override { fake = nullptr; }
  Status start(std::int64_t blocks) {
    const int argument = 42;
    return launch(Exec::cuda(reinterpret_cast<cudaStream_t>(7)), {&runtime_, "some_kernel"},
                  {blocks, 128}, argument);
  }
  FakeRuntime runtime_;
};

// Devices are numbered apart between tests: properties stay for the process.
TEST_F(CudaRuntime, PropertiesAreReadOncePerDeviceByAnyNumberOfThreads) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 16; ++i)
    threads.emplace_back([&, i] {
      this_device = 10 + i % 2;
      for (int repeat = 0; repeat < 100; ++repeat) {
        const Result<Device> device = current_device();
        wrong += !device.ok() || device->multiprocessors != 100 + this_device;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(runtime_.attribute_reads, 4);  // two of each of two devices
}

TEST_F(CudaRuntime, DevicesBeyondTheTableAreReadEveryTime) {
  this_device = 1000;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(current_device()->multiprocessors, 1100);
  EXPECT_EQ(runtime_.attribute_reads, 6);
  this_device = 0;
}

TEST_F(CudaRuntime, AFailedReadIsTriedAgain) {
  this_device = 20;
  runtime_.failing["cudaDeviceGetAttribute"] = cudaErrorUnknown;
  EXPECT_TRUE(fails(current_device().status(), StatusCode::device_error, {"runtime's words"}));
  runtime_.failing.clear();
  EXPECT_EQ(current_device()->multiprocessors, 120);
  this_device = 0;
}

TEST_F(CudaRuntime, LaunchPassesGridStreamAndArguments) {
  ASSERT_TRUE(succeeds(start(17)));
  ASSERT_EQ(runtime_.launches.size(), 1u);
  EXPECT_EQ(runtime_.launches[0].gridDim.x, 17u);
  EXPECT_EQ(runtime_.launches[0].blockDim.x, 128u);
  EXPECT_EQ(runtime_.launches[0].stream, reinterpret_cast<cudaStream_t>(7));
  EXPECT_EQ(runtime_.entry, &runtime_);
  EXPECT_EQ(runtime_.argument, 42);
}

TEST_F(CudaRuntime, NoBlocksIsNoLaunchAndTooManyAreCut) {
  EXPECT_TRUE(succeeds(start(0)));
  EXPECT_TRUE(runtime_.launches.empty());
  EXPECT_TRUE(succeeds(start(std::int64_t{1} << 40)));
  EXPECT_EQ(runtime_.launches.at(0).gridDim.x, 1000u);
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
    const int cleared = runtime_.cleared;
    EXPECT_TRUE(fails(start(1), c.code, {c.part}));
    EXPECT_EQ(runtime_.cleared, cleared + 1);
  }
}

TEST_F(CudaRuntime, ReadBackReportsTheCopyAndTheWait) {
  int from = 5, to = 0;
  ASSERT_TRUE(succeeds(read_back(Exec::cuda(), &to, &from, sizeof to)));
  EXPECT_EQ(to, 5);
  runtime_.failing["cudaStreamSynchronize"] = cudaErrorIllegalAddress;
  EXPECT_TRUE(fails(read_back(Exec::cuda(), &to, &from, sizeof to), StatusCode::device_error,
                    {"cudaStreamSynchronize"}));
  runtime_.failing["cudaMemcpyAsync"] = cudaErrorInvalidValue;
  EXPECT_TRUE(fails(read_back(Exec::cuda(), &to, &from, sizeof to), StatusCode::device_error,
                    {"cudaMemcpyAsync"}));
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
