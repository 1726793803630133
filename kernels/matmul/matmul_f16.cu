#include "kernels/matmul/instances.cuh"
#include "kernels/matmul/kernels.hpp"

namespace heddle {

Kernel matmul_f16_kernel(int tiles, bool n_major) {
  if (n_major)
    return matmul_instance<Multiply::f16, TokenPath::n_major>(tiles, "matmul_f16_n_major");
  return matmul_instance<Multiply::f16>(tiles, "matmul_f16");
}

}  // namespace heddle
