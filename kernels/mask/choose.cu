#include "kernels/mask/choose.cuh"

namespace heddle {

Kernel choose_kernel() { return make_kernel(choose, "choose"); }

}  // namespace heddle
