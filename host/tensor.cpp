#include "heddle/tensor.hpp"

#include <utility>

#include "host/cpu/operations.hpp"
#include "host/cpu/strided.hpp"
#include "host/cpu/tile_mask.hpp"
#include "host/cuda/operations.hpp"
#include "host/cuda/score.hpp"
#include "host/cuda/tensor.hpp"
#include "host/cuda/tile.hpp"
#include "host/exec.hpp"
#include "host/exec_memory.hpp"
#include "host/guard.hpp"
#include "host/message.hpp"
#include "host/tensor.hpp"
#include "host/tensor_rows.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

MaskView as_mask(const MatrixView& m) {
  return {static_cast<std::uint8_t*>(m.data), m.rows, m.cols, m.ld, m.order};
}

void* writable(const void* data) { return const_cast<void*>(data); }  // of views that are read only

Status check_ranking(Ranking ranking) {
  if (ranking == Ranking::magnitude || ranking == Ranking::value) return {};
  return {StatusCode::invalid_argument,
          message("ranking = ", static_cast<int>(ranking), ": must be magnitude or value")};
}

// The arguments that best_mask and best_tile_mask share.
Status check_masking(const Exec& exec, const ConstTensorView& weight, const TensorMask& mask,
                     Ranking ranking) {
  HEDDLE_TRY(check_tensor("mask", ConstTensorMask(mask)));
  HEDDLE_TRY(check_tensor_shape("mask", as_bytes(mask), weight));
  HEDDLE_TRY(check_ranking(ranking));
  HEDDLE_TRY(check_no_overlap("mask", as_bytes(mask), "weight", weight));
  return check_exec(exec);
}

Result<MaskStats> matrix_stats(const Exec& exec, const ConstMatrixView& weight,
                               const ConstMaskView& mask) {
  return on_cuda(exec) ? cuda::mask_stats(exec, weight, mask) : cpu::mask_stats(exec, weight, mask);
}

Result<CheckReport> check_rows(const Exec& exec, const ConstTensorView& weight, Pattern pattern) {
  const Dims numbers = row_numbers(weight);
  const TensorRows tensor = rows_of(weight, {&weight.stride, &numbers});
  const auto matrix = matrix_of(tensor, 0, writable(weight.data), weight.type);
  CheckReport report;
  Status status;
  if (matrix && (tensor.rows.count == 0 || tensor.row_step(1) <= 1))
    status = on_cuda(exec) ? cuda::check_and_wait(exec, *matrix, pattern, report)
                           : cpu::check(exec, *matrix, pattern, report);
  else
    status = on_cuda(exec) ? cuda::check_and_wait(exec, tensor, weight, pattern, report)
                           : cpu::check(exec, tensor, weight, pattern, report);
  if (!status.ok()) return status;
  return report;
}

// The rows of reports, one after the other without gaps.
Dims dense_strides(const ConstTensorView& weight) {
  Dims stride = row_numbers(weight);
  for (std::int64_t& step : stride) step *= weight.shape[1];
  stride[1] = 1;
  return stride;
}

// By dense copies of a weight and its mask, [taps * K, C] each.
Result<MaskStats> stats_of_copies(const Exec& exec, const ConstTensorView& weight,
                                  const ConstTensorView& mask) {
  const std::int64_t elements = element_count(weight), cols = weight.shape[1];
  const auto weight_bytes = static_cast<std::size_t>(elements) * size_of(weight.type);
  const Dims stride = dense_strides(weight);
  ExecMemory memory;
  if (Status s = memory.allocate(exec, weight_bytes + static_cast<std::size_t>(elements),
                                 "copies for mask_stats");
      !s.ok())
    return s;
  auto* kept = static_cast<std::uint8_t*>(memory.data()) + weight_bytes;
  const TensorView dense{memory.data(), weight.rank, weight.shape, stride, weight.type};
  const TensorView dense_mask{kept, weight.rank, weight.shape, stride, DataType::i8};
  if (Status s = copy_tensor(exec, weight, dense); !s.ok()) return s;
  if (Status s = copy_tensor(exec, mask, dense_mask); !s.ok()) return s;
  const std::int64_t rows = elements / cols;
  return matrix_stats(exec, {memory.data(), rows, cols, cols, weight.type, Order::row},
                      {kept, rows, cols, cols, Order::row});
}

}  // namespace

