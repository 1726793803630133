#include "host/cuda/score.hpp"

#include "host/cuda/arguments.hpp"
#include "host/cuda/number.hpp"
#include "host/cuda/runtime.hpp"
#include "host/validate.hpp"
#include "kernels/score/score.hpp"
#include "kernels/score/squares.hpp"

namespace heddle::cuda {
namespace {

std::int64_t pieces(std::int64_t whole, std::int64_t piece) {
  return whole / piece + (whole % piece != 0);
}

ScoreFormula formula_of(Score kind) {
  if (kind == Score::magnitude) return ScoreFormula::magnitude;
  return kind == Score::activation_norm ? ScoreFormula::product : ScoreFormula::squared_ratio;
}

// A wide strip reads whole lines of memory, a narrow one makes more blocks: the widest that gives
// every multiprocessor two blocks.
int span_of(std::int64_t runs, int multiprocessors) {
  for (int span = kMostSpan; span > 2; span /= 2)
    if (pieces(runs, span) >= 2 * multiprocessors) return span;
  return 2;
}

}  // namespace

Status score(const Exec& exec, const ConstMatrixView& weight, Score kind, const float* columns,
             const MatrixView& scores) {
  const bool turn = weight.order == Order::col;
  const Number type = number_of(weight.type);
  ScoreArgs args{argument(turn ? transposed(weight) : weight),
                 argument(turn ? transposed(scores) : scores),
                 reinterpret_cast<const std::byte*>(columns),
                 common_alignment(columns, 0),
                 formula_of(kind),
                 turn,
                 0,
                 0};
  const bool alike = weight.order == scores.order;
  args.across = pieces(args.weight.cols, alike ? kScoreCols : kScoreSquare);
  args.tiles = args.across * pieces(args.weight.rows, alike ? kScoreRows : kScoreSquare);
  return launch(exec, alike ? score_runs_kernel(type) : score_turned_kernel(type),
                {pieces(args.tiles, kScoreThreads / 32), kScoreThreads}, args);
}

Status accumulate_squares(const Exec& exec, const ConstMatrixView& activations, double* sums) {
  const Number type = number_of(activations.type);
  SquaresArgs args{argument(activations), sums, 0, 0};
  if (activations.order == Order::col)
    return launch(exec, squares_cols_kernel(type),
                  {pieces(activations.cols, kSquaresColsThreads / 32), kSquaresColsThreads}, args);
  const Result<Device> device = current_device();
  if (!device.ok()) return device.status();
  const std::int64_t runs = pieces(activations.cols, kSquaresBytes / bytes_of(type));
  args.span = span_of(runs, device->multiprocessors);
  args.strips = pieces(runs, args.span);
  return launch(exec, squares_rows_kernel(type),
                {args.strips, static_cast<unsigned>(32 * args.span)}, args);
}

Status norms_of_squares(const Exec& exec, const double* sums, std::int64_t k, float* norms) {
  return launch(exec, norms_kernel(), {pieces(k, kNormsThreads), kNormsThreads},
                NormsArgs{sums, norms, k});
}

}  // namespace heddle::cuda
