#include "kernels/tile/tile_mask.cuh"

namespace heddle {

Kernel tile_mask_f16_kernel(TileRule rule) {
  switch (rule) {
    case TileRule::exact:
      return make_kernel(tile_mask<TileKind::f16, TileRule::exact>, "tile_mask_f16_exact");
    case TileRule::at_most:
      return make_kernel(tile_mask<TileKind::f16, TileRule::at_most>, "tile_mask_f16_at_most");
    default: return make_kernel(tile_mask<TileKind::f16, TileRule::greedy>, "tile_mask_f16_greedy");
  }
}

}  // namespace heddle
