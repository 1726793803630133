#include "kernels/hopper/instances.cuh"
#include "kernels/hopper/kernels.hpp"

namespace heddle {

Kernel hopper_bf16_kernel(const HopperShape& shape, bool n_major) {
  return hopper_instance<Multiply::bf16>(shape, n_major, "hopper_bf16");
}

}  // namespace heddle
