#include "kernels/tile/tile_mask.cuh"

namespace heddle {

Kernel tile_mask_i8_kernel(TileRule rule) {
  switch (rule) {
    case TileRule::exact:
      return make_kernel(tile_mask<TileKind::i8, TileRule::exact>, "tile_mask_i8_exact");
    case TileRule::at_most:
      return make_kernel(tile_mask<TileKind::i8, TileRule::at_most>, "tile_mask_i8_at_most");
    default: return make_kernel(tile_mask<TileKind::i8, TileRule::greedy>, "tile_mask_i8_greedy");
  }
}

}  // namespace heddle