ConstTensorView as_tensor(const ConstMatrixView& m) noexcept {
  const bool row = m.order == Order::row;
  return {m.data, 2, {m.rows, m.cols}, {row ? m.ld : 1, row ? 1 : m.ld}, m.type};
}
TensorView as_tensor(const MatrixView& m) noexcept {
  const ConstTensorView t = as_tensor(ConstMatrixView(m));
  return {m.data, t.rank, t.shape, t.stride, t.type};
}
ConstTensorMask as_tensor(const ConstMaskView& m) noexcept {
  const ConstTensorView t = as_tensor(as_bytes(m));
  return {m.data, t.rank, t.shape, t.stride};
}
TensorMask as_tensor(const MaskView& m) noexcept {
  const ConstTensorView t = as_tensor(as_bytes(ConstMaskView(m)));
  return {m.data, t.rank, t.shape, t.stride};
}

Status best_mask(const Exec& exec, const ConstTensorView& weight, Pattern pattern,
                 const TensorMask& mask, Ranking ranking) try {
  HEDDLE_TRY(check_tensor_weights("weight", weight));
  HEDDLE_TRY(check_pattern(pattern));
  HEDDLE_TRY(check_masking(exec, weight, mask, ranking));
  const TensorRows tensor = rows_of(weight, {&weight.stride, &mask.stride});
  const auto in = matrix_of(tensor, 0, writable(weight.data), weight.type);
  const auto out = matrix_of(tensor, 1, mask.data, DataType::i8);
  if (in && out)
    return on_cuda(exec) ? cuda::best_mask(exec, *in, pattern, as_mask(*out), ranking)
                         : cpu::best_mask(exec, *in, pattern, as_mask(*out), ranking);
  return on_cuda(exec) ? cuda::best_mask(exec, tensor, weight, pattern, mask.data, ranking)
                       : cpu::best_mask(exec, tensor, weight, pattern, mask.data, ranking);
} catch (...) {
  return caught();
}

Status best_tile_mask(const Exec& exec, const ConstTensorView& weight, const TilePattern& pattern,
                      const TensorMask& mask, Ranking ranking) try {
  HEDDLE_TRY(check_tensor_weights("weight", weight));
  // The pattern, and whether the execution has it, is the matrix operation's business.
  HEDDLE_TRY(best_tile_mask(exec, ConstMatrixView{nullptr, 0, 0, 0, weight.type, Order::row},
                            pattern, MaskView{}, ranking));
  HEDDLE_TRY(check_masking(exec, weight, mask, ranking));
  const TensorTaps tensor = taps_of(weight, {&weight.stride, &mask.stride});
  const auto in = lines_of(tensor.rows, tensor.cols, tensor.row_step[0], tensor.col_step[0]);
  const auto out = lines_of(tensor.rows, tensor.cols, tensor.row_step[1], tensor.col_step[1]);
  if (!in || !out || tensor.tap_count() != 1)
    return on_cuda(exec) ? cuda::best_tile_mask(exec, tensor, weight, pattern, mask.data, ranking)
                         : cpu::best_tile_mask(exec, tensor, weight, pattern, mask.data, ranking);
  return best_tile_mask(
      exec, ConstMatrixView{weight.data, tensor.rows, tensor.cols, in->ld, weight.type, in->order},
      pattern, MaskView{mask.data, tensor.rows, tensor.cols, out->ld, out->order}, ranking);
} catch (...) {
  return caught();
}

