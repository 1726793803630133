// Device tests on a GPU.
#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "test/device/device.hpp"

namespace heddle::test {
namespace {

constexpr std::size_t kZone = 256;
constexpr unsigned char kPoison = 0xFF;

void require(cudaError_t error, const char* doing) {
  if (error != cudaSuccess)
    throw std::runtime_error(std::string(doing) + ": " + cudaGetErrorString(error));
}

// Whatever stream wrote it.
void fetch(void* host, const void* device, std::size_t bytes) {
  require(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
  if (bytes > 0) require(cudaMemcpy(host, device, bytes, cudaMemcpyDefault), "cudaMemcpy");
}

}  // namespace

DeviceBytes::DeviceBytes(std::size_t bytes, std::size_t misalign) : size_(bytes) {
  require(cudaMalloc(&base_, bytes + misalign + 2 * kZone), "cudaMalloc");
  require(cudaMemset(base_, kPoison, bytes + misalign + 2 * kZone), "cudaMemset");
  require(cudaDeviceSynchronize(), "cudaDeviceSynchronize");  // streams of tests do not wait for it
  data_ = static_cast<unsigned char*>(base_) + kZone + misalign;
}

DeviceBytes::DeviceBytes(const void* host, std::size_t bytes, std::size_t misalign)
    : DeviceBytes(bytes, misalign) {
  if (bytes > 0) require(cudaMemcpy(data_, host, bytes, cudaMemcpyDefault), "cudaMemcpy");
  require(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
}

DeviceBytes::DeviceBytes(DeviceBytes&& other) noexcept
    : data_(other.data_), size_(other.size_), base_(other.base_) {
  other.base_ = nullptr;
}

DeviceBytes::~DeviceBytes() { (void)cudaFree(base_); }

std::vector<unsigned char> DeviceBytes::read() const {
  std::vector<unsigned char> host(size_);
  fetch(host.data(), data_, size_);
  return host;
}

testing::AssertionResult DeviceBytes::zones_intact() const {
  unsigned char zone[kZone];
  for (const unsigned char* at : {data_ - kZone, data_ + size_}) {
    fetch(zone, at, kZone);
    if (!std::all_of(zone, zone + kZone, [](unsigned char b) { return b == kPoison; }))
      return testing::AssertionFailure() << "written " << (at < data_ ? "before" : "behind");
  }
  return testing::AssertionSuccess();
}

void on_device(const std::string& problem, const std::function<void(const Exec&)>& body,
               const Effort&) {
  SCOPED_TRACE(problem);
  cudaStream_t stream = nullptr;
  require(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreate");
  for (int run = 0; run < 2 && !testing::Test::HasFailure(); ++run) {
    body(Exec::cuda(stream));
    EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
    EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  }
  require(cudaStreamDestroy(stream), "cudaStreamDestroy");
}

std::string missing_device(int capability) {
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
    (void)cudaGetLastError();
    return "no device";
  }
  int device = 0, major = 0, minor = 0;
  require(cudaGetDevice(&device), "cudaGetDevice");
  require(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device), "attribute");
  require(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device), "attribute");
  if (capability == 0 || 10 * major + minor == capability) return "";
  return "compute capability " + std::to_string(major) + "." + std::to_string(minor);
}

}  // namespace heddle::test
