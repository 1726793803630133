#pragma once
// Weights as rows along their input features C: every other dimension counts rows.

#include <cstdint>
#include <initializer_list>
#include <optional>

#include "heddle/tensor.hpp"
#include "host/tensor.hpp"

namespace heddle {

// Tensors of one shape, each an operand with its strides.
struct TensorRows {
  std::int64_t cols = 0;                              // C
  std::array<std::int64_t, kMaxOperands> col_step{};  // elements
  Axes rows;                                          // merged
  std::int64_t row_count() const { return rows.items(); }
  std::int64_t row_step(int operand) const {  // where there is at most one axis
    return rows.count == 0 ? 0 : rows[0].step[static_cast<std::size_t>(operand)];
  }
};
TensorRows rows_of(const ConstTensorView& weight, std::initializer_list<const Dims*> strides);

// The same element by element: any merged dimension may be the columns, that of operand 0 with the
// smallest steps is.
TensorRows elements_of(int rank, const Dims& shape, std::initializer_list<const Dims*> strides);

// "Strides" that count rows as reports do: (tap * K + k), taps row-major.
Dims row_numbers(const ConstTensorView& weight);

// Rank 1 as the row that it is: [1, C].
ConstTensorView with_rows(const ConstTensorView& weight);

// With K and C in each other's place.
ConstTensorView turned(const ConstTensorView& weight);

// How [rows x cols] with these steps is a matrix; nothing if neither direction is adjacent.
struct Lines {
  Order order;
  std::int64_t ld;
};
std::optional<Lines> lines_of(std::int64_t rows, std::int64_t cols, std::int64_t row_step,
                              std::int64_t col_step);

// An operand as one matrix, where it is one. data, type: the operand's.
std::optional<MatrixView> matrix_of(const TensorRows& tensor, int operand, void* data,
                                    DataType type);

// One tap [K, C] after the other.
struct TensorTaps {
  std::int64_t rows = 0, cols = 0;  // K, C
  std::array<std::int64_t, kMaxOperands> row_step{}, col_step{};
  Axes taps;  // merged
  std::int64_t tap_count() const { return taps.items(); }
  // Where tap `tap` of an operand starts, in elements. Taps are counted fastest axis first.
  std::int64_t offset(std::int64_t tap, int operand) const;
};
TensorTaps taps_of(const ConstTensorView& weight, std::initializer_list<const Dims*> strides);

// Offset of item `index` of `axes` (fastest first) in an operand.
std::int64_t offset_of(const Axes& axes, std::int64_t index, int operand);

}  // namespace heddle
