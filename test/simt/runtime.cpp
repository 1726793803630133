// host/cuda/runtime.hpp without a device: launches run at once, in the testbed.
#include "test/simt/runtime.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "host/cuda/runtime.hpp"
#include "host/validate.hpp"
#include "test/simt/models/tensor_map.hpp"

namespace heddle {
namespace {

simt::RuntimeOptions runtime;
simt::Launches launches;
unsigned calls = 0, failing_call = 0;

// First line of every function: the call that shall fail answers for the CUDA runtime.
Status answer() {
  if (++calls != failing_call) return {};
  return {StatusCode::device_error, "the testbed fails this call"};
}

}  // namespace

namespace simt {

void set_runtime(const RuntimeOptions& options) { runtime = options; }

unsigned fail_call(unsigned call) {
  failing_call = call;
  return std::exchange(calls, 0);
}

Launches take_launches() { return std::exchange(launches, Launches{}); }

}  // namespace simt

namespace cuda {

// A small device of the newest kind; tests choose what matters to them.
Result<Device> current_device() {
  HEDDLE_TRY(answer());
  Device device;
  device.capability = runtime.capability;
  device.multiprocessors = runtime.multiprocessors;
  device.max_blocks = runtime.max_blocks;
  device.shared_per_block = 227 << 10;
  device.shared_per_multiprocessor = 228 << 10;
  device.l2_bytes = 32 << 20;
  device.clock_khz = 1500000;
  device.memory_clock_khz = 1000000;
  device.memory_bus_bits = 1024;
  std::strcpy(device.name, "testbed");
  return device;
}

Result<int> current_device_index() {
  HEDDLE_TRY(answer());
  return 0;
}

Status allow_dynamic_shared(const Kernel&, std::size_t) { return answer(); }

Result<int> built_for(const Kernel&) {
  HEDDLE_TRY(answer());
  return runtime.capability;
}

Status launch(const Exec&, const Kernel& kernel, const LaunchShape& shape, const void* args) {
  if (shape.blocks == 0) return {};
  HEDDLE_TRY(answer());
  simt::Options options = runtime.launch;
  options.problem += std::string(" ") + kernel.name;
  options.cluster = shape.cluster;
  const std::int64_t most = runtime.max_blocks / shape.cluster * shape.cluster;
  const auto blocks = static_cast<unsigned>(std::min(shape.blocks, most));
  simt::Report report = simt::launch(
      {blocks}, {shape.threads}, shape.dynamic_shared, [&] { kernel.call(kernel.entry, args); },
      options);
  ++launches.count;
  launches.report.counters += report.counters;
  launches.report.occurrences += report.occurrences;
  if (launches.report.clean()) {  // the first kernel with findings gives its name and schedule
    launches.report.problem = report.problem;
    launches.report.schedule = report.schedule;
    launches.report.findings = std::move(report.findings);
  }
  return {};
}

Status encode_tensor_map(const TensorMapShape& shape, TensorMap& map) {
  HEDDLE_TRY(answer());
  std::string why;
  if (simt::encode(shape, map, &why)) return {};
  return {StatusCode::device_error, "the testbed's tensor map: " + why};
}

Status clear(const Exec&, void* data, std::size_t bytes) {
  HEDDLE_TRY(answer());
  std::memset(data, 0, bytes);
  return {};
}

// No clock runs here that means anything: work takes as long as it does on the CPU.
Result<double> time_ms(const Exec&, const std::function<Status()>& work) {
  HEDDLE_TRY(answer());
  const auto begin = std::chrono::steady_clock::now();
  if (Status s = work(); !s.ok()) return s;
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

Status read_back(const Exec&, void* host, const void* device, std::size_t bytes) {
  HEDDLE_TRY(answer());
  std::memcpy(host, device, bytes);
  return {};
}

Status write_out(const Exec&, void* device, const void* host, std::size_t bytes) {
  HEDDLE_TRY(answer());
  std::memcpy(device, host, bytes);
  return {};
}

Result<StreamMemory> StreamMemory::allocate(const Exec& exec, std::size_t bytes) {
  HEDDLE_TRY(answer());
  return StreamMemory(exec, simt::allocate_global(bytes, 0));
}

StreamMemory::~StreamMemory() {
  if (data_ != nullptr) simt::free_global(data_);
}

}  // namespace cuda
}  // namespace heddle
