#pragma once
// Dense to device order in one pass: the best entries by magnitude, or those of a mask.

#include "kernels/kernel.hpp"
#include "kernels/matrix.hpp"
#include "kernels/pack/device_blob.hpp"
#include "kernels/pack/device_rule.hpp"
#include "kernels/report/report.hpp"

namespace heddle {

// What decides which entries stay. Floats and integers are two instances, because 8-bit types have
// no instruction to spare for asking.
enum class DeviceSource { best_float, best_integer, mask };

struct DevicePackArgs {
  ConstMatrix matrix;  // [rows, cols]
  ConstMatrix mask;    // [rows, cols] bytes; DeviceSource::mask only
  MagnitudeRule rule;  // DeviceSource::best_float only
  DeviceBlob out;
  HeaderBytes header;
  Tally* tally;         // groups of the mask that keep too many, as row * groups + group; or null
  std::int64_t groups;  // of a row
};

// best_integer: 8-bit elements only.
Kernel pack_device_kernel(int elem_bytes, DeviceKind kind, DeviceSource source);

}  // namespace heddle
