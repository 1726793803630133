#pragma once
// Dense to device order twice in one pass: the matrix and its transpose under the best 2:4 tile
// mask. docs/kernels/tile_mask.md.

#include "kernels/pack/device_blob.hpp"
#include "kernels/pack/header.hpp"
#include "kernels/tile/tile_mask.hpp"

namespace heddle {

struct TilePackArgs {
  ConstMatrix matrix;  // [rows, cols] as it lies: of order col the transpose of what is meant
  Matrix mask;         // the same; data null: not wanted
  DeviceBlob along;    // the blob of `matrix`, and of its transpose
  DeviceBlob across;
  HeaderBytes along_header, across_header;
  bool flipped;  // `matrix` is the transpose of what is meant, so ties go by the transpose
  tile::MaskList list;
};

inline constexpr int kTilePackThreads = 128;

Kernel tile_pack_f16_kernel(TileRule rule);
Kernel tile_pack_bf16_kernel(TileRule rule);
Kernel tile_pack_f8e4m3_kernel(TileRule rule);
Kernel tile_pack_f8e5m2_kernel(TileRule rule);
Kernel tile_pack_i8_kernel(TileRule rule);

}  // namespace heddle
