#include "kernels/tile/tile_mask.cuh"

namespace heddle {

Kernel tile_mask_f32_kernel(TileRule rule) {
  switch (rule) {
    case TileRule::exact:
      return make_kernel(tile_mask<TileKind::f32, TileRule::exact>, "tile_mask_f32_exact");
    case TileRule::at_most:
      return make_kernel(tile_mask<TileKind::f32, TileRule::at_most>, "tile_mask_f32_at_most");
    default: return make_kernel(tile_mask<TileKind::f32, TileRule::greedy>, "tile_mask_f32_greedy");
  }
}

}  // namespace heddle
