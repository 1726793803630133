#pragma once
// Masks of tensors that are no single matrix: every dimension has its own step. One launch for all
// of a tensor. docs/kernels/mask.md.

#include <cstddef>
#include <cstdint>

#include "kernels/kernel.hpp"
#include "kernels/mask/ranking.hpp"
#include "kernels/report/report.hpp"

namespace heddle {

inline constexpr int kStridedThreads = 128;
inline constexpr int kStridedAxes = 5;
inline constexpr int kStridedOperands = 3;
inline constexpr int kStridedGroup = 32;  // the largest

// Items in the order of the first operand's memory, so that neighbouring lanes read neighbouring
// places. Axes beyond `count` do not exist.
struct StridedWalk {
  std::int64_t items;
  int count;
  std::int64_t extent[kStridedAxes];                  // fastest first
  std::int64_t step[kStridedAxes][kStridedOperands];  // bytes
};

// Items are groups. Their axis has steps like any other; a group's columns lie `col_step` apart.
struct StridedGroups {
  StridedWalk walk;
  const std::byte* matrix;  // operand 0
  int align;                // 1, 2 or 4: divides the address of every element of the matrix
  std::int64_t col_step;    // bytes
  std::int64_t cols;
  std::int64_t groups;  // of a row
  int keep, group;
};

// Operand 1: the mask. Operand 2: the group's number in its row.
struct StridedMaskArgs {
  StridedGroups groups;
  std::byte* mask;
  std::int64_t mask_col_step;
  RankRule rule;
};
Kernel strided_mask_kernel(int elem_bytes);

// Operand 1: the finding, row * groups + group. Operand 2: the group's number in its row.
struct StridedCheckArgs {
  StridedGroups groups;
  Tally* tally;
  std::uint32_t magnitude;  // bits of which one makes an element nonzero
};
Kernel strided_check_kernel(int elem_bytes);

// Items are elements. Operand 1: the mask; operand 2: out, which may be the matrix.
struct StridedApplyArgs {
  StridedWalk walk;
  const std::byte* matrix;
  const std::byte* mask;  // null: every entry is kept
  std::byte* out;
  int align;  // of matrix and out
};
Kernel strided_apply_kernel(int elem_bytes);

}  // namespace heddle
