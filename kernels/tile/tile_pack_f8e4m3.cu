#include "kernels/tile/tile_pack.cuh"

namespace heddle {

Kernel tile_pack_f8e4m3_kernel(TileRule rule) {
  switch (rule) {
    case TileRule::exact:
      return make_kernel(tile_pack<TileKind::f8e4m3, TileRule::exact>, "tile_pack_f8e4m3_exact");
    case TileRule::at_most:
      return make_kernel(tile_pack<TileKind::f8e4m3, TileRule::at_most>,
                         "tile_pack_f8e4m3_at_most");
    default:
      return make_kernel(tile_pack<TileKind::f8e4m3, TileRule::greedy>, "tile_pack_f8e4m3_greedy");
  }
}

}  // namespace heddle
