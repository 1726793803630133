#pragma once
// The instances by multiply, one source file each, so that they compile side by side.

#include "kernels/hopper/hopper.hpp"

namespace heddle {

Kernel hopper_f16_kernel(const HopperShape& shape, bool n_major);
Kernel hopper_bf16_kernel(const HopperShape& shape, bool n_major);
Kernel hopper_tf32_kernel(const HopperShape& shape);
Kernel hopper_s8_kernel(const HopperShape& shape);
Kernel hopper_e4m3_kernel(Multiply multiply, const HopperShape& shape);  // A's type
Kernel hopper_e5m2_kernel(Multiply multiply, const HopperShape& shape);

}  // namespace heddle
