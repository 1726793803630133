#pragma once
// The 64 bits by which wgmma finds an operand in shared memory (PTX ISA, "Matrix Descriptor
// Format"). Lengths are bytes, multiples of 16, of which the low 18 bits count.
//
//     bits 13:0 start | 29:16 leading | 45:32 stride, all in units of 16 bytes
//     bits 51:49 base offset | 63:62 swizzle: 0 none, 1 128 bytes, 2 64, 3 32
//
// The base offset is 0 where the swizzle's pattern (8 rows) begins on a multiple of its size, which
// is what the library does. What leading and stride mean depends on the order of the operand:
//
//     K contiguous, swizzled   leading unused (1), stride from 8 rows to the next 8
//     K contiguous, plain      leading from 16 bytes of k to the next, stride as above
//     rows contiguous, swizzled   leading from a swizzle's width of rows to the next, stride from 8
//                                 of k to the next 8
//     rows contiguous, plain      stride from 16 bytes of rows to the next, leading from 8 of k

#include <cstdint>

#include "kernels/arch/tensor_map.hpp"
#include "kernels/layout/host_device.hpp"

namespace heddle::layout {

struct MatrixDescriptor {
  std::uint32_t start, leading, stride;
  TensorSwizzle swizzle;
  int base_offset = 0;
};

inline constexpr std::uint32_t kMatrixLengths = 1u << 18;  // what a field can tell apart

HEDDLE_HD constexpr std::uint64_t encode_matrix_descriptor(const MatrixDescriptor& d) {
  const auto field = [](std::uint32_t bytes, int at) {
    return static_cast<std::uint64_t>(bytes % kMatrixLengths / 16) << at;
  };
  const int code = d.swizzle == TensorSwizzle::b128  ? 1
                   : d.swizzle == TensorSwizzle::b64 ? 2
                   : d.swizzle == TensorSwizzle::b32 ? 3
                                                     : 0;
  return field(d.start, 0) | field(d.leading, 16) | field(d.stride, 32) |
         static_cast<std::uint64_t>(d.base_offset & 7) << 49 |
         static_cast<std::uint64_t>(code) << 62;
}

HEDDLE_HD constexpr MatrixDescriptor decode_matrix_descriptor(std::uint64_t bits) {
  const auto field = [bits](int at) {
    return static_cast<std::uint32_t>(bits >> at & 0x3FFF) * 16;
  };
  const int code = static_cast<int>(bits >> 62);
  const TensorSwizzle swizzle = code == 1   ? TensorSwizzle::b128
                                : code == 2 ? TensorSwizzle::b64
                                : code == 3 ? TensorSwizzle::b32
                                            : TensorSwizzle::none;
  return {field(0), field(16), field(32), swizzle, static_cast<int>(bits >> 49 & 7)};
}

// The same matrix, this many bytes (a multiple of 16) further: one 64-bit addition, as long as the
// start stays below the end of what it can address.
HEDDLE_HD constexpr std::uint64_t advance_matrix_descriptor(std::uint64_t bits,
                                                            std::uint32_t bytes) {
  return bits + bytes / 16;
}

}  // namespace heddle::layout
