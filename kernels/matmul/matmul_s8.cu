#include "kernels/matmul/instances.cuh"
#include "kernels/matmul/kernels.hpp"

namespace heddle {

Kernel matmul_s8_kernel(int tiles) { return matmul_instance<Multiply::s8>(tiles, "matmul_s8"); }

}  // namespace heddle
