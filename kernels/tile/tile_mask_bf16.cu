#include "kernels/tile/tile_mask.cuh"

namespace heddle {

Kernel tile_mask_bf16_kernel(TileRule rule) {
  switch (rule) {
    case TileRule::exact:
      return make_kernel(tile_mask<TileKind::bf16, TileRule::exact>, "tile_mask_bf16_exact");
    case TileRule::at_most:
      return make_kernel(tile_mask<TileKind::bf16, TileRule::at_most>, "tile_mask_bf16_at_most");
    default:
      return make_kernel(tile_mask<TileKind::bf16, TileRule::greedy>, "tile_mask_bf16_greedy");
  }
}

}  // namespace heddle
