#include "kernels/tile/tile_pack.cuh"

namespace heddle {

Kernel tile_pack_f8e5m2_kernel(TileRule rule) {
  switch (rule) {
    case TileRule::exact:
      return make_kernel(tile_pack<TileKind::f8e5m2, TileRule::exact>, "tile_pack_f8e5m2_exact");
    case TileRule::at_most:
      return make_kernel(tile_pack<TileKind::f8e5m2, TileRule::at_most>,
                         "tile_pack_f8e5m2_at_most");
    default:
      return make_kernel(tile_pack<TileKind::f8e5m2, TileRule::greedy>, "tile_pack_f8e5m2_greedy");
  }
}

}  // namespace heddle
