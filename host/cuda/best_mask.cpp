#include "kernels/mask/best_mask.hpp"

#include "host/cuda/arguments.hpp"
#include "host/cuda/operations.hpp"
#include "host/cuda/runtime.hpp"

namespace heddle::cuda {
namespace {

std::int64_t pieces(std::int64_t whole, std::int64_t piece) {
  return whole / piece + (whole % piece != 0);
}

// Elements that are neighbours in memory are neighbours of one row (column) in matrix and mask.
bool both_by_rows(const BestMask& p, int elem_bytes) {
  return p.matrix.row_major(elem_bytes) && p.mask.row_major(1);
}
bool both_by_cols(const BestMask& p, int elem_bytes) {
  return p.matrix.row_step == elem_bytes && p.mask.row_step == 1;
}

Status launch_groups(const Exec& exec, const BestMask& problem, int elem_bytes, bool by_rows) {
  const std::int64_t rows = problem.matrix.rows, cols = problem.matrix.cols;
  const Tiling tiling = by_rows ? Tiling{pieces(cols, run_elems(elem_bytes, problem.group)), rows}
                                : Tiling{rows, pieces(cols, problem.group)};
  return launch(exec, best_mask_groups_kernel(elem_bytes, problem.group),
                {tiling.tiles(), kTileThreads},
                BestMaskGroupsArgs{problem, by_rows, tiling, tiling.tiles()});
}

Status launch_any(const Exec& exec, const BestMask& problem, int elem_bytes) {
  const int width = any_cols(problem.group);
  const BestMaskAnyArgs args{problem, pieces(problem.matrix.rows, kAnyRows),
                             pieces(problem.matrix.cols, width)};
  return launch(exec, best_mask_any_kernel(elem_bytes),
                {pieces(args.row_tiles * args.col_tiles, kAnyThreads / 32), kAnyThreads}, args);
}

}  // namespace

Status best_mask(const Exec& exec, const ConstMatrixView& matrix, Pattern pattern,
                 const MaskView& mask, Ranking ranking) {
  const bool float_magnitude = ranking == Ranking::magnitude && matrix.type != DataType::i8;
  const BestMask problem{argument(matrix), argument(mask), rank_rule(matrix.type, ranking),
                         float_magnitude,  pattern.keep,   pattern.group};
  const int size = static_cast<int>(size_of(matrix.type));
  const bool in_registers = pattern.group == 2 || pattern.group == 4 || pattern.group == 8;
  if (in_registers && (both_by_rows(problem, size) || both_by_cols(problem, size)))
    return launch_groups(exec, problem, size, both_by_rows(problem, size));
  return launch_any(exec, problem, size);
}

}  // namespace heddle::cuda
