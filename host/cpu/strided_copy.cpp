#include "host/cpu/strided_copy.hpp"

#include <algorithm>
#include <cstring>

#include "host/cpu/simd.hpp"

namespace heddle::cpu {
namespace {

template <std::size_t kBytes>
void copy_elements(const std::byte* from, Steps from_steps, std::byte* to, Steps to_steps,
                   std::int64_t rows, std::int64_t cols) {
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < cols; ++c)
      std::memcpy(to + r * to_steps.row + c * to_steps.col,
                  from + r * from_steps.row + c * from_steps.col, kBytes);
}

// Calls f(first, count, offset) for the rows of a unit in runs along the fastest axis: `first` in
// the unit, `offset` in the operand, in elements.
template <class F>
void each_run(const Axes& axes, int operand, const Unit& at, const F& f) {
  const std::int64_t length = axes.count == 0 ? 1 : axes[0].extent;
  for (std::int64_t done = 0; done < at.rows;) {
    const std::int64_t row = at.row + done;
    const std::int64_t count = std::min(length - row % length, at.rows - done);
    f(done, count, offset_of(axes, row, operand));
    done += count;
  }
}

Steps steps_of(const TensorRows& tensor, Operand operand) {
  return {tensor.rows.count == 0
              ? 0
              : tensor.rows[0].step[static_cast<std::size_t>(operand.index)] * operand.elem_bytes,
          tensor.col_step[static_cast<std::size_t>(operand.index)] * operand.elem_bytes};
}

}  // namespace

void copy_block(std::int64_t elem_bytes, const std::byte* from, Steps from_steps, std::byte* to,
                Steps to_steps, std::int64_t rows, std::int64_t cols) {
  const auto size = static_cast<std::size_t>(elem_bytes);
  if (from_steps.col == elem_bytes && to_steps.col == elem_bytes) {
    for (std::int64_t r = 0; r < rows; ++r)
      std::memcpy(to + r * to_steps.row, from + r * from_steps.row,
                  static_cast<std::size_t>(cols * elem_bytes));
    return;
  }
  const bool many = rows > 1 && cols > 1;
  if (many && from_steps.row == elem_bytes && to_steps.col == elem_bytes)
    return transpose_ops().transpose(size, from, from_steps.col, to, to_steps.row, cols, rows);
  if (many && from_steps.col == elem_bytes && to_steps.row == elem_bytes)
    return transpose_ops().transpose(size, from, from_steps.row, to, to_steps.col, rows, cols);
  switch (size) {
    case 1: return copy_elements<1>(from, from_steps, to, to_steps, rows, cols);
    case 2: return copy_elements<2>(from, from_steps, to, to_steps, rows, cols);
    default: return copy_elements<4>(from, from_steps, to, to_steps, rows, cols);
  }
}

void gather(const TensorRows& tensor, Operand operand, const void* data, const Unit& at,
            const Tile& to) {
  const Steps steps = steps_of(tensor, operand);
  each_run(tensor.rows, operand.index, at,
           [&](std::int64_t first, std::int64_t count, std::int64_t offset) {
             copy_block(operand.elem_bytes,
                        static_cast<const std::byte*>(data) + offset * operand.elem_bytes +
                            at.col * steps.col,
                        steps, to.row(first), {to.stride, operand.elem_bytes}, count, at.cols);
           });
}

void scatter(const TensorRows& tensor, Operand operand, void* data, const Unit& at,
             const ConstTile& from) {
  const Steps steps = steps_of(tensor, operand);
  each_run(tensor.rows, operand.index, at,
           [&](std::int64_t first, std::int64_t count, std::int64_t offset) {
             copy_block(
                 operand.elem_bytes, from.row(first), {from.stride, operand.elem_bytes},
                 static_cast<std::byte*>(data) + offset * operand.elem_bytes + at.col * steps.col,
                 steps, count, at.cols);
           });
}

Tile scratch_tile(const Unit& unit, std::int64_t elem_bytes, Arena& arena) {
  const std::int64_t stride = unit.cols * elem_bytes + kStridePad;
  return {arena.take<std::byte>(unit.rows * stride), stride};
}

StridedUnits::StridedUnits(std::int64_t rows, std::int64_t cols, int group)
    : rows_(rows), cols_(cols), group_(group) {
  constexpr std::int64_t kCols = 1024, kElements = 65536;
  unit_cols_ = std::min(kCols / group * group, (cols + group - 1) / group * group);
  unit_cols_ = std::max<std::int64_t>(unit_cols_, group);
  unit_rows_ = std::clamp<std::int64_t>(kElements / unit_cols_, 1, std::max<std::int64_t>(rows, 1));
  down_ = rows / unit_rows_ + (rows % unit_rows_ != 0);
  across_ = cols / unit_cols_ + (cols % unit_cols_ != 0);
}

Unit StridedUnits::operator[](std::int64_t index) const {
  Unit u;
  u.row = index / across_ * unit_rows_;
  u.rows = std::min(unit_rows_, rows_ - u.row);
  u.col = index % across_ * unit_cols_;
  u.cols = std::min(unit_cols_, cols_ - u.col);
  u.group = u.col / group_;
  u.groups = (u.cols + group_ - 1) / group_;
  return u;
}

}  // namespace heddle::cpu
