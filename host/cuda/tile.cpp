#include "host/cuda/tile.hpp"

#include <algorithm>
#include <utility>

#include "host/cuda/arguments.hpp"
#include "host/cuda/packed.hpp"
#include "host/cuda/runtime.hpp"
#include "host/message.hpp"
#include "host/packed_header.hpp"
#include "host/validate.hpp"
#include "kernels/tile/large_tile.hpp"
#include "kernels/tile/tile_mask.hpp"
#include "kernels/tile/tile_pack.hpp"

namespace heddle::cuda {
namespace {

constexpr Pattern kTwoOfFour = {2, 4};

std::int64_t pieces(std::int64_t whole, std::int64_t piece) {
  return whole / piece + (whole % piece != 0);
}

// The masks of a rule that is decided by their sums; none for greedy.
tile::MaskList list_of(const TilePattern& pattern) {
  if (pattern.rule == TileRule::greedy) return {};
  return tile::make_mask_list(pattern.pattern, pattern.rule == TileRule::at_most);
}

template <class Byte>
BasicMatrix<Byte> turned(const BasicMatrix<Byte>& m) {
  return {m.data, m.cols, m.rows, m.col_step, m.row_step, m.align};
}

Kernel mask_kernel(DataType type, TileRule rule) {
  switch (type) {
    case DataType::f16: return tile_mask_f16_kernel(rule);
    case DataType::bf16: return tile_mask_bf16_kernel(rule);
    case DataType::f8e4m3: return tile_mask_f8e4m3_kernel(rule);
    case DataType::f8e5m2: return tile_mask_f8e5m2_kernel(rule);
    case DataType::i8: return tile_mask_i8_kernel(rule);
    default: return tile_mask_f32_kernel(rule);
  }
}

Kernel pack_kernel(DataType type, TileRule rule) {
  switch (type) {
    case DataType::f16: return tile_pack_f16_kernel(rule);
    case DataType::bf16: return tile_pack_bf16_kernel(rule);
    case DataType::f8e4m3: return tile_pack_f8e4m3_kernel(rule);
    case DataType::f8e5m2: return tile_pack_f8e5m2_kernel(rule);
    default: return tile_pack_i8_kernel(rule);
  }
}

// Neighbouring lanes shall take neighbouring elements of the matrix.
bool runs_down_columns(const ConstMatrix& m) { return m.row_step < m.col_step; }

Status launch_two_of_four(const Exec& exec, const TileProblem& problem,
                          const TilePattern& pattern) {
  const int size = static_cast<int>(size_of(problem.type));
  TileMaskArgs args = {};
  args.problem = problem;
  args.flipped = runs_down_columns(problem.matrix);
  if (args.flipped) {
    args.problem.matrix = turned(problem.matrix);
    args.problem.mask = turned(problem.mask);
  }
  const ConstMatrix& matrix = args.problem.matrix;
  const Matrix& mask = args.problem.mask;
  args.aligned =
      matrix.row_major(size) && mask.row_major(1) && matrix.align >= 16 && mask.align >= 16 / size;
  const std::int64_t across = pieces(matrix.cols, 16 / size);
  args.units_across = block_divisor(across);
  args.units = across * pieces(matrix.rows, 4);
  args.list = list_of(pattern);
  return launch(exec, mask_kernel(problem.type, pattern.rule),
                {pieces(args.units, kTileMaskThreads), kTileMaskThreads}, args);
}

Status launch_small(const Exec& exec, const TileProblem& problem, const TilePattern& pattern) {
  SmallTileArgs args = {};
  args.problem = problem;
  args.greedy = pattern.rule == TileRule::greedy;
  args.flipped = runs_down_columns(problem.matrix);
  const std::int64_t tile_rows = pieces(problem.matrix.rows, problem.pattern.group);
  const std::int64_t tile_cols = pieces(problem.matrix.cols, problem.pattern.group);
  args.tiles_across = block_divisor(args.flipped ? tile_rows : tile_cols);
  args.tiles = tile_rows * tile_cols;
  args.list = list_of(pattern);
  return launch(exec, small_tile_kernel(static_cast<int>(size_of(problem.type))),
                {pieces(args.tiles, kTileMaskThreads), kTileMaskThreads}, args);
}

Status launch_large(const Exec& exec, const TileProblem& problem, const TilePattern& pattern) {
  LargeTileArgs args = {};
  args.problem = problem;
  args.at_most = pattern.rule == TileRule::at_most;
  args.by_cols = runs_down_columns(problem.matrix);
  const std::int64_t tile_rows = pieces(problem.matrix.rows, problem.pattern.group);
  const std::int64_t tile_cols = pieces(problem.matrix.cols, problem.pattern.group);
  args.tiles_across = block_divisor(args.by_cols ? tile_rows : tile_cols);
  args.tiles = tile_rows * tile_cols;
  const int side = large_side(problem.pattern.group);
  return launch(
      exec, pattern.rule == TileRule::greedy ? greedy_tile_kernel(side) : fast_tile_kernel(side),
      {pieces(args.tiles, kLargeWarps * (32 / side)), kLargeThreads}, args);
}

// Both in device order, 2:4, elements of one or two bytes, lines of either order.
bool has_fused_kernel(const TilePattern& pattern, const PackedView& out,
                      const PackedView& out_transposed, const ConstMatrixView& matrix,
                      const std::optional<MaskView>& mask) {
  return pattern.pattern == kTwoOfFour && size_of(matrix.type) <= 2 &&
         out.desc.order == PackedOrder::device &&
         out_transposed.desc.order == PackedOrder::device && (!mask || mask->order == matrix.order);
}

DeviceBlob blob_of(const PackedView& packed) {
  const layout::DeviceGeometry geo = device_geometry(packed.desc);
  return {static_cast<std::byte*>(packed.data),
          common_alignment(packed.data, 0),
          packed.desc.rows,
          packed.desc.cols,
          geo.row_blocks() * geo.col_blocks(),
          block_divisor(geo.col_blocks())};
}

Status pack_fused(const Exec& exec, const ConstMatrixView& matrix, const TilePattern& pattern,
                  const PackedView& out, const PackedView& out_transposed,
                  const std::optional<MaskView>& mask) {
  TilePackArgs args = {};
  args.flipped = matrix.order == Order::col;
  args.matrix = argument(matrix);
  if (mask) args.mask = argument(*mask);
  const PackedView& along = args.flipped ? out_transposed : out;
  const PackedView& across = args.flipped ? out : out_transposed;
  if (args.flipped) {
    args.matrix = turned(args.matrix);
    args.mask = turned(args.mask);
  }
  args.along = blob_of(along);
  args.across = blob_of(across);
  args.along_header = header_bytes(along.desc);
  args.across_header = header_bytes(across.desc);
  args.list = list_of(pattern);
  return launch(exec, pack_kernel(matrix.type, pattern.rule),
                {std::max<std::int64_t>(args.along.blocks, 1), kTilePackThreads}, args);
}

// The mask is of the pattern: nothing to report.
Status pack_kept(const Exec& exec, const ConstMatrixView& matrix, const ConstMaskView& mask,
                 const PackedView& out) {
  return out.desc.order == PackedOrder::device ? pack_device(exec, matrix, &mask, out, nullptr)
                                               : pack_canonical(exec, matrix, &mask, out, nullptr);
}

}  // namespace

Status best_tile_mask(const Exec& exec, const ConstMatrix& matrix, DataType type,
                      const TilePattern& pattern, const Matrix& mask, Ranking ranking) {
  if (pattern.pattern.group > tile::kSide && pattern.rule != TileRule::greedy &&
      pattern.solver == TileSolver::optimal)
    return {StatusCode::unsupported,
            message("pattern.solver = optimal, pattern.pattern.group = ", pattern.pattern.group,
                    ": CUDA needs TileSolver::fast above 4")};
  const TileProblem problem = {matrix, mask, type, ranking, pattern.pattern};
  if (pattern.pattern.group > tile::kSide) return launch_large(exec, problem, pattern);
  if (pattern.pattern == kTwoOfFour) return launch_two_of_four(exec, problem, pattern);
  return launch_small(exec, problem, pattern);
}

Status best_tile_mask(const Exec& exec, const ConstMatrixView& matrix, const TilePattern& pattern,
                      const MaskView& mask, Ranking ranking) {
  return cuda::best_tile_mask(exec, argument(matrix), matrix.type, pattern, argument(mask),
                              ranking);
}

Status pack_tiles(const Exec& exec, const ConstMatrixView& matrix, const TilePattern& pattern,
                  const PackedView& out, const PackedView& out_transposed,
                  const std::optional<MaskView>& mask) {
  if (has_fused_kernel(pattern, out, out_transposed, matrix, mask))
    return pack_fused(exec, matrix, pattern, out, out_transposed, mask);
  std::optional<StreamMemory> memory;
  MaskView kept;
  if (mask) {
    kept = *mask;
  } else {
    const std::size_t bytes =
        static_cast<std::size_t>(matrix.rows) * static_cast<std::size_t>(matrix.cols);
    Result<StreamMemory> allocated = StreamMemory::allocate(exec, std::max<std::size_t>(bytes, 1));
    if (!allocated.ok()) return allocated.status();
    memory.emplace(std::move(*allocated));
    const std::int64_t line = matrix.order == Order::row ? matrix.cols : matrix.rows;
    kept = {static_cast<std::uint8_t*>(memory->data()), matrix.rows, matrix.cols, line,
            matrix.order};
  }
  HEDDLE_TRY(cuda::best_tile_mask(exec, matrix, pattern, kept, Ranking::magnitude));
  HEDDLE_TRY(pack_kept(exec, matrix, kept, out));
  return pack_kept(exec, transposed(matrix), transposed(ConstMaskView(kept)), out_transposed);
}

}  // namespace heddle::cuda
