// ldmatrix, stmatrix and movmatrix on a warp, from the PTX ISA ("Warp-level matrix instructions").
// Pure functions of what 32 lanes hold; the conformance program calls them too.
#pragma once

#include <cstdint>

namespace heddle::simt::models {

struct MatrixLane {
  unsigned char row[16];  // of lane 8j + i: row i of matrix j, in shared memory
  std::uint32_t r[4];     // register j: this lane's two elements of matrix j
};

void ldmatrix(int count, bool trans, MatrixLane (&lanes)[32]);  // row -> r
void stmatrix(int count, bool trans, MatrixLane (&lanes)[32]);  // r -> row
void movmatrix(MatrixLane (&lanes)[32]);                        // r[0], transposed in place

}  // namespace heddle::simt::models
