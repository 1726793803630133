#include "kernels/pack/device_unpack.cuh"

namespace heddle {

Kernel unpack_device_kernel(int elem_bytes) {
  switch (elem_bytes) {
    case 1: return make_kernel(unpack_device<1>, "unpack_device_8");
    case 2: return make_kernel(unpack_device<2>, "unpack_device_16");
    default: return make_kernel(unpack_device<4>, "unpack_device_32");
  }
}

}  // namespace heddle
