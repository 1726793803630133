#pragma once
// DataType as kernels take it.

#include "heddle/types.hpp"
#include "kernels/number.hpp"

namespace heddle::cuda {

// Any type but i32.
inline Number number_of(DataType type) {
  switch (type) {
    case DataType::f32: return Number::f32;
    case DataType::f16: return Number::f16;
    case DataType::bf16: return Number::bf16;
    case DataType::f8e4m3: return Number::e4m3;
    case DataType::f8e5m2: return Number::e5m2;
    default: return Number::i8;
  }
}

}  // namespace heddle::cuda
