#pragma once
// What products in one call and plans share through the C ABI.

#include "heddle/c/matmul.h"
#include "heddle/matmul.hpp"
#include "host/c/abi.hpp"

namespace heddle::c {

inline Status read(const char* name, std::int32_t value, Activation& out) {
  return read_enum(name, value, HEDDLE_ACTIVATION_NONE, HEDDLE_ACTIVATION_SILU + 1, out);
}

inline MatmulBatch read(const heddle_matmul_batch& batch) {
  return {batch.count, batch.b_stride, batch.c_stride, batch.d_stride};
}
inline heddle_matmul_batch write(const MatmulBatch& batch) {
  return {batch.count, batch.b_stride, batch.c_stride, batch.d_stride};
}

}  // namespace heddle::c
