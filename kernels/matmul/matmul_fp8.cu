#include "kernels/matmul/instances.cuh"
#include "kernels/matmul/kernels.hpp"

namespace heddle {

Kernel matmul_fp8_kernel(Multiply multiply, int tiles) {
  switch (multiply) {
    case Multiply::e4m3_e4m3:
      return matmul_instance<Multiply::e4m3_e4m3>(tiles, "matmul_e4m3_e4m3");
    case Multiply::e4m3_e5m2:
      return matmul_instance<Multiply::e4m3_e5m2>(tiles, "matmul_e4m3_e5m2");
    case Multiply::e5m2_e4m3:
      return matmul_instance<Multiply::e5m2_e4m3>(tiles, "matmul_e5m2_e4m3");
    default: return matmul_instance<Multiply::e5m2_e5m2>(tiles, "matmul_e5m2_e5m2");
  }
}

}  // namespace heddle
