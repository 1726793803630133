#pragma once
// A CUDA runtime that does what each test says: every function of it that host/cuda calls. Linked
// ahead of the real one, which then stays out.

#include <cudaTypedefs.h>
#include <cuda_runtime_api.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace heddle::test {

// What the runtime answers, and what it was asked.
struct FakeRuntime {
  struct Launch {
    cudaLaunchConfig_t config;
    std::vector<cudaLaunchAttribute> attributes;  // config.attrs points into the caller's stack
    const void* entry;
    void* argument;  // of the first parameter; valid during the launch
    int device;
  };
  struct Cleared {
    void* data;
    int value;
    std::size_t bytes;
    cudaStream_t stream;
  };
  struct FunctionValue {
    const void* entry;
    cudaFuncAttribute attribute;
    int value;
    int device;
  };

  struct Encoded {  // what the driver's cuTensorMapEncodeTiled was asked for
    CUtensorMapDataType type;
    void* base;
    std::vector<cuuint64_t> sizes, strides;
    std::vector<cuuint32_t> box, steps;
    CUtensorMapInterleave interleave;
    CUtensorMapSwizzle swizzle;
    CUtensorMapFloatOOBfill fill;
  };

  std::map<std::string, cudaError_t> failing;  // by function
  std::map<std::string, int> spared;           // calls of a failing function that still succeed
  std::function<int(cudaDeviceAttr, int device)> attribute = [](auto, int device) {
    return 100 + device;
  };
  std::string device_name = "a made-up device";
  int binary_version = 0, ptx_version = 0;
  bool has_encoder = true;  // else the entry point is null
  cudaDriverEntryPointQueryResult encoder_query = cudaDriverEntryPointSuccess;
  CUresult encode_result = CUDA_SUCCESS;
  std::function<void(const Launch&)> on_launch = [](const Launch&) {};

  std::atomic<int> property_reads{0};
  std::vector<Launch> launches;
  std::vector<FunctionValue> function_values;
  std::vector<Cleared> clears;
  std::vector<std::string> entry_points;  // asked for, with version and flags
  std::vector<Encoded> encoded;           // map i begins with the number i
  std::vector<std::string> calls;         // of events and launches, in order, with their stream
  int live_events = 0;
  int frees = 0;
  int errors_cleared = 0;

  FakeRuntime();  // becomes the runtime of the process, until its end
  ~FakeRuntime();
  FakeRuntime(const FakeRuntime&) = delete;
  FakeRuntime& operator=(const FakeRuntime&) = delete;

  cudaError_t answer(const char* function);
};

// The calling thread's current device.
void use_device(int device);

}  // namespace heddle::test
