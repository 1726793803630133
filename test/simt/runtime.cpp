// host/cuda/runtime.hpp without a device: launches run at once, in the testbed.
#include "test/simt/runtime.hpp"

#include <algorithm>
#include <cstring>

#include "host/cuda/runtime.hpp"

namespace heddle {
namespace {

simt::RuntimeOptions runtime;
simt::Launches launches;

}  // namespace

namespace simt {

void set_runtime(const RuntimeOptions& options) { runtime = options; }

Launches take_launches() { return std::exchange(launches, Launches{}); }

}  // namespace simt

namespace cuda {

Result<Device> current_device() { return Device{2, runtime.max_blocks}; }

Status launch(const Exec&, const Kernel& kernel, const LaunchShape& shape, const void* args) {
  if (shape.blocks == 0) return {};
  simt::Options options = runtime.launch;
  options.problem += std::string(" ") + kernel.name;
  const auto blocks = static_cast<unsigned>(std::min(shape.blocks, runtime.max_blocks));
  simt::Report report = simt::launch(
      {blocks}, {shape.threads}, 0, [&] { kernel.call(kernel.entry, args); }, options);
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

Status read_back(const Exec&, void* host, const void* device, std::size_t bytes) {
  std::memcpy(host, device, bytes);
  return {};
}

Result<StreamMemory> StreamMemory::allocate(const Exec& exec, std::size_t bytes) {
  return StreamMemory(exec, simt::allocate_global(bytes, 0));
}

StreamMemory::~StreamMemory() {
  if (data_ != nullptr) simt::free_global(data_);
}

}  // namespace cuda
}  // namespace heddle
