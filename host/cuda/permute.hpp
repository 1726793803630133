#pragma once
// Channel permutation with CUDA. Arguments are valid already: host/permute.cpp checks them.

#include <cstddef>
#include <cstdint>
#include <memory>

#include "heddle/exec.hpp"
#include "heddle/types.hpp"
#include "host/permute_evaluator.hpp"

namespace heddle::cuda {

// As cpu::permute_evaluator; matrices in device memory. Its answers are the CPU's, bit for bit.
Result<std::unique_ptr<PermuteEvaluator>> permute_evaluator(const Exec& exec,
                                                            const ConstMatrixView* matrices,
                                                            std::size_t count);

// Rows or columns of `matrix` in the order of `permutation`, which is host memory.
Status permute(const Exec& exec, const ConstMatrixView& matrix, const std::int32_t* permutation,
               bool columns, const MatrixView& out);

}  // namespace heddle::cuda
