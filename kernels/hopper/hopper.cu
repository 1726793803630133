#include "kernels/hopper/kernels.hpp"

#if defined(HEDDLE_SIMT)
#include "kernels/hopper/hopper.cuh"
namespace heddle {
HEDDLE_SIMT_DYNAMIC_SHARED(std::uint32_t, hopper_shared);
}
#endif

namespace heddle {

Kernel hopper_kernel(Multiply multiply, const HopperShape& shape, bool n_major) {
  if (!hopper_exists(multiply, shape, n_major)) return {};
  switch (multiply) {
    case Multiply::f16: return hopper_f16_kernel(shape, n_major);
    case Multiply::bf16: return hopper_bf16_kernel(shape, n_major);
    case Multiply::tf32: return hopper_tf32_kernel(shape);
    case Multiply::s8: return hopper_s8_kernel(shape);
    case Multiply::e4m3_e4m3:
    case Multiply::e4m3_e5m2: return hopper_e4m3_kernel(multiply, shape);
    default: return hopper_e5m2_kernel(multiply, shape);
  }
}

}  // namespace heddle
