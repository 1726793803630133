#include "kernels/tile/tile_mask.cuh"

namespace heddle {

Kernel tile_mask_f8e5m2_kernel(TileRule rule) {
  switch (rule) {
    case TileRule::exact:
      return make_kernel(tile_mask<TileKind::f8e5m2, TileRule::exact>, "tile_mask_f8e5m2_exact");
    case TileRule::at_most:
      return make_kernel(tile_mask<TileKind::f8e5m2, TileRule::at_most>,
                         "tile_mask_f8e5m2_at_most");
    default:
      return make_kernel(tile_mask<TileKind::f8e5m2, TileRule::greedy>, "tile_mask_f8e5m2_greedy");
  }
}

}  // namespace heddle
