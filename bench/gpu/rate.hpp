#pragma once
// Rates of the machine: which bound of a kernel holds is read off them (docs/benchmarking.md).

#include <string>
#include <variant>
#include <vector>

#include "bench/gpu/bandwidth_rate.hpp"
#include "bench/gpu/device.hpp"
#include "bench/gpu/wgmma_operands.hpp"
#include "heddle/types.hpp"

namespace heddle::bench::gpu {

using Rate = std::variant<WgmmaRate, BandwidthRate>;

/// All that are measured: those that a GPU does not have too.
const std::vector<Rate>& rates();
std::string to_string(const Rate& rate);
/// "TFLOP/s" or "GB/s": what 10^12 or 10^9 of the work are called.
const char* unit_of(const Rate& rate);

/// A rate's kernel and data on the device.
class RateRun {
 public:
  explicit RateRun(const Rate& rate);
  /// Whether this GPU has the instructions, and the program code for it.
  bool exists() const;
  /// What a launch of few rounds leaves is wrong so, or "".
  std::string wrong(const Stream& stream) const;
  /// About a millisecond on every multiprocessor; its operations or bytes.
  double enqueue(const Stream& stream) const;

 private:
  struct Launch {
    int blocks, rounds;
    std::uint32_t* sums;
  };
  void prepare_wgmma(const WgmmaRate& rate);
  void prepare_bandwidth(const BandwidthRate& rate);
  std::string wrong_bandwidth(const BandwidthRate& rate, const Stream& stream) const;
  void launch(const Launch& what, const Stream& stream) const;

  Rate rate_;
  Kernel kernel_;
  WgmmaOperands operands_{};
  std::vector<std::uint32_t> data_;  // of a bandwidth
  DeviceMemory image_, weights_, bandwidth_;
  int copies_ = 0;  // of the weights; or chunks of the data
  TensorMap map_{};
};

/// The wgmma rate that bounds a product of this type, sparse A in registers for good; of f8e5m2
/// that of f8e4m3.
WgmmaRate wgmma_bound(DataType type);

}  // namespace heddle::bench::gpu
