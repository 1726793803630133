#pragma once
// What a mask keeps of a matrix: exact counts, and sums of |x| in double whose order depends on the
// matrix alone, so that they do not change with the grid. docs/kernels/mask.md.

#include <cstdint>

#include "kernels/kernel.hpp"
#include "kernels/matrix.hpp"
#include "kernels/number.hpp"
#include "kernels/tiling.hpp"

namespace heddle {

inline constexpr int kStatsRunBytes = 16;  // of the matrix, by one lane
inline constexpr int kStatsRows = 4;       // of a warp, of the kTileFast runs of a tile's row
inline constexpr int kStatsTileRows = kStatsRows * kTileSlow;

// Of one tile, and of all.
struct StatsPart {
  std::int64_t kept, nonzeros;
  double of_kept, of_dropped;  // sums of |x|
};

struct MaskStatsArgs {
  ConstMatrix matrix;  // [rows, cols], columns adjacent (the host transposes order col away)
  ConstMatrix mask;    // [rows, cols] bytes, any steps
  StatsPart* part;     // [tiles]
  std::int64_t across, tiles;  // across: those side by side along a row
};
struct AddStatsArgs {
  const StatsPart* part;  // [tiles]
  StatsPart* total;
  std::int64_t tiles;
};

Kernel mask_stats_kernel(Number type);
Kernel add_stats_kernel();  // one block of kTileThreads threads

}  // namespace heddle
