#pragma once
// The instances by multiply, one source file each, so that they compile side by side.

#include "kernels/matmul/matmul.hpp"

namespace heddle {

Kernel matmul_f16_kernel(int tiles, bool n_major);
Kernel matmul_bf16_kernel(int tiles, bool n_major);
Kernel matmul_tf32_kernel(int tiles);
Kernel matmul_s8_kernel(int tiles);
Kernel matmul_fp8_kernel(Multiply multiply, int tiles);
Kernel matmul_widened_kernel(int tiles);

}  // namespace heddle