Status apply_mask(const Exec& exec, const ConstTensorView& weight, const ConstTensorMask& mask,
                  const TensorView& out) try {
  HEDDLE_TRY(check_tensor_weights("weight", weight));
  HEDDLE_TRY(check_tensor("mask", mask));
  HEDDLE_TRY(check_tensor_shape("mask", as_bytes(mask), weight));
  HEDDLE_TRY(check_tensor("out", ConstTensorView(out)));
  HEDDLE_TRY(check_tensor_shape("out", out, weight));
  HEDDLE_TRY(check_type("out", out.type, weight.type));
  if (!same_view(weight, out)) HEDDLE_TRY(check_no_overlap("out", out, "weight", weight));
  HEDDLE_TRY(check_no_overlap("out", out, "mask", as_bytes(mask)));
  HEDDLE_TRY(check_exec(exec));
  const TensorRows tensor =
      elements_of(weight.rank, weight.shape, {&weight.stride, &mask.stride, &out.stride});
  const auto in = matrix_of(tensor, 0, writable(weight.data), weight.type);
  const auto keep = matrix_of(tensor, 1, writable(mask.data), DataType::i8);
  const auto to = matrix_of(tensor, 2, out.data, out.type);
  if (in && keep && to) {
    const MaskedMatrix item{*in, as_mask(*keep), *to};
    return on_cuda(exec) ? cuda::apply_masks(exec, &item, 1)
                         : cpu::apply_mask(exec, item.matrix, item.mask, item.out);
  }
  return on_cuda(exec) ? cuda::apply_mask(exec, tensor, weight, mask.data, out.data)
                       : cpu::apply_mask(exec, tensor, weight, mask.data, out.data);
} catch (...) {
  return caught();
}

Status copy_tensor(const Exec& exec, const ConstTensorView& in, const TensorView& out) {
  const TensorRows tensor = elements_of(in.rank, in.shape, {&in.stride, &in.stride, &out.stride});
  return on_cuda(exec) ? cuda::apply_mask(exec, tensor, in, nullptr, out.data)
                       : cpu::apply_mask(exec, tensor, in, nullptr, out.data);
}

Result<CheckReport> check(const Exec& exec, const ConstTensorView& weight, Pattern pattern) try {
  if (Status s = check_tensor_weights("weight", weight); !s.ok()) return s;
  if (Status s = check_pattern(pattern); !s.ok()) return s;
  if (Status s = check_exec(exec); !s.ok()) return s;
  return check_rows(exec, weight, pattern);
} catch (...) {
  return caught();
}

Result<TileCheckReport> check_tiles(const Exec& exec, const ConstTensorView& weight,
                                    Pattern pattern) try {
  const Result<CheckReport> rows = check(exec, weight, pattern);
  if (!rows.ok()) return rows.status();
  const Result<CheckReport> cols = check_rows(exec, turned(weight), pattern);
  if (!cols.ok()) return cols.status();
  return TileCheckReport{*rows, *cols};
} catch (...) {
  return caught();
}

Result<MaskStats> mask_stats(const Exec& exec, const ConstTensorView& weight,
                             const ConstTensorMask& mask) try {
  if (Status s = check_tensor_weights("weight", weight); !s.ok()) return s;
  if (Status s = check_tensor("mask", mask); !s.ok()) return s;
  if (Status s = check_tensor_shape("mask", as_bytes(mask), weight); !s.ok()) return s;
  if (Status s = check_exec(exec); !s.ok()) return s;
  if (element_count(weight) == 0) return MaskStats{};
  const TensorRows tensor = elements_of(weight.rank, weight.shape, {&weight.stride, &mask.stride});
  const auto in = matrix_of(tensor, 0, writable(weight.data), weight.type);
  const auto keep = matrix_of(tensor, 1, writable(mask.data), DataType::i8);
  if (in && keep) return matrix_stats(exec, *in, as_mask(*keep));
  return stats_of_copies(exec, with_rows(weight), with_rows(as_bytes(mask)));
} catch (...) {
  return caught();
}

}  // namespace heddle
