#include "heddle/mask.hpp"

#include "host/cpu/operations.hpp"
#include "host/exec.hpp"
#include "host/message.hpp"
#include "host/overlap.hpp"
#include "host/validate.hpp"

namespace heddle {

Status best_mask(const Exec& exec, const ConstMatrixView& matrix, Pattern pattern,
                 const MaskView& mask, Ranking ranking) {
  HEDDLE_TRY(check_weights("matrix", matrix));
  HEDDLE_TRY(check_pattern(pattern));
  HEDDLE_TRY(check_view("mask", mask));
  HEDDLE_TRY(check_shape("mask", mask.rows, mask.cols, matrix.rows, matrix.cols));
  if (ranking != Ranking::magnitude && ranking != Ranking::value)
    return {StatusCode::invalid_argument,
            message("ranking = ", static_cast<int>(ranking), ": must be magnitude or value")};
  HEDDLE_TRY(check_no_overlap("mask", footprint(mask), "matrix", footprint(matrix)));
  HEDDLE_TRY(require_cpu(exec, "best_mask"));
  return cpu::best_mask(exec, matrix, pattern, mask, ranking);
}

Status apply_mask(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView& mask,
                  const MatrixView& out) {
  HEDDLE_TRY(check_weights("matrix", matrix));
  HEDDLE_TRY(check_view("mask", mask));
  HEDDLE_TRY(check_shape("mask", mask.rows, mask.cols, matrix.rows, matrix.cols));
  HEDDLE_TRY(check_view("out", out));
  HEDDLE_TRY(check_shape("out", out.rows, out.cols, matrix.rows, matrix.cols));
  HEDDLE_TRY(check_type("out", out.type, matrix.type));
  if (!same_view(matrix, out))
    HEDDLE_TRY(check_no_overlap("out", footprint(out), "matrix", footprint(matrix)));
  HEDDLE_TRY(check_no_overlap("out", footprint(out), "mask", footprint(mask)));
  HEDDLE_TRY(require_cpu(exec, "apply_mask"));
  return cpu::apply_mask(exec, matrix, mask, out);
}

Result<CheckReport> check(const Exec& exec, const ConstMatrixView& matrix, Pattern pattern) {
  if (Status s = check_weights("matrix", matrix); !s.ok()) return s;
  if (Status s = check_pattern(pattern); !s.ok()) return s;
  if (Status s = require_cpu(exec, "check"); !s.ok()) return s;
  return cpu::check(exec, matrix, pattern);
}

Result<MaskStats> mask_stats(const Exec& exec, const ConstMatrixView& matrix,
                             const ConstMaskView& mask) {
  if (Status s = check_weights("matrix", matrix); !s.ok()) return s;
  if (Status s = check_view("mask", mask); !s.ok()) return s;
  if (Status s = check_shape("mask", mask.rows, mask.cols, matrix.rows, matrix.cols); !s.ok())
    return s;
  if (Status s = require_cpu(exec, "mask_stats"); !s.ok()) return s;
  return cpu::mask_stats(exec, matrix, mask);
}

}  // namespace heddle
