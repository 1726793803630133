#include "kernels/tile/fast_tile.cuh"

namespace heddle {

Kernel fast_tile_kernel(int side) {
  switch (side) {
    case 8: return make_kernel(fast_large_tile<8>, "fast_tile_8");
    case 16: return make_kernel(fast_large_tile<16>, "fast_tile_16");
    default: return make_kernel(fast_large_tile<32>, "fast_tile_32");
  }
}

}  // namespace heddle
