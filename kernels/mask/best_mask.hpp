#pragma once
// mask = the best `keep` entries of every group of a matrix. docs/kernels/mask.md.

#include "kernels/kernel.hpp"
#include "kernels/mask/ranking.hpp"
#include "kernels/matrix.hpp"
#include "kernels/tiling.hpp"

namespace heddle {

struct BestMask {
  ConstMatrix matrix;  // [rows, cols]
  Matrix mask;         // [rows, cols] bytes
  RankRule rule;
  bool float_magnitude;  // the rule is float_by_magnitude, whose key costs two operations
  int keep, group;
};

// Groups of 2, 4 or 8 in registers; adjacent elements of the matrix are adjacent in the mask.
struct BestMaskGroupsArgs {
  BestMask problem;
  bool by_rows;   // columns are adjacent, else rows
  Tiling tiling;  // by rows: runs x rows; else rows x groups
  std::int64_t tiles;
};
inline constexpr int kMaskRunBytes = 16;
// Elements that a lane takes along a row: 16 bytes, or the group that needs more.
HEDDLE_HD constexpr int run_elems(int elem_bytes, int group) {
  return kMaskRunBytes / elem_bytes < group ? group : kMaskRunBytes / elem_bytes;
}

// Any group, one lane per element; each side in its own order.
struct BestMaskAnyArgs {
  BestMask problem;
  std::int64_t row_tiles, col_tiles;  // of kAnyRows x any_cols(group)
};
inline constexpr int kAnyThreads = 256;
inline constexpr int kAnyRows = 32;
constexpr int any_cols(int group) { return 32 / group * group; }

Kernel best_mask_groups_kernel(int elem_bytes, int group);
Kernel best_mask_any_kernel(int elem_bytes);

}  // namespace heddle
