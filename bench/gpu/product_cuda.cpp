// bench/gpu/product_device.hpp on a GPU.
#include <cuda_runtime_api.h>

#include <optional>
#include <stdexcept>

#include "bench/gpu/check_product.hpp"
#include "bench/gpu/library.hpp"

namespace heddle::bench::gpu {
namespace {

void require(cudaError_t error, const char* doing) {
  if (error == cudaSuccess) return;
  (void)cudaGetLastError();
  throw std::runtime_error(std::string(doing) + ": " + cudaGetErrorString(error));
}

// What the benchmark uses of NVML, declared from its public documentation
// (docs.nvidia.com/deploy/nvml-api). Nothing is linked.
class Nvml {
 public:
  Nvml() : library_({"HEDDLE_NVML", {"libnvidia-ml.so.1"}, {}}) {
    int (*init)() = nullptr;
    int (*find)(const char* bus, Device*) = nullptr;
    library_.find("nvmlInit_v2", init);
    library_.find("nvmlDeviceGetHandleByPciBusId_v2", find);
    library_.find("nvmlDeviceGetPowerUsage", power_);
    library_.find("nvmlDeviceGetClockInfo", clock_);
    library_.find("nvmlDeviceGetTemperature", temperature_);
    int device = 0;
    char bus[32] = {};
    if (init() != 0 || cudaGetDevice(&device) != cudaSuccess ||
        cudaDeviceGetPCIBusId(bus, sizeof bus, device) != cudaSuccess || find(bus, &device_) != 0)
      throw std::runtime_error("NVML does not know the device");
  }

  Health read() const {
    unsigned milliwatts = 0, sm = 0, memory = 0, celsius = 0;
    (void)power_(device_, &milliwatts);
    (void)clock_(device_, kClockSm, &sm);
    (void)clock_(device_, kClockMemory, &memory);
    (void)temperature_(device_, 0, &celsius);
    return {milliwatts * 1e-3, static_cast<double>(sm), static_cast<double>(memory),
            static_cast<double>(celsius)};
  }

 private:
  struct DeviceState;
  using Device = DeviceState*;
  static constexpr int kClockSm = 1, kClockMemory = 2;  // nvmlClockType_t
  Library library_;
  Device device_ = nullptr;
  int (*power_)(Device, unsigned*) = nullptr;
  int (*clock_)(Device, int, unsigned*) = nullptr;
  int (*temperature_)(Device, int, unsigned*) = nullptr;
};

}  // namespace

ProductFinding check_product(const ProductCheck& check, const Stream& stream) {
  const DeviceMemory counts(sizeof(CheckCounts)), three(3 * sizeof(double));
  fill(counts.data(), 0, sizeof(CheckCounts));
  require(launch_check(check, reinterpret_cast<CheckCounts*>(counts.data()), stream.get()),
          "check_kernel");
  stream.wait();
  CheckCounts found{};
  download(reinterpret_cast<std::byte*>(&found), counts.data(), sizeof found);
  const std::int64_t rows = (check.m + check.row_step - 1) / check.row_step;
  const std::int64_t cols = (check.n + check.col_step - 1) / check.col_step;
  ProductFinding finding;
  finding.checked = rows * cols;
  finding.wrong = static_cast<std::int64_t>(found.wrong);
  finding.magnitude = found.magnitude;
  if (finding.wrong == 0) return finding;
  const auto at = static_cast<std::int64_t>(~found.place);
  finding.row = check.m - 1 - at % rows * check.row_step;
  finding.col = check.n - 1 - at / rows * check.col_step;
  double values[3] = {};
  require(launch_check_one(check, finding.row, finding.col, reinterpret_cast<double*>(three.data()),
                           stream.get()),
          "check_one_kernel");
  stream.wait();
  download(reinterpret_cast<std::byte*>(values), three.data(), sizeof values);
  finding.want = values[0];
  finding.bound = values[1];
  finding.got = values[2];
  return finding;
}

double enqueue_peak(Peak peak, const Stream& stream) {
  int device = 0, multiprocessors = 0;
  require(cudaGetDevice(&device), "cudaGetDevice");
  require(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device),
          "cudaDeviceGetAttribute");
  cudaError_t error = cudaSuccess;
  const double operations = launch_peak(peak, 2 * multiprocessors, stream.get(), error);
  require(error, "peak kernel");
  return operations;
}

Health health() {
  static const std::optional<Nvml> nvml = []() -> std::optional<Nvml> {
    try {
      return std::optional<Nvml>(std::in_place);
    } catch (const std::exception&) {
      return std::nullopt;  // what it would say is left out
    }
  }();
  return nvml ? nvml->read() : Health{};
}

}  // namespace heddle::bench::gpu
