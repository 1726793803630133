#include "host/cuda/tensor.hpp"

#include "host/cuda/arguments.hpp"
#include "host/cuda/report.hpp"
#include "host/cuda/runtime.hpp"
#include "host/cuda/tile.hpp"
#include "host/packed_header.hpp"
#include "host/validate.hpp"
#include "kernels/mask/strided.hpp"

namespace heddle::cuda {
namespace {

std::int64_t bytes_of(const ConstTensorView& v) {
  return static_cast<std::int64_t>(size_of(v.type));
}

using Sizes = std::int64_t[kStridedOperands];  // what one step of an operand is, in bytes

// The rows of a tensor as axes of a walk.
StridedWalk walk_rows(const Axes& rows, const Sizes& sizes) {
  StridedWalk walk{};
  walk.items = rows.items();
  walk.count = rows.count;
  for (int i = 0; i < rows.count; ++i) {
    walk.extent[i] = rows[i].extent;
    for (int op = 0; op < kStridedOperands; ++op)
      walk.step[i][op] = rows[i].step[static_cast<std::size_t>(op)] * sizes[op];
  }
  return walk;
}

// One more axis, where its steps in operand 0 put it.
void insert(StridedWalk& walk, std::int64_t extent, const Sizes& step) {
  int at = walk.count++;
  for (; at > 0 && walk.step[at - 1][0] > step[0]; --at) {
    walk.extent[at] = walk.extent[at - 1];
    for (int op = 0; op < kStridedOperands; ++op) walk.step[at][op] = walk.step[at - 1][op];
  }
  walk.extent[at] = extent;
  for (int op = 0; op < kStridedOperands; ++op) walk.step[at][op] = step[op];
  walk.items *= extent;
}

StridedGroups groups_of(const TensorRows& tensor, const ConstTensorView& weight, Pattern pattern) {
  const std::int64_t size = bytes_of(weight);
  return {{},
          static_cast<const std::byte*>(weight.data),
          common_alignment(weight.data, size),
          tensor.col_step[0] * size,
          tensor.cols,
          group_count(tensor.cols, pattern),
          pattern.keep,
          pattern.group};
}

std::int64_t blocks_for(std::int64_t items) {
  return items / kStridedThreads + (items % kStridedThreads != 0);
}

// All bits of an integer, all but the sign of a float.
std::uint32_t magnitude_bits(DataType type) {
  if (type == DataType::i8) return 0xFF;
  return ~0u >> (33 - 8 * size_of(type));
}

}  // namespace

Status best_mask(const Exec& exec, const TensorRows& tensor, const ConstTensorView& weight,
                 Pattern pattern, std::uint8_t* mask, Ranking ranking) {
  const std::int64_t size = bytes_of(weight);
  StridedMaskArgs args{groups_of(tensor, weight, pattern), reinterpret_cast<std::byte*>(mask),
                       tensor.col_step[1], rank_rule(weight.type, ranking)};
  args.groups.walk = walk_rows(tensor.rows, {size, 1, 0});
  insert(args.groups.walk, args.groups.groups,
         {args.groups.col_step * pattern.group, tensor.col_step[1] * pattern.group, 1});
  return launch(exec, strided_mask_kernel(static_cast<int>(size)),
                {blocks_for(args.groups.walk.items), kStridedThreads}, args);
}

Status check_and_wait(const Exec& exec, const TensorRows& tensor, const ConstTensorView& weight,
                      Pattern pattern, CheckReport& report) {
  const std::int64_t size = bytes_of(weight);
  StridedCheckArgs args{groups_of(tensor, weight, pattern), nullptr, magnitude_bits(weight.type)};
  args.groups.walk = walk_rows(tensor.rows, {size, args.groups.groups, 0});
  insert(args.groups.walk, args.groups.groups, {args.groups.col_step * pattern.group, 1, 1});
  return await_report(exec, report, [&](CheckReport* on_device) {
    return reporting(exec, on_device, args.groups.groups, finish_check_report_kernel(),
                     [&](Tally* tally) {
                       args.tally = tally;
                       return launch(exec, strided_check_kernel(static_cast<int>(size)),
                                     {blocks_for(args.groups.walk.items), kStridedThreads}, args);
                     });
  });
}

Status apply_mask(const Exec& exec, const TensorRows& tensor, const ConstTensorView& weight,
                  const std::uint8_t* mask, void* out) {
  const std::int64_t size = bytes_of(weight);
  StridedApplyArgs args{walk_rows(tensor.rows, {size, 1, size}),
                        static_cast<const std::byte*>(weight.data),
                        reinterpret_cast<const std::byte*>(mask), static_cast<std::byte*>(out),
                        common_alignment(weight.data, size)};
  const int out_align = common_alignment(out, size);
  args.align = args.align < out_align ? args.align : out_align;
  insert(args.walk, tensor.cols,
         {tensor.col_step[0] * size, tensor.col_step[1], tensor.col_step[2] * size});
  return launch(exec, strided_apply_kernel(static_cast<int>(size)),
                {blocks_for(args.walk.items), kStridedThreads}, args);
}

Status best_tile_mask(const Exec& exec, const TensorTaps& tensor, const ConstTensorView& weight,
                      const TilePattern& pattern, std::uint8_t* mask, Ranking ranking) {
  const std::int64_t size = bytes_of(weight), taps = tensor.tap_count();
  const std::int64_t rows = tensor.rows, cols = tensor.cols;
  const auto in = lines_of(rows, cols, tensor.row_step[0], tensor.col_step[0]);
  const auto out = lines_of(rows, cols, tensor.row_step[1], tensor.col_step[1]);
  for (std::int64_t tap = 0; tap < taps; ++tap) {
    const auto* from = static_cast<const std::byte*>(weight.data) + tensor.offset(tap, 0) * size;
    std::uint8_t* to = mask + tensor.offset(tap, 1);
    if (in && out) {
      HEDDLE_TRY(cuda::best_tile_mask(
          exec, ConstMatrixView{from, rows, cols, in->ld, weight.type, in->order}, pattern,
          MaskView{to, rows, cols, out->ld, out->order}, ranking));
      continue;
    }
    const ConstMatrix matrix{from,
                             rows,
                             cols,
                             tensor.row_step[0] * size,
                             tensor.col_step[0] * size,
                             common_alignment(from, size)};
    const Matrix kept{
        reinterpret_cast<std::byte*>(to), rows, cols, tensor.row_step[1], tensor.col_step[1], 1};
    HEDDLE_TRY(cuda::best_tile_mask(exec, matrix, weight.type, pattern, kept, ranking));
  }
  return {};
}

}  // namespace heddle::cuda
