#include "kernels/tile/small_tile.cuh"

namespace heddle {

Kernel small_tile_kernel(int elem_bytes) {
  switch (elem_bytes) {
    case 1: return make_kernel(small_tile<1>, "small_tile_1");
    case 2: return make_kernel(small_tile<2>, "small_tile_2");
    default: return make_kernel(small_tile<4>, "small_tile_4");
  }
}

}  // namespace heddle
