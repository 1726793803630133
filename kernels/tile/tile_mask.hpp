#pragma once
// mask = the best transposable mask of every tile of a group of up to 4. docs/kernels/tile_mask.md.

#include "heddle/tile.hpp"
#include "kernels/kernel.hpp"
#include "kernels/matrix.hpp"
#include "kernels/pack/device_blob.hpp"
#include "kernels/tile/tile_rule.hpp"

namespace heddle {

// What decides the machine code of a 4 x 4 tile's 2:4.
enum class TileKind { f32, f16, bf16, f8e4m3, f8e5m2, i8 };

constexpr TileKind tile_kind(DataType type) {
  switch (type) {
    case DataType::f16: return TileKind::f16;
    case DataType::bf16: return TileKind::bf16;
    case DataType::f8e4m3: return TileKind::f8e4m3;
    case DataType::f8e5m2: return TileKind::f8e5m2;
    case DataType::i8: return TileKind::i8;
    default: return TileKind::f32;
  }
}
HEDDLE_HD constexpr int tile_elem(TileKind kind) {
  return kind == TileKind::f32 ? 4 : kind == TileKind::f16 || kind == TileKind::bf16 ? 2 : 1;
}

struct TileProblem {
  ConstMatrix matrix;  // [rows, cols]; neither direction need be adjacent
  Matrix mask;         // [rows, cols] bytes
  DataType type;
  Ranking ranking;
  Pattern pattern;
};

// 2:4 by registers. A lane takes units of 4 lines x 16 bytes: 1, 2 or 4 tiles. `flipped`: lines are
// columns, that is matrix and mask are the transposes of what the caller means.
struct TileMaskArgs {
  TileProblem problem;
  bool flipped;
  bool aligned;  // lines are adjacent and aligned to whole accesses, of both
  BlockDivisor units_across;
  std::int64_t units;
  tile::MaskList list;  // of the rule, for tiles that rounding leaves undecided; unused by greedy
};

// Any pattern of a group of up to 4, a lane per tile.
struct SmallTileArgs {
  TileProblem problem;
  bool greedy;
  bool flipped;  // neighbouring lanes take tiles down the columns
  BlockDivisor tiles_across;
  std::int64_t tiles;
  tile::MaskList list;
};

inline constexpr int kTileMaskThreads = 256;

Kernel tile_mask_f32_kernel(TileRule rule);
Kernel tile_mask_f16_kernel(TileRule rule);
Kernel tile_mask_bf16_kernel(TileRule rule);
Kernel tile_mask_f8e4m3_kernel(TileRule rule);
Kernel tile_mask_f8e5m2_kernel(TileRule rule);
Kernel tile_mask_i8_kernel(TileRule rule);
Kernel small_tile_kernel(int elem_bytes);

}  // namespace heddle
