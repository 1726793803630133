#include "host/tensor_rows.hpp"

#include <utility>

namespace heddle {
namespace {

Axis axis_of(const Dims& shape, std::initializer_list<const Dims*> strides, std::size_t d) {
  Axis axis;
  axis.extent = shape[d];
  std::size_t op = 0;
  for (const Dims* stride : strides) axis.step[op++] = (*stride)[d];
  return axis;
}

}  // namespace

std::int64_t offset_of(const Axes& axes, std::int64_t index, int operand) {
  std::int64_t offset = 0;
  for (int i = 0; i < axes.count; ++i) {
    offset += index % axes[i].extent * axes[i].step[static_cast<std::size_t>(operand)];
    index /= axes[i].extent;
  }
  return offset;
}

TensorRows rows_of(const ConstTensorView& weight, std::initializer_list<const Dims*> strides) {
  const std::size_t along = weight.rank == 1 ? 0 : 1;
  TensorRows out;
  Axes axes;
  axes.operands = static_cast<int>(strides.size());
  for (std::size_t d = 0; d < static_cast<std::size_t>(weight.rank); ++d) {
    const Axis axis = axis_of(weight.shape, strides, d);
    if (d != along) {
      axes.add(axis);
      continue;
    }
    out.cols = axis.extent;
    out.col_step = axis.step;
  }
  out.rows = merged(axes);
  return out;
}

TensorRows elements_of(int rank, const Dims& shape, std::initializer_list<const Dims*> strides) {
  Axes axes;
  axes.operands = static_cast<int>(strides.size());
  for (std::size_t d = 0; d < static_cast<std::size_t>(rank); ++d)
    axes.add(axis_of(shape, strides, d));
  axes = merged(axes);
  TensorRows out;
  out.rows.operands = axes.operands;
  out.cols = axes.count == 0 ? 1 : axes[0].extent;
  if (axes.count > 0) out.col_step = axes[0].step;
  for (int i = 1; i < axes.count; ++i) out.rows.add(axes[i]);
  return out;
}

Dims row_numbers(const ConstTensorView& weight) {
  Dims number{};
  if (weight.rank == 1) return number;
  number[0] = 1;
  std::int64_t step = weight.shape[0];
  for (auto d = static_cast<std::size_t>(weight.rank) - 1; d > 1; --d) {
    number[d] = step;
    step *= weight.shape[d];
  }
  return number;
}

ConstTensorView with_rows(const ConstTensorView& weight) {
  if (weight.rank > 1) return weight;
  return {weight.data, 2, {1, weight.shape[0]}, {0, weight.stride[0]}, weight.type};
}

ConstTensorView turned(const ConstTensorView& weight) {
  ConstTensorView out = with_rows(weight);
  std::swap(out.shape[0], out.shape[1]);
  std::swap(out.stride[0], out.stride[1]);
  return out;
}

std::optional<Lines> lines_of(std::int64_t rows, std::int64_t cols, std::int64_t row_step,
                              std::int64_t col_step) {
  if (rows == 0 || cols == 0) return Lines{Order::row, cols};
  if (cols == 1 || col_step == 1) return Lines{Order::row, rows == 1 ? cols : row_step};
  if (rows == 1 || row_step == 1) return Lines{Order::col, col_step};
  return std::nullopt;
}

std::optional<MatrixView> matrix_of(const TensorRows& tensor, int operand, void* data,
                                    DataType type) {
  if (tensor.rows.count > 1) return std::nullopt;
  const std::int64_t rows = tensor.row_count();
  const auto lines = lines_of(rows, tensor.cols, tensor.row_step(operand),
                              tensor.col_step[static_cast<std::size_t>(operand)]);
  if (!lines) return std::nullopt;
  return MatrixView{data, rows, tensor.cols, lines->ld, type, lines->order};
}

TensorTaps taps_of(const ConstTensorView& weight, std::initializer_list<const Dims*> strides) {
  const bool lone_row = weight.rank == 1;
  TensorTaps out;
  Axes axes;
  axes.operands = static_cast<int>(strides.size());
  out.rows = 1;
  for (std::size_t d = 0; d < static_cast<std::size_t>(weight.rank); ++d) {
    const Axis axis = axis_of(weight.shape, strides, d);
    if (d == 0 && !lone_row) {
      out.rows = axis.extent;
      out.row_step = axis.step;
    } else if (d <= 1) {
      out.cols = axis.extent;
      out.col_step = axis.step;
    } else {
      axes.add(axis);
    }
  }
  out.taps = merged(axes);
  return out;
}

std::int64_t TensorTaps::offset(std::int64_t tap, int operand) const {
  return offset_of(taps, tap, operand);
}

}  // namespace heddle
