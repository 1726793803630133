#include "kernels/tile/tile_mask.cuh"

namespace heddle {

Kernel tile_mask_f8e4m3_kernel(TileRule rule) {
  switch (rule) {
    case TileRule::exact:
      return make_kernel(tile_mask<TileKind::f8e4m3, TileRule::exact>, "tile_mask_f8e4m3_exact");
    case TileRule::at_most:
      return make_kernel(tile_mask<TileKind::f8e4m3, TileRule::at_most>,
                         "tile_mask_f8e4m3_at_most");
    default:
      return make_kernel(tile_mask<TileKind::f8e4m3, TileRule::greedy>, "tile_mask_f8e4m3_greedy");
  }
}

}  // namespace heddle
