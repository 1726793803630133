#pragma once
// Public views as kernels take them.

#include "heddle/mask.hpp"
#include "heddle/types.hpp"
#include "kernels/mask/ranking.hpp"
#include "kernels/matrix.hpp"

namespace heddle::cuda {

ConstMatrix argument(const ConstMatrixView& view);
Matrix argument(const MatrixView& view);
ConstMatrix argument(const ConstMaskView& view);
Matrix argument(const MaskView& view);

// The largest of 1, 2, 4, 8, 16 that divides the address and the step.
int common_alignment(const void* data, std::int64_t step);

RankRule rank_rule(DataType type, Ranking ranking);

}  // namespace heddle::cuda
