#pragma once
/// \file
/// Element types and matrix views. A view owns nothing; it says where a matrix lies and how.

#include <cstddef>
#include <cstdint>

#include "heddle/export.h"
#include "heddle/status.hpp"

namespace heddle {

/// Element types. The numbers are part of the packed format (docs/formats.md) and never change.
enum class DataType : std::uint8_t {
  f32 = 0,     ///< IEEE binary32
  f16 = 1,     ///< IEEE binary16
  bf16 = 2,    ///< the upper half of a binary32
  f8e4m3 = 3,  ///< OCP FP8 E4M3: no infinity, NaN is S.1111.111
  f8e5m2 = 4,  ///< OCP FP8 E5M2: IEEE-like, with infinities
  i8 = 5,      ///< two's complement
  i32 = 6,     ///< only as the output of an i8 matmul
};

/// Bytes per element; 0 for a value that is no DataType.
constexpr std::size_t size_of(DataType type) noexcept {
  switch (type) {
    case DataType::f32:
    case DataType::i32: return 4;
    case DataType::f16:
    case DataType::bf16: return 2;
    case DataType::f8e4m3:
    case DataType::f8e5m2:
    case DataType::i8: return 1;
  }
  return 0;
}

/// "f32", "f16", "bf16", "f8e4m3", "f8e5m2", "i8", "i32"; "invalid" for any other value.
HEDDLE_API const char* to_string(DataType type) noexcept;

/// The DataType of a name as printed by to_string; not_found lists the known names.
HEDDLE_API Result<DataType> parse_data_type(const std::string& name);

/// `row`: element (r, c) lies at r * ld + c. `col`: at c * ld + r.
enum class Order : std::uint8_t {
  row = 0,  ///< row-major
  col = 1,  ///< column-major
};

/// "row" or "col"; "invalid" for any other value.
HEDDLE_API const char* to_string(Order order) noexcept;

/// The smallest legal leading dimension: columns of a row-order matrix, rows of a col-order one.
constexpr std::int64_t packed_ld(std::int64_t rows, std::int64_t cols, Order order) noexcept {
  return order == Order::row ? cols : rows;
}

/// A matrix in the caller's memory, read only. `data` needs no alignment beyond a byte.
/// Requirements: rows, cols >= 0; ld >= packed_ld(rows, cols, order); data non-null unless empty;
/// the byte extent fits in 63 bits.
struct ConstMatrixView {
  const void* data = nullptr;  ///< element (0, 0)
  std::int64_t rows = 0;       ///< 0 or more
  std::int64_t cols = 0;       ///< 0 or more
  std::int64_t ld = 0;  ///< distance between rows (order row) or columns (order col), in elements
  DataType type = DataType::f32;  ///< of the elements
  Order order = Order::row;       ///< of the elements in memory
};

/// A matrix in the caller's memory, writable. Same fields and requirements as ConstMatrixView.
struct MatrixView {
  void* data = nullptr;   ///< element (0, 0)
  std::int64_t rows = 0;  ///< 0 or more
  std::int64_t cols = 0;  ///< 0 or more
  std::int64_t ld = 0;    ///< distance between rows (order row) or columns (order col), in elements
  DataType type = DataType::f32;  ///< of the elements
  Order order = Order::row;       ///< of the elements in memory

  /// The same memory, read only.
  operator ConstMatrixView() const noexcept { return {data, rows, cols, ld, type, order}; }
};

/// A mask, one byte per entry, read only: 0 = dropped, anything else = kept. Same addressing as a
/// matrix, so a `bool` array of any framework is a mask.
struct ConstMaskView {
  const std::uint8_t* data = nullptr;  ///< entry (0, 0)
  std::int64_t rows = 0;               ///< 0 or more
  std::int64_t cols = 0;               ///< 0 or more
  std::int64_t ld = 0;                 ///< distance between rows (order row) or columns, in bytes
  Order order = Order::row;            ///< of the entries in memory
};

/// A mask, writable. The library writes 0 and 1 only.
struct MaskView {
  std::uint8_t* data = nullptr;  ///< entry (0, 0)
  std::int64_t rows = 0;         ///< 0 or more
  std::int64_t cols = 0;         ///< 0 or more
  std::int64_t ld = 0;           ///< distance between rows (order row) or columns, in bytes
  Order order = Order::row;      ///< of the entries in memory

  /// The same memory, read only.
  operator ConstMaskView() const noexcept { return {data, rows, cols, ld, order}; }
};

/// A dense row-major view without gaps between rows.
inline MatrixView row_major(void* data, std::int64_t rows, std::int64_t cols, DataType type) {
  return {data, rows, cols, cols, type, Order::row};
}
/// A dense row-major view, read only.
inline ConstMatrixView row_major(const void* data, std::int64_t rows, std::int64_t cols,
                                 DataType type) {
  return {data, rows, cols, cols, type, Order::row};
}
/// A row-major mask without gaps between rows.
inline MaskView row_major_mask(std::uint8_t* data, std::int64_t rows, std::int64_t cols) {
  return {data, rows, cols, cols, Order::row};
}
/// A row-major mask, read only.
inline ConstMaskView row_major_mask(const std::uint8_t* data, std::int64_t rows,
                                    std::int64_t cols) {
  return {data, rows, cols, cols, Order::row};
}

/// The same bytes seen as the transposed matrix: rows and columns swapped, order flipped.
inline ConstMatrixView transposed(const ConstMatrixView& v) {
  return {v.data, v.cols, v.rows, v.ld, v.type, v.order == Order::row ? Order::col : Order::row};
}
/// The same, writable.
inline MatrixView transposed(const MatrixView& v) {
  return {v.data, v.cols, v.rows, v.ld, v.type, v.order == Order::row ? Order::col : Order::row};
}

/// A mask of the transposed matrix.
inline ConstMaskView transposed(const ConstMaskView& v) {
  return {v.data, v.cols, v.rows, v.ld, v.order == Order::row ? Order::col : Order::row};
}
/// The same, writable.
inline MaskView transposed(const MaskView& v) {
  return {v.data, v.cols, v.rows, v.ld, v.order == Order::row ? Order::col : Order::row};
}

}  // namespace heddle
