#include "kernels/tile/tile_pack.cuh"

namespace heddle {

Kernel tile_pack_i8_kernel(TileRule rule) {
  switch (rule) {
    case TileRule::exact:
      return make_kernel(tile_pack<TileKind::i8, TileRule::exact>, "tile_pack_i8_exact");
    case TileRule::at_most:
      return make_kernel(tile_pack<TileKind::i8, TileRule::at_most>, "tile_pack_i8_at_most");
    default: return make_kernel(tile_pack<TileKind::i8, TileRule::greedy>, "tile_pack_i8_greedy");
  }
}

}  // namespace heddle
