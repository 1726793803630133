#pragma once
// Which instruction multiplies what.

#include "heddle/types.hpp"
#include "kernels/matmul/matmul.hpp"

namespace heddle {

inline bool is_eight_bit_float(DataType type) {
  return type == DataType::f8e4m3 || type == DataType::f8e5m2;
}

// The instruction for A and B of types that go together, where every one is native.
inline Multiply native_multiply(DataType a, DataType b) {
  switch (a) {
    case DataType::f16: return Multiply::f16;
    case DataType::bf16: return Multiply::bf16;
    case DataType::f32: return Multiply::tf32;
    case DataType::i8: return Multiply::s8;
    case DataType::f8e4m3: return b == DataType::f8e4m3 ? Multiply::e4m3_e4m3 : Multiply::e4m3_e5m2;
    default: return b == DataType::f8e4m3 ? Multiply::e5m2_e4m3 : Multiply::e5m2_e5m2;
  }
}

}  // namespace heddle
