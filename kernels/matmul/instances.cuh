#pragma once
// The instances of one multiply.

#include "kernels/matmul/matmul.cuh"

namespace heddle {

template <Multiply kMultiply, TokenPath kPath = TokenPath::k_major>
Kernel matmul_instance(int tiles, const char* name) {
  switch (tiles) {
    case 1: return make_kernel(matmul<kMultiply, kPath, 1>, name);
    case 2: return make_kernel(matmul<kMultiply, kPath, 2>, name);
    case 4: return make_kernel(matmul<kMultiply, kPath, 4>, name);
    default: return make_kernel(matmul<kMultiply, kPath, 8>, name);
  }
}

}  // namespace heddle
