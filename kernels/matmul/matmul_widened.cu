#include "kernels/matmul/instances.cuh"
#include "kernels/matmul/kernels.hpp"

namespace heddle {

Kernel matmul_widened_kernel(int tiles) {
  return matmul_instance<Multiply::widened>(tiles, "matmul_widened");
}

}  // namespace heddle
