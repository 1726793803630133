#include "kernels/hopper/instances.cuh"
#include "kernels/hopper/kernels.hpp"

namespace heddle {

Kernel hopper_e5m2_kernel(Multiply multiply, const HopperShape& shape) {
  if (multiply == Multiply::e5m2_e4m3)
    return hopper_instance<Multiply::e5m2_e4m3>(shape, false, "hopper_e5m2_e4m3");
  return hopper_instance<Multiply::e5m2_e5m2>(shape, false, "hopper_e5m2_e5m2");
}

}  // namespace heddle
