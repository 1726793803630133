#pragma once
// Scores and the norms they take, on the CPU. Arguments are valid already: host/score.cpp.

#include <cstdint>

#include "heddle/score.hpp"

namespace heddle::cpu {

Status score(const Exec& exec, const ConstMatrixView& weight, Score kind, const float* columns,
             const MatrixView& scores);
Status accumulate_squares(const Exec& exec, const ConstMatrixView& activations, double* sums);
Status norms_of_squares(const Exec& exec, const double* sums, std::int64_t k, float* norms);

// sums[j] += x[j]^2 for n elements, one rounding each (a square of floats is exact in double).
struct ScoreOps {
  void (*add_squares)(const float* x, std::int64_t n, double* sums);
};
const ScoreOps& score_ops();

}  // namespace heddle::cpu
