// bench/gpu/device.hpp on a GPU.
#include <benchmark/benchmark.h>
#include <cuda_runtime_api.h>

#include <stdexcept>

#include "bench/gpu/copy.hpp"
#include "bench/gpu/device.hpp"

namespace heddle::bench::gpu {
namespace {

// The error is also cleared, so that the next case does not inherit it (unless it is sticky).
void require(cudaError_t error, const char* doing) {
  if (error == cudaSuccess) return;
  (void)cudaGetLastError();
  throw std::runtime_error(std::string(doing) + ": " + cudaGetErrorString(error));
}

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

std::string attribute(cudaDeviceAttr which, int device) {
  int value = 0;
  if (cudaDeviceGetAttribute(&value, which, device) == cudaSuccess) return std::to_string(value);
  (void)cudaGetLastError();
  return "unknown";
}

int current_device() {
  int device = 0;
  require(cudaGetDevice(&device), "cudaGetDevice");
  return device;
}

}  // namespace

std::string missing_device() {
  int devices = 0;
  const cudaError_t error = cudaGetDeviceCount(&devices);
  if (error == cudaSuccess && devices > 0) return "";
  (void)cudaGetLastError();
  return error == cudaSuccess ? "no device"
                              : std::string("no device: ") + cudaGetErrorString(error);
}

Properties properties() {
  const int device = current_device();
  int l2_bytes = 0, multiprocessors = 0;
  require(cudaDeviceGetAttribute(&l2_bytes, cudaDevAttrL2CacheSize, device),
          "cudaDeviceGetAttribute");
  require(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device),
          "cudaDeviceGetAttribute");
  return {static_cast<std::size_t>(l2_bytes), false, multiprocessors};
}

void describe_device() {
  const int device = current_device();
  cudaDeviceProp found{};
  require(cudaGetDeviceProperties(&found, device), "cudaGetDeviceProperties");
  int driver = 0, runtime = 0;
  require(cudaDriverGetVersion(&driver), "cudaDriverGetVersion");
  require(cudaRuntimeGetVersion(&runtime), "cudaRuntimeGetVersion");
  const auto add = [](const char* key, const std::string& value) {
    benchmark::AddCustomContext(key, value);
  };
  add("gpu", found.name);
  add("gpu_compute_capability", std::to_string(found.major) + "." + std::to_string(found.minor));
  add("gpu_multiprocessors", std::to_string(found.multiProcessorCount));
  add("gpu_l2_bytes", std::to_string(found.l2CacheSize));
  add("gpu_memory_bytes", std::to_string(found.totalGlobalMem));
  add("gpu_memory_bus_bits", std::to_string(found.memoryBusWidth));
  add("gpu_ecc", found.ECCEnabled != 0 ? "on" : "off");
  add("gpu_clock_khz", attribute(cudaDevAttrClockRate, device));
  add("gpu_memory_clock_khz", attribute(cudaDevAttrMemoryClockRate, device));
  add("cuda_driver", version_text(driver));
  add("cuda_runtime", version_text(runtime));
}

DeviceMemory::DeviceMemory(std::size_t bytes) {
  void* data = nullptr;
  require(cudaMalloc(&data, bytes), "cudaMalloc");
  data_.reset(static_cast<std::byte*>(data));
}

void DeviceMemory::Free::operator()(std::byte* data) const { (void)cudaFree(data); }

void upload(std::byte* device, const std::byte* host, std::size_t bytes) {
  require(cudaMemcpy(device, host, bytes, cudaMemcpyHostToDevice), "cudaMemcpy to the device");
  // A copy from pageable memory may return before its last part has landed.
  require(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
}

void download(std::byte* host, const std::byte* device, std::size_t bytes) {
  require(cudaMemcpy(host, device, bytes, cudaMemcpyDeviceToHost), "cudaMemcpy to the host");
}

void fill(std::byte* device, int byte, std::size_t bytes) {
  require(cudaMemset(device, byte, bytes), "cudaMemset");
  require(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
}

Stream::Stream() {
  require(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
}

Stream::~Stream() { (void)cudaStreamDestroy(stream_); }

void Stream::wait() const { require(cudaStreamSynchronize(stream_), "cudaStreamSynchronize"); }

struct Mark::State {
  cudaEvent_t event = nullptr;
};

Mark::Mark() : state_(std::make_unique<State>()) {
  require(cudaEventCreate(&state_->event), "cudaEventCreate");
}

Mark::~Mark() { (void)cudaEventDestroy(state_->event); }

void Mark::set(const Stream& stream) {
  require(cudaEventRecord(state_->event, stream.get()), "cudaEventRecord");
}

double Mark::seconds_since(const Mark& earlier) const {
  float milliseconds = 0;
  require(cudaEventElapsedTime(&milliseconds, earlier.state_->event, state_->event),
          "cudaEventElapsedTime");
  return static_cast<double>(milliseconds) * 1e-3;
}

struct Recording::State {
  cudaGraphExec_t graph = nullptr;
};

Recording::Recording(const Stream& stream, const std::function<void()>& enqueue)
    : state_(std::make_unique<State>()) {
  // Global: a call that a capture forbids, an allocation say, is an error wherever it is made.
  require(cudaStreamBeginCapture(stream.get(), cudaStreamCaptureModeGlobal),
          "cudaStreamBeginCapture");
  cudaGraph_t graph = nullptr;
  try {
    enqueue();
  } catch (...) {
    (void)cudaStreamEndCapture(stream.get(), &graph);
    (void)cudaGetLastError();
    if (graph != nullptr) (void)cudaGraphDestroy(graph);
    throw;
  }
  require(cudaStreamEndCapture(stream.get(), &graph), "cudaStreamEndCapture");
  const cudaError_t error = cudaGraphInstantiate(&state_->graph, graph, 0);
  (void)cudaGraphDestroy(graph);
  require(error, "cudaGraphInstantiate");
}

Recording::~Recording() { (void)cudaGraphExecDestroy(state_->graph); }

void Recording::launch(const Stream& stream) const {
  require(cudaGraphLaunch(state_->graph, stream.get()), "cudaGraphLaunch");
}

void copy_by_runtime(std::byte* to, const std::byte* from, std::size_t bytes,
                     const Stream& stream) {
  require(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream.get()),
          "cudaMemcpyAsync");
}

void copy_by_kernel(std::byte* to, const std::byte* from, std::size_t bytes, const Stream& stream) {
  require(launch_copy(to, from, bytes, stream.get()), "copy_kernel");
}

void launch_empty(const Stream& stream) { require(launch_nothing(stream.get()), "nothing_kernel"); }

}  // namespace heddle::bench::gpu
