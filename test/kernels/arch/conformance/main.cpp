#include <cuda_runtime_api.h>

#include <cstdio>
#include <stdexcept>

#include "test/kernels/arch/conformance/conformance.hpp"

namespace {

int run() {
  int device = 0;
  cudaDeviceProp properties{};
  if (cudaGetDevice(&device) || cudaGetDeviceProperties(&properties, device)) {
    throw std::runtime_error(cudaGetErrorString(cudaGetLastError()));
  }
  heddle::conformance::Record record(heddle::conformance::compiled_target());
  std::printf("device %d: %s, sm_%d%d, code for sm_%d\n", device, properties.name, properties.major,
              properties.minor, record.target());
  heddle::conformance::check_all(record);
  return record.finish() ? 0 : 1;
}

}  // namespace

int main() {
  int devices = 0;
  const cudaError_t status = cudaGetDeviceCount(&devices);
  if (status != cudaSuccess || devices == 0) {
    std::printf("heddle_conformance: Skipped\nno device (%s)\n\n",
                status == cudaSuccess ? "none found" : cudaGetErrorString(status));
    return 77;
  }
  try {
    return run();
  } catch (const std::exception& e) {
    std::printf("heddle_conformance: %s\n", e.what());
    return 1;
  }
}
