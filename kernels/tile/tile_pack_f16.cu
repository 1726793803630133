#include "kernels/tile/tile_pack.cuh"

namespace heddle {

Kernel tile_pack_f16_kernel(TileRule rule) {
  switch (rule) {
    case TileRule::exact:
      return make_kernel(tile_pack<TileKind::f16, TileRule::exact>, "tile_pack_f16_exact");
    case TileRule::at_most:
      return make_kernel(tile_pack<TileKind::f16, TileRule::at_most>, "tile_pack_f16_at_most");
    default: return make_kernel(tile_pack<TileKind::f16, TileRule::greedy>, "tile_pack_f16_greedy");
  }
}

}  // namespace heddle
