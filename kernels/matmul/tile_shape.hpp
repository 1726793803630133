#pragma once
// Sizes of the sparse GEMM kernel that host and device must agree on.
//
// A warp multiplies 64 rows of A (a row of blocks in device order) with 8 * tiles tokens, a *unit* of
// k at a time: two instruction steps, 128 bytes of a dense row whatever the type. Eight warps make a
// block: warps_m x warps_n of them share an output tile, and warps_k of them share its k.

#include <cstddef>
#include <cstdint>

#include "kernels/layout/device_order.hpp"

namespace heddle {

inline constexpr int kMatmulWarps = 8;
inline constexpr int kMatmulThreads = 32 * kMatmulWarps;
inline constexpr int kWarpRows = layout::kBlockRows;  // four row tiles of 16
inline constexpr int kRowTiles = layout::kBlockTiles;
inline constexpr int kTokens = 8;                     // of one instruction
inline constexpr int kUnitSteps = 2;                  // instructions along k
inline constexpr int kUnitBytes = 128;                // of k, dense: a row of B in shared memory
inline constexpr int kMinStages = 2, kMaxStages = 4;  // of B in shared memory

// How the eight warps are arranged, and the tokens of each.
struct TileShape {
  int warps_m, warps_n, warps_k;
  int tiles;  // of 8 tokens, per warp

  HEDDLE_HD constexpr int rows() const { return kWarpRows * warps_m; }
  HEDDLE_HD constexpr int tokens() const { return kTokens * tiles * warps_n; }
  // Of B in shared memory, for one step of the block along k.
  HEDDLE_HD constexpr int stage_bytes() const { return warps_k * tokens() * kUnitBytes; }
};

// Accumulators pass through shared memory on their way out, those of some warps at a time. A warp's
// region is [token][row], rows padded so that fragments are stored without bank conflicts.
inline constexpr int kStagedStride = kWarpRows + 4;  // elements of 4 bytes
HEDDLE_HD constexpr int staged_warps(int tiles) { return tiles <= 2 ? kMatmulWarps : 16 / tiles; }
HEDDLE_HD constexpr int region_elements(int tiles) { return tiles * kTokens * kStagedStride; }

// Dynamic shared memory of a block: stages of B, staged accumulators, one flag.
HEDDLE_HD constexpr int staged_bytes(int tiles) {
  return staged_warps(tiles) * region_elements(tiles) * 4;
}
HEDDLE_HD constexpr int matmul_shared_bytes(const TileShape& shape, int stages) {
  return stages * shape.stage_bytes() + staged_bytes(shape.tiles) + 16;
}

// Units of A that a warp has in registers or on their way, as many as its accumulators leave room for.
HEDDLE_HD constexpr int units_ahead(int tiles) { return tiles < 8 ? 2 : 1; }

// Units of k of a matrix with `cols` dense columns; the last may be only partly there.
HEDDLE_HD constexpr std::int64_t unit_count(std::int64_t cols, int elem_bytes) {
  const std::int64_t unit_cols = kUnitBytes / elem_bytes;
  return cols / unit_cols + (cols % unit_cols != 0);
}

// Elements of an output tile.
HEDDLE_HD constexpr std::int64_t tile_elements(const TileShape& shape) {
  return std::int64_t{shape.rows()} * shape.tokens();
}

}  // namespace heddle
