#pragma once
// Channel permutation on the CPU. Arguments are valid already: host/permute.cpp checks them.

#include <cstddef>
#include <cstdint>
#include <memory>

#include "heddle/exec.hpp"
#include "heddle/types.hpp"
#include "host/permute_evaluator.hpp"

namespace heddle::cpu {

// `count` matrices of the same width, stacked. invalid_argument names the first entry that is not
// finite.
Result<std::unique_ptr<PermuteEvaluator>> permute_evaluator(const Exec& exec,
                                                            const ConstMatrixView* matrices,
                                                            std::size_t count);

// out[i][j] = matrix[rows[i]][cols[j]]; null: as it is.
Status permute(const Exec& exec, const ConstMatrixView& matrix, const std::int32_t* rows,
               const std::int32_t* cols, const MatrixView& out);

}  // namespace heddle::cpu
