#pragma once
// A device-order blob's payload, written lane by lane from the tables of the PTX manual ("Matrix
// fragments for sparse mma") and the block structure that docs/formats.md lays down; uses nothing
// of kernels/layout.

#include <cstdint>
#include <vector>

#include "heddle/pattern.hpp"
#include "test/oracle/matrix.hpp"

namespace heddle::oracle {

// True if device order holds this pattern of this type.
bool device_holds(Pattern pattern, DataType type);

std::vector<unsigned char> device_payload(const Matrix& m, const Mask& mask, Pattern pattern);

}  // namespace heddle::oracle
