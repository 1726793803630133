#include "kernels/permute/gather.cuh"

namespace heddle {

Kernel gather_kernel(int elem_bytes) {
  switch (elem_bytes) {
    case 1: return make_kernel(gather<1>, "gather_1");
    case 2: return make_kernel(gather<2>, "gather_2");
    default: return make_kernel(gather<4>, "gather_4");
  }
}

Kernel gather_lines_kernel(int elem_bytes) {
  switch (elem_bytes) {
    case 1: return make_kernel(gather_lines<1>, "gather_lines_1");
    case 2: return make_kernel(gather_lines<2>, "gather_lines_2");
    default: return make_kernel(gather_lines<4>, "gather_lines_4");
  }
}

}  // namespace heddle
