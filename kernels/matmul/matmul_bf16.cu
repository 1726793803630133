#include "kernels/matmul/instances.cuh"
#include "kernels/matmul/kernels.hpp"

namespace heddle {

Kernel matmul_bf16_kernel(int tiles, bool n_major) {
  if (n_major)
    return matmul_instance<Multiply::bf16, TokenPath::n_major>(tiles, "matmul_bf16_n_major");
  return matmul_instance<Multiply::bf16>(tiles, "matmul_bf16");
}

}  // namespace heddle
