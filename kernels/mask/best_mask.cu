#include "kernels/mask/best_mask.hpp"

#include "kernels/mask/best_mask_any.cuh"
#include "kernels/mask/best_mask_groups.cuh"

namespace heddle {

Kernel best_mask_groups_kernel(int elem_bytes, int group) {
  switch (elem_bytes * 10 + group) {
    case 12: return make_kernel(best_mask_groups<1, 2>, "best_mask_1x2");
    case 14: return make_kernel(best_mask_groups<1, 4>, "best_mask_1x4");
    case 18: return make_kernel(best_mask_groups<1, 8>, "best_mask_1x8");
    case 22: return make_kernel(best_mask_groups<2, 2>, "best_mask_2x2");
    case 24: return make_kernel(best_mask_groups<2, 4>, "best_mask_2x4");
    case 28: return make_kernel(best_mask_groups<2, 8>, "best_mask_2x8");
    case 42: return make_kernel(best_mask_groups<4, 2>, "best_mask_4x2");
    case 44: return make_kernel(best_mask_groups<4, 4>, "best_mask_4x4");
    default: return make_kernel(best_mask_groups<4, 8>, "best_mask_4x8");
  }
}

Kernel best_mask_any_kernel(int elem_bytes) {
  switch (elem_bytes) {
    case 1: return make_kernel(best_mask_any<1>, "best_mask_any_1");
    case 2: return make_kernel(best_mask_any<2>, "best_mask_any_2");
    default: return make_kernel(best_mask_any<4>, "best_mask_any_4");
  }
}

}  // namespace heddle
