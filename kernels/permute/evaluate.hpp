#pragma once
// The evaluation behind a permutation search: magnitudes column by column, what column sets keep,
// and the best splits of windows of 8. docs/kernels/permute.md.

#include <cstdint>

#include "kernels/kernel.hpp"
#include "kernels/matrix.hpp"
#include "kernels/number.hpp"
#include "kernels/permute/splits.hpp"

namespace heddle {

inline constexpr int kPermuteThreads = 256;
inline constexpr int kPermuteWarps = kPermuteThreads / 32;
inline constexpr int kMagnitudeSide = 32;  // of a warp's square
inline constexpr std::int64_t kPermuteRowPad = 16;

// What decoding finds out.
struct MagnitudeReport {
  unsigned long long first_bad;  // row * cols + col of the first NaN or infinity; ~0 for none
  unsigned largest;              // bits of the largest magnitude
  unsigned unused;
};

struct MagnitudeArgs {
  ConstMatrix matrix;   // [rows, cols]
  float* magnitude;     // [cols, stride], from the matrix's first row on
  std::int64_t stride;  // rows of a column
  MagnitudeReport* report;
  std::int64_t across, squares;
};

struct QuantiseArgs {
  const float* magnitude;   // [count]
  std::int32_t* quantised;  // [count]
  std::int64_t count;       // a multiple of 4
  float scale[2];           // powers of two whose product takes a magnitude to quanta
};

struct SetArgs {
  const std::int32_t* quantised;  // [cols, stride]
  std::int64_t stride;
  const std::int32_t* sets;  // [count, size]
  long long* out;            // [count]
  std::int64_t count;
  int size, keep;
};

struct WindowArgs {
  const std::int32_t* quantised;  // [cols, stride]
  std::int64_t stride;
  const std::int32_t* windows;  // [count, 8]
  SplitChoice* out;             // [count]
  std::int64_t count;
};

struct KeptArgs {
  const float* magnitude;  // [cols, stride]
  std::int64_t stride;
  const std::int32_t* order;  // [cols]
  double* out;                // [rows]
  std::int64_t rows, cols;
  int keep, group;
};

Kernel magnitude_kernel(Number type);
Kernel quantise_kernel();
Kernel set_values_kernel(int size, int keep);
Kernel best_splits_kernel();
Kernel kept_kernel(int keep);

}  // namespace heddle
