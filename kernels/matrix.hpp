#pragma once
// A matrix as kernels see it: strides in bytes, so that an order is just a pair of strides.

#include <cstddef>
#include <cstdint>

#include "kernels/layout/host_device.hpp"

namespace heddle {

template <class Byte>
struct BasicMatrix {
  Byte* data;
  std::int64_t rows, cols;
  std::int64_t row_step, col_step;  // bytes from a row (column) to the next; one is the element's
  int align;  // 1, 2, 4, 8 or 16: divides the address of every line (row of order row, else column)

  HEDDLE_HD Byte* at(std::int64_t row, std::int64_t col) const {
    return data + row * row_step + col * col_step;
  }
  // Elements of a row are adjacent. True for a single column of either order only if it says so.
  HEDDLE_HD bool row_major(int elem_bytes) const { return col_step == elem_bytes; }
};
using Matrix = BasicMatrix<std::byte>;
using ConstMatrix = BasicMatrix<const std::byte>;

}  // namespace heddle
