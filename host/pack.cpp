#include "heddle/pack.hpp"

#include <algorithm>

#include "host/cpu/operations.hpp"
#include "host/cuda/operations.hpp"
#include "host/exec.hpp"
#include "host/guard.hpp"
#include "host/message.hpp"
#include "host/overlap.hpp"
#include "host/packed_header.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

Footprint blob_footprint(const ConstPackedView& packed) {
  return footprint(packed.data, blob_bytes(packed.desc));
}

// `out` must hold a matrix of this shape and type.
Status check_target(const PackedView& out, std::int64_t rows, std::int64_t cols, DataType type) {
  HEDDLE_TRY(check_packed("out", out));
  HEDDLE_TRY(check_shape("out.desc", out.desc.rows, out.desc.cols, rows, cols));
  return check_type("out.desc", out.desc.type, type);
}

// `out` must continue `packed`: the same pattern, in other memory.
Status check_continues(const ConstPackedView& packed, const PackedView& out) {
  if (packed.desc.pattern == out.desc.pattern)
    return check_no_overlap("out", blob_footprint(out), "packed", blob_footprint(packed));
  return {StatusCode::invalid_argument, message("out.desc.pattern = ", to_string(out.desc.pattern),
                                                ": must be ", to_string(packed.desc.pattern))};
}

// 0 <= begin <= end <= extent.
Status check_range(std::int64_t begin, std::int64_t end, std::int64_t extent, const char* what) {
  if (begin < 0 || begin > extent)
    return {StatusCode::invalid_argument,
            message("begin = ", begin, ": must be in [0, ", extent, "], the ", what)};
  if (end < begin || end > extent)
    return {StatusCode::invalid_argument,
            message("end = ", end, ": must be in [", begin, ", ", extent, "], the ", what)};
  return {};
}

Status check_same_order(const ConstPackedView& packed, const PackedView& out) {
  if (packed.desc.order == out.desc.order) return {};
  return {StatusCode::invalid_argument, message("out.desc.order = ", to_string(out.desc.order),
                                                ": must be ", to_string(packed.desc.order))};
}

Status check_masked(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView& mask,
                    const PackedView& out) {
  HEDDLE_TRY(check_weights("matrix", matrix));
  HEDDLE_TRY(check_view("mask", mask));
  HEDDLE_TRY(check_shape("mask", mask.rows, mask.cols, matrix.rows, matrix.cols));
  HEDDLE_TRY(check_target(out, matrix.rows, matrix.cols, matrix.type));
  HEDDLE_TRY(check_no_overlap("out", blob_footprint(out), "matrix", footprint(matrix)));
  HEDDLE_TRY(check_no_overlap("out", blob_footprint(out), "mask", footprint(mask)));
  return check_exec(exec);
}

// Set entries of the group that a report names.
int count_kept(const ConstMaskView& mask, const CheckReport& report, Pattern pattern) {
  const std::int64_t first = report.group * pattern.group;
  int kept = 0;
  for (std::int64_t c = first; c < std::min(first + pattern.group, mask.cols); ++c)
    kept +=
        mask.data[mask.order == Order::row ? report.row * mask.ld + c : c * mask.ld + report.row] !=
        0;
  return kept;
}

Status copy_entries(const Exec& exec, const ConstPackedView& packed, std::int64_t row,
                    std::int64_t col, const PackedView& out) {
  HEDDLE_TRY(check_exec(exec));
  if (on_cuda(exec)) return cuda::copy_entries(exec, packed, row, col, out);
  return cpu::copy_entries(exec, packed, row, col, out);
}

}  // namespace

Status pack(const Exec& exec, const ConstMatrixView& matrix, const PackedView& out) try {
  HEDDLE_TRY(check_weights("matrix", matrix));
  HEDDLE_TRY(check_target(out, matrix.rows, matrix.cols, matrix.type));
  HEDDLE_TRY(check_no_overlap("out", blob_footprint(out), "matrix", footprint(matrix)));
  HEDDLE_TRY(check_exec(exec));
  if (on_cuda(exec)) return cuda::pack(exec, matrix, out);
  return cpu::pack(exec, matrix, out);
} catch (...) {
  return caught();
}

