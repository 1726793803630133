#include "kernels/mask/best_mask.hpp"

#include "kernels/mask/best_mask_any.cuh"
#include "kernels/mask/best_mask_groups.cuh"

namespace heddle {
namespace {

template <int kElemBytes, int kGroup>
Kernel groups_kernel(bool float_magnitude, const char* fast, const char* general) {
  return float_magnitude ? make_kernel(best_mask_groups<kElemBytes, kGroup, true>, fast)
                         : make_kernel(best_mask_groups<kElemBytes, kGroup, false>, general);
}

}  // namespace

Kernel best_mask_groups_kernel(int elem_bytes, int group, bool float_magnitude) {
  const bool fast = float_magnitude;
  switch (elem_bytes * 10 + group) {
    case 12: return groups_kernel<1, 2>(fast, "best_mask_1x2_float", "best_mask_1x2");
    case 14: return groups_kernel<1, 4>(fast, "best_mask_1x4_float", "best_mask_1x4");
    case 18: return groups_kernel<1, 8>(fast, "best_mask_1x8_float", "best_mask_1x8");
    case 22: return groups_kernel<2, 2>(fast, "best_mask_2x2_float", "best_mask_2x2");
    case 24: return groups_kernel<2, 4>(fast, "best_mask_2x4_float", "best_mask_2x4");
    case 28: return groups_kernel<2, 8>(fast, "best_mask_2x8_float", "best_mask_2x8");
    case 42: return groups_kernel<4, 2>(fast, "best_mask_4x2_float", "best_mask_4x2");
    case 44: return groups_kernel<4, 4>(fast, "best_mask_4x4_float", "best_mask_4x4");
    default: return groups_kernel<4, 8>(fast, "best_mask_4x8_float", "best_mask_4x8");
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
