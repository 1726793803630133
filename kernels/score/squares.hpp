#pragma once
// Sums of the squares of each column, in double, and their roots. docs/kernels/score.md.

#include <cstdint>

#include "kernels/kernel.hpp"
#include "kernels/matrix.hpp"
#include "kernels/number.hpp"

namespace heddle {

inline constexpr int kPartials = 32;      // row i goes to partial sum i mod 32
inline constexpr int kSquaresBytes = 16;  // of a row, by one thread
inline constexpr int kMostSpan = 8;       // runs of kSquaresBytes side by side in a block

struct SquaresArgs {
  ConstMatrix x;        // [rows, cols], columns or rows adjacent
  double* sums;         // [cols]
  int span;             // of squares_rows: 2, 4 or 8; a block has 32 * span threads
  std::int64_t strips;  // of squares_rows: columns in strips of `span` runs
};
inline constexpr int kSquaresColsThreads = 256;  // of squares_cols: a warp for a column

Kernel squares_rows_kernel(Number type);  // columns adjacent
Kernel squares_cols_kernel(Number type);  // rows adjacent

struct NormsArgs {
  const double* sums;  // [k]
  float* norms;        // [k]
  std::int64_t k;
};
inline constexpr int kNormsThreads = 256;
Kernel norms_kernel();

}  // namespace heddle
