#pragma once
// Argument checks shared by the public operations. Each failure names argument, value, requirement.

#include <cstdint>

#include "heddle/pack.hpp"
#include "heddle/pattern.hpp"
#include "heddle/status.hpp"
#include "heddle/types.hpp"

// Leaves the function with the Status of `expression` unless it is ok.
#define HEDDLE_TRY(expression)                                                           \
  do {                                                                                   \
    if (::heddle::Status try_status = (expression); !try_status.ok()) return try_status; \
  } while (false)

namespace heddle {

// Shape, ld, order, type, null data and overflow of a view. `name` is the argument's name.
Status check_view(const char* name, const ConstMatrixView& view);
Status check_view(const char* name, const ConstMaskView& view);

// A weight matrix: any type but i32.
Status check_weights(const char* name, const ConstMatrixView& view);

Status check_pattern(Pattern pattern);

// Rows and columns of `name` must equal those given.
Status check_shape(const char* name, std::int64_t rows, std::int64_t cols, std::int64_t want_rows,
                   std::int64_t want_cols);

Status check_type(const char* name, DataType type, DataType want);

// A mask is a matrix of bytes to the code that walks it.
inline ConstMatrixView as_bytes(const ConstMaskView& m) {
  return {m.data, m.rows, m.cols, m.ld, DataType::i8, m.order};
}
inline MatrixView as_bytes(const MaskView& m) {
  return {m.data, m.rows, m.cols, m.ld, DataType::i8, m.order};
}

}  // namespace heddle
