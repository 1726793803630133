#pragma once
// Rows of any type as floats.

#include <cstdint>

#include "heddle/types.hpp"

namespace heddle::cpu {

// out[i] = x[i] for n contiguous elements of any alignment.
void decode_row(DataType type, const void* x, std::int64_t n, float* out);

}  // namespace heddle::cpu
