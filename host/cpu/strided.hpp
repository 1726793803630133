#pragma once
// Operations on tensors that are no single matrix: pieces are copied into row-major scratch, worked
// on there, and brought home. One pass, one start of the threads, whatever the strides. Operands of
// a TensorRows and its pointers have the order that the function names.

#include "heddle/tensor.hpp"
#include "host/tensor_rows.hpp"

namespace heddle::cpu {

// weight, mask
Status best_mask(const Exec& exec, const TensorRows& tensor, const ConstTensorView& weight,
                 Pattern pattern, std::uint8_t* mask, Ranking ranking);
// weight, the rows' numbers
Status check(const Exec& exec, const TensorRows& tensor, const ConstTensorView& weight,
             Pattern pattern, CheckReport& report);
// weight, mask (null: keep all), out; by elements_of
Status apply_mask(const Exec& exec, const TensorRows& tensor, const ConstTensorView& weight,
                  const std::uint8_t* mask, void* out);
// weight, mask
Status best_tile_mask(const Exec& exec, const TensorTaps& tensor, const ConstTensorView& weight,
                      const TilePattern& pattern, std::uint8_t* mask, Ranking ranking);

}  // namespace heddle::cpu
