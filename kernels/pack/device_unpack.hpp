#pragma once
// Device order to dense.

#include "kernels/kernel.hpp"
#include "kernels/matrix.hpp"
#include "kernels/pack/device_blob.hpp"

namespace heddle {

struct DeviceUnpackArgs {
  ConstDeviceBlob in;
  Matrix out;  // [rows, cols]
  DeviceKind kind;
};

Kernel unpack_device_kernel(int elem_bytes);

}  // namespace heddle
