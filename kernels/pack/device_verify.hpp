#pragma once
// Every byte of a device-order blob that has a rule.

#include "kernels/kernel.hpp"
#include "kernels/pack/device_blob.hpp"
#include "kernels/report/report.hpp"

namespace heddle {

// The numbers of VerifyReport::Fault.
enum class DeviceFault { none = 0, header = 1, position = 3, value = 4, padding = 5, filler = 6 };

struct DeviceVerifyArgs {
  ConstDeviceBlob in;
  HeaderBytes header;
  DeviceKind kind;
  std::int64_t groups;  // of a row: findings are as finish_verify_report reads them
  Tally* tally;
};

Kernel verify_device_kernel(int elem_bytes);

}  // namespace heddle
