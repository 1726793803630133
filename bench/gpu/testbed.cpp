// bench/gpu/device.hpp on the SIMT testbed: kernels run on the CPU, when they are enqueued. What it
// shows is that the harness works and that the kernels are right; its times mean nothing.
// HEDDLE_BENCH_CAPABILITY is the compute capability that it pretends to have, as 90.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <stdexcept>

#include "bench/gpu/device.hpp"
#include "test/simt/runtime.hpp"

namespace heddle::bench::gpu {

void describe_device() {
  if (const char* capability = std::getenv("HEDDLE_BENCH_CAPABILITY"); capability != nullptr) {
    simt::RuntimeOptions options;
    options.capability = std::atoi(capability);
    simt::set_runtime(options);
  }
  benchmark::AddCustomContext("gpu", "SIMT testbed, no hardware");
}

DeviceMemory::DeviceMemory(std::size_t bytes)
    : data_(static_cast<std::byte*>(simt::allocate_global(bytes, 0))) {}

void DeviceMemory::Free::operator()(std::byte* data) const { simt::free_global(data); }

void Stream::wait() const {
  const simt::Launches launches = simt::take_launches();
  if (!launches.report.clean()) throw std::runtime_error(launches.report.text());
}

}  // namespace heddle::bench::gpu
