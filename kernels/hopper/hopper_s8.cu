#include "kernels/hopper/instances.cuh"
#include "kernels/hopper/kernels.hpp"

namespace heddle {

Kernel hopper_s8_kernel(const HopperShape& shape) {
  return hopper_instance<Multiply::s8>(shape, false, "hopper_s8");
}

}  // namespace heddle