Status pack(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView& mask,
            const PackedView& out) try {
  HEDDLE_TRY(check_masked(exec, matrix, mask, out));
  CheckReport report;
  HEDDLE_TRY(on_cuda(exec) ? cuda::pack_and_wait(exec, matrix, mask, out, report)
                           : cpu::pack(exec, matrix, mask, out, report));
  if (report.compliant()) return {};
  const Pattern pattern = out.desc.pattern;
  return {StatusCode::not_compliant,
          message("mask row ", report.row, " group ", report.group, " keeps ",
                  on_cuda(exec) ? "more" : std::to_string(count_kept(mask, report, pattern)),
                  " entries: must keep at most ", pattern.keep, " of ", pattern.group)};
} catch (...) {
  return caught();
}

Status pack(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView& mask,
            const PackedView& out, CheckReport* report) try {
  HEDDLE_TRY(check_masked(exec, matrix, mask, out));
  HEDDLE_TRY(check_report(report));
  if (on_cuda(exec)) return cuda::pack(exec, matrix, mask, out, report);
  return cpu::pack(exec, matrix, mask, out, *report);
} catch (...) {
  return caught();
}

Status unpack(const Exec& exec, const ConstPackedView& packed, const MatrixView& out) try {
  HEDDLE_TRY(check_packed("packed", packed));
  HEDDLE_TRY(check_view("out", out));
  HEDDLE_TRY(check_shape("out", out.rows, out.cols, packed.desc.rows, packed.desc.cols));
  HEDDLE_TRY(check_type("out", out.type, packed.desc.type));
  HEDDLE_TRY(check_no_overlap("out", footprint(out), "packed", blob_footprint(packed)));
  HEDDLE_TRY(check_exec(exec));
  if (on_cuda(exec)) return cuda::unpack(exec, packed, out);
  return cpu::unpack(exec, packed, out);
} catch (...) {
  return caught();
}

Status convert(const Exec& exec, const ConstPackedView& packed, const PackedView& out) try {
  HEDDLE_TRY(check_packed("packed", packed));
  HEDDLE_TRY(check_target(out, packed.desc.rows, packed.desc.cols, packed.desc.type));
  HEDDLE_TRY(check_continues(packed, out));
  return copy_entries(exec, packed, 0, 0, out);
} catch (...) {
  return caught();
}

Status slice_rows(const Exec& exec, const ConstPackedView& packed, std::int64_t begin,
                  std::int64_t end, const PackedView& out) try {
  HEDDLE_TRY(check_packed("packed", packed));
  HEDDLE_TRY(check_range(begin, end, packed.desc.rows, "rows"));
  HEDDLE_TRY(check_target(out, end - begin, packed.desc.cols, packed.desc.type));
  HEDDLE_TRY(check_continues(packed, out));
  HEDDLE_TRY(check_same_order(packed, out));
  return copy_entries(exec, packed, begin, 0, out);
} catch (...) {
  return caught();
}

Status slice_cols(const Exec& exec, const ConstPackedView& packed, std::int64_t begin,
                  std::int64_t end, const PackedView& out) try {
  HEDDLE_TRY(check_packed("packed", packed));
  HEDDLE_TRY(check_range(begin, end, packed.desc.cols, "columns"));
  const int group = packed.desc.pattern.group;
  if (begin % group != 0)
    return {StatusCode::invalid_argument,
            message("begin = ", begin, ": must be a multiple of the group, ", group)};
  if (end % group != 0 && end != packed.desc.cols)
    return {StatusCode::invalid_argument,
            message("end = ", end, ": must be a multiple of the group, ", group,
                    ", or the last column, ", packed.desc.cols)};
  HEDDLE_TRY(check_target(out, packed.desc.rows, end - begin, packed.desc.type));
  HEDDLE_TRY(check_continues(packed, out));
  HEDDLE_TRY(check_same_order(packed, out));
  return copy_entries(exec, packed, 0, begin, out);
} catch (...) {
  return caught();
}

}  // namespace heddle
