#pragma once
// The CUDA path of scores and mask statistics. Arguments are valid already; pointers are device
// memory. Nothing waits unless it says so.

#include <cstdint>

#include "heddle/exec.hpp"
#include "heddle/mask.hpp"
#include "heddle/score.hpp"
#include "heddle/status.hpp"
#include "heddle/types.hpp"

namespace heddle::cuda {

// columns: [k] f32 at any address; not looked at for Score::magnitude.
Status score(const Exec& exec, const ConstMatrixView& weight, Score kind, const float* columns,
             const MatrixView& scores);
Status accumulate_squares(const Exec& exec, const ConstMatrixView& activations, double* sums);
Status norms_of_squares(const Exec& exec, const double* sums, std::int64_t k, float* norms);

// Waits.
Result<MaskStats> mask_stats(const Exec& exec, const ConstMatrixView& matrix,
                             const ConstMaskView& mask);

}  // namespace heddle::cuda
