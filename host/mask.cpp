#include "heddle/mask.hpp"

#include <string>

#include "host/cpu/operations.hpp"
#include "host/cuda/operations.hpp"
#include "host/cuda/score.hpp"
#include "host/exec.hpp"
#include "host/guard.hpp"
#include "host/message.hpp"
#include "host/overlap.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

// The arguments of apply_mask, whose names start with `of`.
Status check_item(const std::string& of, const MaskedMatrix& item) {
  const ConstMatrixView& matrix = item.matrix;
  const std::string names[] = {of + "matrix", of + "mask", of + "out"};
  const auto& [in, mask, out] = names;
  HEDDLE_TRY(check_weights(in.c_str(), matrix));
  HEDDLE_TRY(check_view(mask.c_str(), item.mask));
  HEDDLE_TRY(check_shape(mask.c_str(), item.mask.rows, item.mask.cols, matrix.rows, matrix.cols));
  HEDDLE_TRY(check_view(out.c_str(), item.out));
  HEDDLE_TRY(check_shape(out.c_str(), item.out.rows, item.out.cols, matrix.rows, matrix.cols));
  HEDDLE_TRY(check_type(out.c_str(), item.out.type, matrix.type));
  if (!same_view(matrix, item.out))
    HEDDLE_TRY(check_no_overlap(out.c_str(), footprint(item.out), in.c_str(), footprint(matrix)));
  return check_no_overlap(out.c_str(), footprint(item.out), mask.c_str(), footprint(item.mask));
}

Status check_checkable(const Exec& exec, const ConstMatrixView& matrix, Pattern pattern) {
  HEDDLE_TRY(check_weights("matrix", matrix));
  HEDDLE_TRY(check_pattern(pattern));
  return check_exec(exec);
}

}  // namespace

Status best_mask(const Exec& exec, const ConstMatrixView& matrix, Pattern pattern,
                 const MaskView& mask, Ranking ranking) try {
  HEDDLE_TRY(check_weights("matrix", matrix));
  HEDDLE_TRY(check_pattern(pattern));
  HEDDLE_TRY(check_view("mask", mask));
  HEDDLE_TRY(check_shape("mask", mask.rows, mask.cols, matrix.rows, matrix.cols));
  if (ranking != Ranking::magnitude && ranking != Ranking::value)
    return {StatusCode::invalid_argument,
            message("ranking = ", static_cast<int>(ranking), ": must be magnitude or value")};
  HEDDLE_TRY(check_no_overlap("mask", footprint(mask), "matrix", footprint(matrix)));
  HEDDLE_TRY(check_exec(exec));
  if (on_cuda(exec)) return cuda::best_mask(exec, matrix, pattern, mask, ranking);
  return cpu::best_mask(exec, matrix, pattern, mask, ranking);
} catch (...) {
  return caught();
}

Status apply_mask(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView& mask,
                  const MatrixView& out) try {
  HEDDLE_TRY(check_item("", {matrix, mask, out}));
  HEDDLE_TRY(check_exec(exec));
  if (!on_cuda(exec)) return cpu::apply_mask(exec, matrix, mask, out);
  const MaskedMatrix item{matrix, mask, out};
  return cuda::apply_masks(exec, &item, 1);
} catch (...) {
  return caught();
}

Status apply_masks(const Exec& exec, const MaskedMatrix* list, std::size_t count) try {
  if (count > 0 && list == nullptr)
    return {StatusCode::invalid_argument, message("list = null: must point to ", count, " items")};
  for (std::size_t i = 0; i < count; ++i)
    HEDDLE_TRY(check_item(message("list[", i, "]."), list[i]));
  HEDDLE_TRY(check_exec(exec));
  if (on_cuda(exec)) return cuda::apply_masks(exec, list, count);
  for (std::size_t i = 0; i < count; ++i)
    HEDDLE_TRY(cpu::apply_mask(exec, list[i].matrix, list[i].mask, list[i].out));
  return {};
} catch (...) {
  return caught();
}

Result<CheckReport> check(const Exec& exec, const ConstMatrixView& matrix, Pattern pattern) try {
  HEDDLE_TRY(check_checkable(exec, matrix, pattern));
  CheckReport report;
  HEDDLE_TRY(on_cuda(exec) ? cuda::check_and_wait(exec, matrix, pattern, report)
                           : cpu::check(exec, matrix, pattern, report));
  return report;
} catch (...) {
  return caught();
}

Status check(const Exec& exec, const ConstMatrixView& matrix, Pattern pattern,
             CheckReport* report) try {
  HEDDLE_TRY(check_checkable(exec, matrix, pattern));
  HEDDLE_TRY(check_report(report));
  if (on_cuda(exec)) return cuda::check(exec, matrix, pattern, report);
  return cpu::check(exec, matrix, pattern, *report);
} catch (...) {
  return caught();
}

Result<MaskStats> mask_stats(const Exec& exec, const ConstMatrixView& matrix,
                             const ConstMaskView& mask) try {
  if (Status s = check_weights("matrix", matrix); !s.ok()) return s;
  if (Status s = check_view("mask", mask); !s.ok()) return s;
  if (Status s = check_shape("mask", mask.rows, mask.cols, matrix.rows, matrix.cols); !s.ok())
    return s;
  if (Status s = check_exec(exec); !s.ok()) return s;
  if (on_cuda(exec)) return cuda::mask_stats(exec, matrix, mask);
  return cpu::mask_stats(exec, matrix, mask);
} catch (...) {
  return caught();
}

}  // namespace heddle
