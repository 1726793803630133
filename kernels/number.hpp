#pragma once
// Element types as the kernels that compute with elements take them: all of these are exact in f32.

#include "kernels/layout/host_device.hpp"

namespace heddle {

enum class Number { f32, f16, bf16, e4m3, e5m2, i8 };

HEDDLE_HD constexpr int bytes_of(Number type) {
  if (type == Number::f32) return 4;
  return type == Number::f16 || type == Number::bf16 ? 2 : 1;
}

}  // namespace heddle
