#include "kernels/mask/apply_mask.cuh"

namespace heddle {

Kernel apply_mask_kernel() { return make_kernel(apply_mask<1>, "apply_mask"); }
Kernel apply_mask_list_kernel() {
  return make_kernel(apply_mask<kListCapacity>, "apply_mask_list");
}

}  // namespace heddle
