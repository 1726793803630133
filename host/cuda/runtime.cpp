#include "host/cuda/runtime.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <iterator>
#include <mutex>

#include "host/cuda/runtime_error.hpp"
#include "host/validate.hpp"

namespace heddle::cuda {
namespace {

Result<Device> read_device(int index) {
  int major = 0, minor = 0, max_blocks = 0, per_block = 0, per_multiprocessor = 0, l2 = 0;
  Device device;
  device.index = index;
  const struct {
    cudaDeviceAttr attribute;
    int* value;
  } wanted[] = {{cudaDevAttrComputeCapabilityMajor, &major},
                {cudaDevAttrComputeCapabilityMinor, &minor},
                {cudaDevAttrMultiProcessorCount, &device.multiprocessors},
                {cudaDevAttrMaxGridDimX, &max_blocks},
                {cudaDevAttrMaxSharedMemoryPerBlockOptin, &per_block},
                {cudaDevAttrMaxSharedMemoryPerMultiprocessor, &per_multiprocessor},
                {cudaDevAttrL2CacheSize, &l2},
                {cudaDevAttrClockRate, &device.clock_khz},
                {cudaDevAttrMemoryClockRate, &device.memory_clock_khz},
                {cudaDevAttrGlobalMemoryBusWidth, &device.memory_bus_bits}};
  for (const auto& w : wanted)
    HEDDLE_TRY(
        status_of(cudaDeviceGetAttribute(w.value, w.attribute, index), "cudaDeviceGetAttribute"));
  cudaDeviceProp properties;
  HEDDLE_TRY(status_of(cudaGetDeviceProperties(&properties, index), "cudaGetDeviceProperties"));
  device.capability = 10 * major + minor;
  device.max_blocks = max_blocks;
  device.shared_per_block = static_cast<std::size_t>(per_block);
  device.shared_per_multiprocessor = static_cast<std::size_t>(per_multiprocessor);
  device.l2_bytes = static_cast<std::size_t>(l2);
  std::copy(std::begin(properties.name), std::end(properties.name), device.name);
  return device;
}

// A device's properties, once read. More devices than slots are read every time.
struct Slot {
  std::mutex mutex;
  std::atomic<bool> known{false};
  Device device;
};

}  // namespace

Result<int> current_device_index() {
  int index = 0;
  HEDDLE_TRY(status_of(cudaGetDevice(&index), "cudaGetDevice"));
  return index;
}

Result<Device> current_device() {
  static std::array<Slot, 64> slots;
  int index = 0;
  HEDDLE_TRY(status_of(cudaGetDevice(&index), "cudaGetDevice"));
  if (static_cast<std::size_t>(index) >= slots.size()) return read_device(index);
  Slot& slot = slots[static_cast<std::size_t>(index)];
  if (slot.known.load(std::memory_order_acquire)) return slot.device;
  const std::lock_guard lock(slot.mutex);
  if (slot.known.load(std::memory_order_relaxed)) return slot.device;
  Result<Device> read = read_device(index);
  if (!read.ok()) return read;
  slot.device = *read;
  slot.known.store(true, std::memory_order_release);
  return read;
}

Status launch(const Exec& exec, const Kernel& kernel, const LaunchShape& shape, const void* args) {
  if (shape.blocks == 0) return {};
  const Result<Device> device = current_device();
  if (!device.ok()) return device.status();
  cudaLaunchConfig_t config = {};
  const std::int64_t most = device->max_blocks / shape.cluster * shape.cluster;
  config.gridDim = dim3(static_cast<unsigned>(std::min(shape.blocks, most)));
  config.blockDim = dim3(shape.threads);
  config.dynamicSmemBytes = shape.dynamic_shared;
  config.stream = exec.stream();
  std::array<cudaLaunchAttribute, 2> attributes = {};
  config.attrs = attributes.data();
  if (shape.overlap_previous) {
    cudaLaunchAttribute& overlap = attributes[config.numAttrs++];
    overlap.id = cudaLaunchAttributeProgrammaticStreamSerialization;
    overlap.val.programmaticStreamSerializationAllowed = 1;
  }
  if (shape.cluster > 1) {
    cudaLaunchAttribute& cluster = attributes[config.numAttrs++];
    cluster.id = cudaLaunchAttributeClusterDimension;
    cluster.val.clusterDim.x = shape.cluster;
    cluster.val.clusterDim.y = cluster.val.clusterDim.z = 1;
  }
  void* parameters[] = {const_cast<void*>(args)};
  return status_of(cudaLaunchKernelExC(&config, kernel.entry, parameters), kernel.name);
}

Status allow_dynamic_shared(const Kernel& kernel, std::size_t bytes) {
  return status_of(cudaFuncSetAttribute(kernel.entry, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                        static_cast<int>(bytes)),
                   kernel.name);
}

Result<int> built_for(const Kernel& kernel) {
  cudaFuncAttributes attributes;
  HEDDLE_TRY(status_of(cudaFuncGetAttributes(&attributes, kernel.entry), kernel.name));
  return std::min(attributes.binaryVersion, attributes.ptxVersion);
}

Status clear(const Exec& exec, void* data, std::size_t bytes) {
  return status_of(cudaMemsetAsync(data, 0, bytes, exec.stream()), "cudaMemsetAsync");
}

namespace {

// An event of the current device.
class Event {
 public:
  ~Event() {
    if (event_ != nullptr) (void)cudaEventDestroy(event_);
  }
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  Status record(const Exec& exec) {
    HEDDLE_TRY(status_of(cudaEventCreate(&event_), "cudaEventCreate"));
    return status_of(cudaEventRecord(event_, exec.stream()), "cudaEventRecord");
  }
  cudaEvent_t get() const { return event_; }

 private:
  cudaEvent_t event_ = nullptr;
};

}  // namespace

Result<double> time_ms(const Exec& exec, const std::function<Status()>& work) {
  Event begin, end;
  HEDDLE_TRY(begin.record(exec));
  HEDDLE_TRY(work());
  HEDDLE_TRY(end.record(exec));
  HEDDLE_TRY(status_of(cudaEventSynchronize(end.get()), "cudaEventSynchronize"));
  float ms = 0;
  HEDDLE_TRY(status_of(cudaEventElapsedTime(&ms, begin.get(), end.get()), "cudaEventElapsedTime"));
  return double{ms};
}

Status read_back(const Exec& exec, void* host, const void* device, std::size_t bytes) {
  HEDDLE_TRY(status_of(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, exec.stream()),
                       "cudaMemcpyAsync"));
  return status_of(cudaStreamSynchronize(exec.stream()), "cudaStreamSynchronize");
}

Status write_out(const Exec& exec, void* device, const void* host, std::size_t bytes) {
  HEDDLE_TRY(status_of(cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, exec.stream()),
                       "cudaMemcpyAsync"));
  return status_of(cudaStreamSynchronize(exec.stream()), "cudaStreamSynchronize");
}

Result<StreamMemory> StreamMemory::allocate(const Exec& exec, std::size_t bytes) {
  void* data = nullptr;
  HEDDLE_TRY(status_of(cudaMallocAsync(&data, bytes, exec.stream()), "cudaMallocAsync"));
  return StreamMemory(exec, data);
}

StreamMemory::~StreamMemory() {
  if (data_ != nullptr) (void)cudaFreeAsync(data_, exec_.stream());
}

}  // namespace heddle::cuda
