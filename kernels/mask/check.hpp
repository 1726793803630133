#pragma once
// Counts the groups with more than `keep` nonzeros and finds the first. docs/kernels/mask.md.

#include "kernels/kernel.hpp"
#include "kernels/matrix.hpp"
#include "kernels/report/report.hpp"
#include "kernels/tiling.hpp"

namespace heddle {

inline constexpr int kCheckRunBytes = 16;

struct CheckArgs {
  ConstMatrix matrix;   // [rows, cols]
  Tally* tally;         // findings are row * groups + group
  std::int64_t groups;  // of a row
  int keep, group;
  std::uint32_t magnitude;  // of every element in a word, the bits of which one makes it nonzero
  Tiling tiling;
  std::int64_t tiles;
};

// Columns are adjacent and groups divide a run of kCheckRunBytes. tiling: runs x rows.
Kernel check_runs_kernel(int elem_bytes);
// Columns are adjacent. tiling: columns in steps of 32 lanes (32 / group whole groups) x rows.
Kernel check_rows_kernel(int elem_bytes);
// Rows are adjacent. tiling: rows x groups.
Kernel check_cols_kernel(int elem_bytes);

}  // namespace heddle
