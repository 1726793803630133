#include "kernels/step/step.cuh"

namespace heddle {

Kernel sgd_step_kernel() { return make_kernel(step<SgdRule, 1>, "sgd_step"); }
Kernel sgd_step_list_kernel() {
  return make_kernel(step<SgdRule, kStepListCapacity>, "sgd_step_list");
}
Kernel adamw_step_kernel() { return make_kernel(step<AdamWRule, 1>, "adamw_step"); }
Kernel adamw_step_list_kernel() {
  return make_kernel(step<AdamWRule, kStepListCapacity>, "adamw_step_list");
}

}  // namespace heddle
