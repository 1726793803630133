#include "kernels/matmul/instances.cuh"
#include "kernels/matmul/kernels.hpp"

namespace heddle {

Kernel matmul_tf32_kernel(int tiles) {
  return matmul_instance<Multiply::tf32>(tiles, "matmul_tf32");
}

}  // namespace heddle
