#include "kernels/step/sr_ste.cuh"

namespace heddle {

Kernel sr_ste_kernel() { return make_kernel(sr_ste<1>, "sr_ste"); }
Kernel sr_ste_list_kernel() { return make_kernel(sr_ste<kStepListCapacity>, "sr_ste_list"); }

}  // namespace heddle
