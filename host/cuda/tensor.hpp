#pragma once
// Operations with CUDA on tensors that are no single matrix. Arguments are valid already; operands
// of a TensorRows and its pointers have the order that the function names.

#include "heddle/tensor.hpp"
#include "host/tensor_rows.hpp"

namespace heddle::cuda {

// weight, mask. One launch.
Status best_mask(const Exec& exec, const TensorRows& tensor, const ConstTensorView& weight,
                 Pattern pattern, std::uint8_t* mask, Ranking ranking);
// weight, the rows' numbers. Waits.
Status check_and_wait(const Exec& exec, const TensorRows& tensor, const ConstTensorView& weight,
                      Pattern pattern, CheckReport& report);
// weight, mask (null: keep all), out; by elements_of. One launch.
Status apply_mask(const Exec& exec, const TensorRows& tensor, const ConstTensorView& weight,
                  const std::uint8_t* mask, void* out);
// weight, mask. A launch for every tap.
Status best_tile_mask(const Exec& exec, const TensorTaps& tensor, const ConstTensorView& weight,
                      const TilePattern& pattern, std::uint8_t* mask, Ranking ranking);

}  // namespace heddle::cuda
