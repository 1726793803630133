#pragma once
// A tensor map: how a tile of a matrix in global memory becomes bytes in shared memory (PTX ISA,
// "Tensor-map"). The driver encodes it (host/cuda/tensor_map.cpp); a kernel passes its address on.

#include <cstdint>

namespace heddle {

struct alignas(64) TensorMap {
  std::uint64_t opaque[16];
};

// How the 16-byte chunks of a row of 32, 64 or 128 bytes are permuted in shared memory.
enum class TensorSwizzle { none, b32, b64, b128 };

// What is encoded: a tensor of 1 to 5 dimensions, the innermost first, and the box that one copy
// moves. What lies outside of the tensor reads as zeros and is not written.
struct TensorMapShape {
  static constexpr int kMaxRank = 5;
  const void* base;  // 16-byte aligned
  int elem_bytes;    // 1, 2 or 4
  int rank;
  std::uint64_t size[kMaxRank];              // elements, 1 to 2^32
  std::uint64_t stride_bytes[kMaxRank - 1];  // of dimensions 1 and up: multiples of 16 below 2^40
  std::uint32_t box[kMaxRank];  // elements, 1 to 256; box[0] * elem_bytes a multiple of 16
                                // and no more than the swizzle's bytes
  TensorSwizzle swizzle;
};

}  // namespace heddle
