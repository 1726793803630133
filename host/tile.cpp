#include "heddle/tile.hpp"

#include <string>

#include "host/cpu/operations.hpp"
#include "host/cpu/tile_mask.hpp"
#include "host/cuda/operations.hpp"
#include "host/cuda/tile.hpp"
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

Status check_tile_pattern(const TilePattern& pattern) {
  HEDDLE_TRY(check_pattern(pattern.pattern));
  if (pattern.rule != TileRule::exact && pattern.rule != TileRule::at_most &&
      pattern.rule != TileRule::greedy)
    return {StatusCode::invalid_argument, message("pattern.rule = ", static_cast<int>(pattern.rule),
                                                  ": must be exact, at_most or greedy")};
  if (pattern.solver != TileSolver::optimal && pattern.solver != TileSolver::fast)
    return {StatusCode::invalid_argument,
            message("pattern.solver = ", static_cast<int>(pattern.solver),
                    ": must be optimal or fast")};
  return {};
}

Status check_ranking(Ranking ranking) {
  if (ranking == Ranking::magnitude || ranking == Ranking::value) return {};
  return {StatusCode::invalid_argument,
          message("ranking = ", static_cast<int>(ranking), ": must be magnitude or value")};
}

// A blob for a rows x cols matrix, in memory of its own.
Status check_out(const char* name, const PackedView& out, std::int64_t rows, std::int64_t cols,
                 const ConstMatrixView& matrix) {
  const std::string desc = std::string(name) + ".desc";
  HEDDLE_TRY(check_packed(name, out));
  HEDDLE_TRY(check_shape(desc.c_str(), out.desc.rows, out.desc.cols, rows, cols));
  HEDDLE_TRY(check_type(desc.c_str(), out.desc.type, matrix.type));
  return check_no_overlap(name, blob_footprint(out), "matrix", footprint(matrix));
}

Status check_both(const ConstMatrixView& matrix, const PackedView& out,
                  const PackedView& out_transposed) {
  HEDDLE_TRY(check_out("out", out, matrix.rows, matrix.cols, matrix));
  HEDDLE_TRY(check_out("out_transposed", out_transposed, matrix.cols, matrix.rows, matrix));
  return check_no_overlap("out_transposed", blob_footprint(out_transposed), "out",
                          blob_footprint(out));
}

Status check_blob_pattern(const char* name, Pattern got, Pattern want) {
  if (got == want) return {};
  return {StatusCode::invalid_argument,
          message(name, ".desc.pattern = ", to_string(got), ": must be ", to_string(want))};
}

Status check_mask(const char* name, const ConstMaskView& mask, const ConstMatrixView& matrix) {
  HEDDLE_TRY(check_view(name, mask));
  return check_shape(name, mask.rows, mask.cols, matrix.rows, matrix.cols);
}

// pack under a mask, whose lines of groups go down its columns where it is transposed.
Status pack_masked(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView& mask,
                   const PackedView& out, const char* line) {
  CheckReport report;
  HEDDLE_TRY(on_cuda(exec) ? cuda::pack_and_wait(exec, matrix, mask, out, report)
                           : cpu::pack(exec, matrix, mask, out, report));
  if (report.compliant()) return {};
  const Pattern pattern = out.desc.pattern;
  return {
      StatusCode::not_compliant,
      message("mask ", line, " ", report.row, " group ", report.group,
              " keeps too many entries: must keep at most ", pattern.keep, " of ", pattern.group)};
}

}  // namespace

Status best_tile_mask(const Exec& exec, const ConstMatrixView& matrix, const TilePattern& pattern,
                      const MaskView& mask, Ranking ranking) try {
  HEDDLE_TRY(check_weights("matrix", matrix));
  HEDDLE_TRY(check_tile_pattern(pattern));
  HEDDLE_TRY(check_mask("mask", mask, matrix));
  HEDDLE_TRY(check_ranking(ranking));
  HEDDLE_TRY(check_no_overlap("mask", footprint(mask), "matrix", footprint(matrix)));
  HEDDLE_TRY(check_exec(exec));
  if (on_cuda(exec)) return cuda::best_tile_mask(exec, matrix, pattern, mask, ranking);
  return cpu::best_tile_mask(exec, matrix, pattern, mask, ranking);
} catch (...) {
  return caught();
}

