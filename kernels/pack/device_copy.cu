#include "kernels/pack/device_copy.cuh"

namespace heddle {

Kernel copy_device_kernel(int elem_bytes) {
  switch (elem_bytes) {
    case 1: return make_kernel(copy_device<1>, "copy_device_8");
    case 2: return make_kernel(copy_device<2>, "copy_device_16");
    default: return make_kernel(copy_device<4>, "copy_device_32");
  }
}

Kernel copy_blocks_kernel() { return make_kernel(copy_blocks, "copy_blocks"); }

}  // namespace heddle
