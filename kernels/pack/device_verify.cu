#include "kernels/pack/device_verify.cuh"

namespace heddle {

Kernel verify_device_kernel(int elem_bytes) {
  switch (elem_bytes) {
    case 1: return make_kernel(verify_device<1>, "verify_device_8");
    case 2: return make_kernel(verify_device<2>, "verify_device_16");
    default: return make_kernel(verify_device<4>, "verify_device_32");
  }
}

}  // namespace heddle