Result<TileCheckReport> check_tiles(const Exec& exec, const ConstMatrixView& matrix,
                                    Pattern pattern) try {
  TileCheckReport report;
  Result<CheckReport> rows = check(exec, matrix, pattern);
  if (!rows.ok()) return rows.status();
  Result<CheckReport> cols = check(exec, transposed(matrix), pattern);
  if (!cols.ok()) return cols.status();
  report.rows = rows.value();
  report.cols = cols.value();
  return report;
} catch (...) {
  return caught();
}

Status check_tiles(const Exec& exec, const ConstMatrixView& matrix, Pattern pattern,
                   TileCheckReport* report) try {
  HEDDLE_TRY(check_weights("matrix", matrix));
  HEDDLE_TRY(check_pattern(pattern));
  HEDDLE_TRY(check_exec(exec));
  HEDDLE_TRY(check_report(report));
  HEDDLE_TRY(check(exec, matrix, pattern, &report->rows));
  return check(exec, transposed(matrix), pattern, &report->cols);
} catch (...) {
  return caught();
}

Status pack_tiles(const Exec& exec, const ConstMatrixView& matrix, const TilePattern& pattern,
                  const PackedView& out, const PackedView& out_transposed,
                  const std::optional<MaskView>& mask) try {
  HEDDLE_TRY(check_weights("matrix", matrix));
  HEDDLE_TRY(check_tile_pattern(pattern));
  HEDDLE_TRY(check_both(matrix, out, out_transposed));
  HEDDLE_TRY(check_blob_pattern("out", out.desc.pattern, pattern.pattern));
  HEDDLE_TRY(check_blob_pattern("out_transposed", out_transposed.desc.pattern, pattern.pattern));
  if (mask) {
    const Footprint bytes = footprint(*mask);
    HEDDLE_TRY(check_mask("mask", *mask, matrix));
    HEDDLE_TRY(check_no_overlap("mask", bytes, "matrix", footprint(matrix)));
    HEDDLE_TRY(check_no_overlap("mask", bytes, "out", blob_footprint(out)));
    HEDDLE_TRY(check_no_overlap("mask", bytes, "out_transposed", blob_footprint(out_transposed)));
  }
  HEDDLE_TRY(check_exec(exec));
  if (on_cuda(exec)) return cuda::pack_tiles(exec, matrix, pattern, out, out_transposed, mask);
  return cpu::pack_tiles(exec, matrix, pattern, out, out_transposed, mask);
} catch (...) {
  return caught();
}

Status pack_tiles(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView& mask,
                  const PackedView& out, const PackedView& out_transposed) try {
  HEDDLE_TRY(check_weights("matrix", matrix));
  HEDDLE_TRY(check_mask("mask", mask, matrix));
  HEDDLE_TRY(check_both(matrix, out, out_transposed));
  HEDDLE_TRY(check_blob_pattern("out_transposed", out_transposed.desc.pattern, out.desc.pattern));
  HEDDLE_TRY(check_no_overlap("out", blob_footprint(out), "mask", footprint(mask)));
  HEDDLE_TRY(
      check_no_overlap("out_transposed", blob_footprint(out_transposed), "mask", footprint(mask)));
  HEDDLE_TRY(check_exec(exec));
  HEDDLE_TRY(pack_masked(exec, matrix, mask, out, "row"));
  return pack_masked(exec, transposed(matrix), transposed(mask), out_transposed, "column");
} catch (...) {
  return caught();
}

}  // namespace heddle
