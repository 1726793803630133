#include "kernels/tile/greedy_tile.cuh"

namespace heddle {

Kernel greedy_tile_kernel(int side) {
  switch (side) {
    case 8: return make_kernel(greedy_large_tile<8>, "greedy_tile_8");
    case 16: return make_kernel(greedy_large_tile<16>, "greedy_tile_16");
    default: return make_kernel(greedy_large_tile<32>, "greedy_tile_32");
  }
}

}  // namespace heddle
