#pragma once
// Rows or columns of a matrix in another order. docs/kernels/permute.md.

#include <cstdint>

#include "kernels/kernel.hpp"
#include "kernels/matrix.hpp"

namespace heddle {

inline constexpr int kGatherThreads = 256;
inline constexpr int kGatherRunBytes = 16;

// out[i][j] = in[rows[i]][cols[j]], null: as it is. Columns of out are adjacent: the host
// transposes another order away.
struct GatherArgs {
  ConstMatrix in;  // [rows, cols], any steps
  Matrix out;      // [rows, cols]
  const std::int32_t* rows;
  const std::int32_t* cols;
  std::int64_t row_items;  // of a row: elements, or runs of kGatherRunBytes
  std::int64_t items;      // of all rows
};

Kernel gather_kernel(int elem_bytes);        // by elements
Kernel gather_lines_kernel(int elem_bytes);  // by runs: cols is null, columns of in are adjacent

}  // namespace heddle
