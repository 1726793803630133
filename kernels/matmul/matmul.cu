#include "kernels/matmul/kernels.hpp"

#if defined(HEDDLE_SIMT)
#include "kernels/matmul/matmul.cuh"
namespace heddle {
HEDDLE_SIMT_DYNAMIC_SHARED(std::uint32_t, matmul_shared);
}
#endif

namespace heddle {

Kernel matmul_kernel(Multiply multiply, int tiles, bool n_major) {
  switch (multiply) {
    case Multiply::f16: return matmul_f16_kernel(tiles, n_major);
    case Multiply::bf16: return matmul_bf16_kernel(tiles, n_major);
    case Multiply::tf32: return matmul_tf32_kernel(tiles);
    case Multiply::s8: return matmul_s8_kernel(tiles);
    case Multiply::widened: return matmul_widened_kernel(tiles);
    default: return matmul_fp8_kernel(multiply, tiles);
  }
}

}  // namespace heddle
