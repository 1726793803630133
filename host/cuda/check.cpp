#include "kernels/mask/check.hpp"

#include "host/cuda/arguments.hpp"
#include "host/cuda/operations.hpp"
#include "host/cuda/report.hpp"
#include "host/packed_header.hpp"

namespace heddle::cuda {
namespace {

std::int64_t pieces(std::int64_t whole, std::int64_t piece) {
  return whole / piece + (whole % piece != 0);
}

// In every element of a word: all bits of an integer, all but the sign of a float.
std::uint32_t magnitude_word(DataType type) {
  if (type == DataType::i8) return 0xFFFFFFFFu;
  switch (size_of(type)) {
    case 1: return 0x7F7F7F7Fu;
    case 2: return 0x7FFF7FFFu;
    default: return 0x7FFFFFFFu;
  }
}

Status launch_check(const Exec& exec, CheckArgs args, int elem_bytes) {
  const std::int64_t rows = args.matrix.rows, cols = args.matrix.cols;
  const int run = kCheckRunBytes / elem_bytes;
  Kernel kernel;
  if (!args.matrix.row_major(elem_bytes)) {
    kernel = check_cols_kernel(elem_bytes);
    args.tiling = {rows, args.groups};
  } else if (run % args.group == 0) {
    kernel = check_runs_kernel(elem_bytes);
    args.tiling = {pieces(cols, run), rows};
  } else {
    kernel = check_rows_kernel(elem_bytes);
    args.tiling = {pieces(cols, 32 / args.group * args.group) * 32, rows};
  }
  args.tiles = args.tiling.tiles();
  return launch(exec, kernel, {args.tiles, kTileThreads}, args);
}

}  // namespace

Status check(const Exec& exec, const ConstMatrixView& matrix, Pattern pattern,
             CheckReport* report) {
  const std::int64_t groups = group_count(matrix.cols, pattern);
  return reporting(exec, report, groups, finish_check_report_kernel(), [&](Tally* tally) {
    if (pattern.keep == pattern.group) return Status{};  // nothing can be too much
    return launch_check(exec,
                        {argument(matrix),
                         tally,
                         groups,
                         pattern.keep,
                         pattern.group,
                         magnitude_word(matrix.type),
                         {},
                         0},
                        static_cast<int>(size_of(matrix.type)));
  });
}

Status check_and_wait(const Exec& exec, const ConstMatrixView& matrix, Pattern pattern,
                      CheckReport& report) {
  return await_report(exec, report, [&](CheckReport* on_device) {
    return cuda::check(exec, matrix, pattern, on_device);
  });
}

}  // namespace heddle::cuda
