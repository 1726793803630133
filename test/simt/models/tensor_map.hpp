// Tensor maps of the testbed: the 128 bytes of a TensorMap say in a form of its own what cuda.h's
// cuTensorMapEncodeTiled was asked for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "kernels/arch/tensor_map.hpp"

namespace heddle::simt {

struct TensorMapFields {
  char* base = nullptr;
  unsigned elem_bytes = 1;
  unsigned rank = 1;
  std::array<std::uint64_t, TensorMapShape::kMaxRank> size{};    // elements
  std::array<std::uint64_t, TensorMapShape::kMaxRank> stride{};  // bytes; [0] is elem_bytes
  std::array<std::uint32_t, TensorMapShape::kMaxRank> box{};     // elements
  TensorSwizzle swizzle = TensorSwizzle::none;

  std::size_t row_bytes() const { return std::size_t{box[0]} * elem_bytes; }
  std::size_t box_rows() const;
  std::size_t box_bytes() const { return row_bytes() * box_rows(); }
};

// 16, 32, 64 or 128: how far a row is permuted.
unsigned swizzle_bytes(TensorSwizzle swizzle);
// Where a byte of the box lies, given where it would lie without a swizzle: bits of the address are
// XORed with higher ones.
std::uintptr_t swizzled(std::uintptr_t address, TensorSwizzle swizzle);

// Whether the driver would take the shape; why not, if asked for.
bool encode(const TensorMapShape& shape, TensorMap& map, std::string* why = nullptr);
// Nothing unless encode wrote the map.
std::optional<TensorMapFields> decode(const TensorMap& map);

}  // namespace heddle::simt
