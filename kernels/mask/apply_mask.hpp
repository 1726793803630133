#pragma once
// out = mask ? matrix : 0, for a list of matrices in one launch.

#include "kernels/kernel.hpp"
#include "kernels/matrix.hpp"

namespace heddle {

inline constexpr int kApplyThreads = 256;
inline constexpr int kApplyRunBytes = 16;  // of the matrix, by one thread at a time

struct MaskedItem {
  ConstMatrix matrix;      // [rows, cols], columns adjacent (the host transposes order col away)
  ConstMatrix mask;        // [rows, cols] bytes, any steps
  Matrix out;              // [rows, cols], any steps; may be `matrix`
  std::int64_t row_runs;   // runs of kApplyRunBytes in a row, the last one perhaps shorter
  std::int64_t first_run;  // runs of the items before
  int elem_bytes;
};

// kCapacity items by value: a list needs no device memory, and a graph keeps its own copy.
template <int kCapacity>
struct ApplyMaskArgs {
  std::int64_t runs;  // of all items
  int count;
  MaskedItem item[kCapacity];
};
inline constexpr int kListCapacity = 128;  // 21 KiB of the 32 that a launch can carry

Kernel apply_mask_kernel();       // takes ApplyMaskArgs<1>
Kernel apply_mask_list_kernel();  // takes ApplyMaskArgs<kListCapacity>

}  // namespace heddle
