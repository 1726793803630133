#include "kernels/mask/strided.cuh"

namespace heddle {

Kernel strided_mask_kernel(int elem_bytes) {
  switch (elem_bytes) {
    case 1: return make_kernel(strided_mask<1>, "strided_mask_1");
    case 2: return make_kernel(strided_mask<2>, "strided_mask_2");
    default: return make_kernel(strided_mask<4>, "strided_mask_4");
  }
}

Kernel strided_check_kernel(int elem_bytes) {
  switch (elem_bytes) {
    case 1: return make_kernel(strided_check<1>, "strided_check_1");
    case 2: return make_kernel(strided_check<2>, "strided_check_2");
    default: return make_kernel(strided_check<4>, "strided_check_4");
  }
}

Kernel strided_apply_kernel(int elem_bytes) {
  switch (elem_bytes) {
    case 1: return make_kernel(strided_apply<1>, "strided_apply_1");
    case 2: return make_kernel(strided_apply<2>, "strided_apply_2");
    default: return make_kernel(strided_apply<4>, "strided_apply_4");
  }
}

}  // namespace heddle
