#include "kernels/mask/mask_stats.hpp"
#include "host/cuda/arguments.hpp"
#include "host/cuda/number.hpp"
#include "host/cuda/runtime.hpp"
#include "host/cuda/score.hpp"
#include "host/validate.hpp"

namespace heddle::cuda {
namespace {

std::int64_t pieces(std::int64_t whole, std::int64_t piece) {
  return whole / piece + (whole % piece != 0);
}

Status add_up(const Exec& exec, Number type, MaskStatsArgs args, StatsPart& total) {
  const auto parts = static_cast<std::size_t>(args.tiles);
  const Result<StreamMemory> memory = StreamMemory::allocate(exec, (parts + 1) * sizeof(StatsPart));
  if (!memory.ok()) return memory.status();
  args.part = static_cast<StatsPart*>(memory->data());
  StatsPart* const sum = args.part + args.tiles;
  HEDDLE_TRY(launch(exec, mask_stats_kernel(type), {args.tiles, kTileThreads}, args));
  HEDDLE_TRY(launch(exec, add_stats_kernel(), {1, kTileThreads},
                    AddStatsArgs{args.part, sum, args.tiles}));
  return read_back(exec, &total, sum, sizeof total);
}

}  // namespace

Result<MaskStats> mask_stats(const Exec& exec, const ConstMatrixView& matrix,
                             const ConstMaskView& mask) {
  // Entry by entry, so a matrix in col order may as well be its transpose in row order.
  if (matrix.order == Order::col)
    return cuda::mask_stats(exec, transposed(matrix), transposed(mask));
  MaskStats stats;
  stats.elements = matrix.rows * matrix.cols;
  if (stats.elements == 0) return stats;
  const Number type = number_of(matrix.type);
  const std::int64_t runs = pieces(matrix.cols, kStatsRunBytes / bytes_of(type));
  const std::int64_t across = pieces(runs, kTileFast);
  const MaskStatsArgs args{argument(matrix), argument(mask), nullptr, across,
                           across * pieces(matrix.rows, kStatsTileRows)};
  StatsPart total{};
  if (Status s = add_up(exec, type, args, total); !s.ok()) return s;
  stats.kept = total.kept;
  stats.nonzeros = total.nonzeros;
  stats.l1_total = total.of_kept + total.of_dropped;
  stats.l1_kept = total.of_kept;
  return stats;
}

}  // namespace heddle::cuda
