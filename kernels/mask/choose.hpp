#pragma once
// out = mask ? on : off, for a list of matrices in one launch: pruning, restoring and copying.

#include <cstddef>
#include <cstdint>

#include "kernels/kernel.hpp"

namespace heddle {

inline constexpr int kChooseThreads = 256;
inline constexpr int kChooseRunBytes = 16;  // of out, by one thread at a time
inline constexpr int kChooseCapacity = 64;  // items of a launch

enum class Widen : int { no, f16, bf16 };  // how `off` becomes an element of out

// Columns are adjacent in all; null data: absent.
template <class Byte>
struct ChoiceMatrix {
  Byte* data;
  std::int64_t line;  // bytes from a row to the next
  int align;          // 1, 2, 4, 8 or 16: divides every row's address
};

struct ChoiceArg {
  ChoiceMatrix<std::byte> out;         // [rows, cols]
  ChoiceMatrix<const std::byte> mask;  // [rows, cols] bytes; absent: on everywhere
  ChoiceMatrix<const std::byte> on;    // [rows, cols]; absent: fill
  ChoiceMatrix<const std::byte> off;   // [rows, cols]; absent: zero
  std::int64_t cols;
  std::int64_t row_runs;   // runs of kChooseRunBytes in a row, the last one perhaps shorter
  std::int64_t first_run;  // runs of the items before
  std::uint32_t fill;
  Widen widen;
  int elem_bytes;  // of out: 1, 2, 4
};

struct ChooseArgs {
  std::int64_t runs;  // of all items
  int count;
  ChoiceArg item[kChooseCapacity];
};

Kernel choose_kernel();  // takes ChooseArgs

}  // namespace heddle
