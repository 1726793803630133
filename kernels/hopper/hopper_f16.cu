#include "kernels/hopper/instances.cuh"
#include "kernels/hopper/kernels.hpp"

namespace heddle {

Kernel hopper_f16_kernel(const HopperShape& shape, bool n_major) {
  return hopper_instance<Multiply::f16>(shape, n_major, "hopper_f16");
}

}  // namespace heddle
