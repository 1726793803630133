#include "kernels/hopper/instances.cuh"
#include "kernels/hopper/kernels.hpp"

namespace heddle {

Kernel hopper_tf32_kernel(const HopperShape& shape) {
  return hopper_instance<Multiply::tf32>(shape, false, "hopper_tf32");
}

}  // namespace heddle
