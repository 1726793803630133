#include "heddle/score.hpp"

#include <cstddef>
#include <limits>

#include "host/cpu/score.hpp"
#include "host/cuda/score.hpp"
#include "host/exec.hpp"
#include "host/guard.hpp"
#include "host/message.hpp"
#include "host/overlap.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

Status invalid(std::string text) { return {StatusCode::invalid_argument, std::move(text)}; }

Status check_columns(const ConstVectorView& columns, std::int64_t k) {
  if (columns.type != DataType::f32)
    return {StatusCode::unsupported,
            message("columns.type = ", to_string(columns.type), ": must be f32")};
  if (columns.size != k)
    return invalid(
        message("columns.size = ", columns.size, ": must be ", k, ", one per column of weight"));
  if (columns.data == nullptr && k > 0)
    return invalid(message("columns.data = null: must point to ", k, " elements"));
  return {};
}

// An array of k numbers that are aligned to themselves.
template <class T>
Status check_array(const char* name, const T* data, std::int64_t k) {
  if (k == 0) return {};
  if (data == nullptr) return invalid(message(name, " = null: must point to ", k, " elements"));
  if (reinterpret_cast<std::uintptr_t>(data) % sizeof(T) != 0)
    return invalid(message(name, " = ", static_cast<const void*>(data), ": must be aligned to ",
                           sizeof(T), " bytes"));
  return {};
}

template <class T>
Footprint array_footprint(const T* data, std::int64_t k) {
  return footprint(data, static_cast<std::size_t>(k) * sizeof(T));
}

}  // namespace

const char* to_string(Score score) noexcept {
  switch (score) {
    case Score::magnitude: return "magnitude";
    case Score::activation_norm: return "activation_norm";
    case Score::obs_diagonal: return "obs_diagonal";
  }
  return "invalid";
}

Status score(const Exec& exec, const ConstMatrixView& weight, Score kind,
             const ConstVectorView& columns, const MatrixView& scores) try {
  HEDDLE_TRY(check_weights("weight", weight));
  if (kind != Score::magnitude && kind != Score::activation_norm && kind != Score::obs_diagonal)
    return invalid(message("kind = ", static_cast<int>(kind),
                           ": must be magnitude, activation_norm or obs_diagonal"));
  const bool reads_columns = kind != Score::magnitude;
  if (reads_columns) HEDDLE_TRY(check_columns(columns, weight.cols));
  HEDDLE_TRY(check_view("scores", scores));
  HEDDLE_TRY(check_shape("scores", scores.rows, scores.cols, weight.rows, weight.cols));
  HEDDLE_TRY(check_type("scores", scores.type, DataType::f32));
  HEDDLE_TRY(check_no_overlap("scores", footprint(scores), "weight", footprint(weight)));
  const auto* values = reads_columns ? static_cast<const float*>(columns.data) : nullptr;
  if (reads_columns)
    HEDDLE_TRY(check_no_overlap("scores", footprint(scores), "columns",
                                array_footprint(values, columns.size)));
  HEDDLE_TRY(check_exec(exec));
  if (on_cuda(exec)) return cuda::score(exec, weight, kind, values, scores);
  return cpu::score(exec, weight, kind, values, scores);
} catch (...) {
  return caught();
}

Status accumulate_squares(const Exec& exec, const ConstMatrixView& activations, double* sums) try {
  HEDDLE_TRY(check_weights("activations", activations));
  HEDDLE_TRY(check_array("sums", sums, activations.cols));
  HEDDLE_TRY(check_no_overlap("sums", array_footprint(sums, activations.cols), "activations",
                              footprint(activations)));
  HEDDLE_TRY(check_exec(exec));
  if (activations.rows == 0 || activations.cols == 0) return {};
  if (on_cuda(exec)) return cuda::accumulate_squares(exec, activations, sums);
  return cpu::accumulate_squares(exec, activations, sums);
} catch (...) {
  return caught();
}

Status norms_of_squares(const Exec& exec, const double* sums, std::int64_t k, float* norms) try {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max() / std::int64_t{sizeof(double)};
  if (k < 0 || k > kMost) return invalid(message("k = ", k, ": must be 0 to ", kMost));
  HEDDLE_TRY(check_array("sums", sums, k));
  HEDDLE_TRY(check_array("norms", norms, k));
  HEDDLE_TRY(
      check_no_overlap("norms", array_footprint(norms, k), "sums", array_footprint(sums, k)));
  HEDDLE_TRY(check_exec(exec));
  if (k == 0) return {};
  if (on_cuda(exec)) return cuda::norms_of_squares(exec, sums, k, norms);
  return cpu::norms_of_squares(exec, sums, k, norms);
} catch (...) {
  return caught();
}

}  // namespace heddle
