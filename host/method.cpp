#include "heddle/method.hpp"

#include <exception>
#include <new>

#include "host/cpu/operations.hpp"
#include "host/exec.hpp"
#include "host/exec_memory.hpp"
#include "host/guard.hpp"
#include "host/message.hpp"
#include "host/overlap.hpp"
#include "host/tensor.hpp"
#include "host/tensor_rows.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

Status invalid(std::string text) { return {StatusCode::invalid_argument, std::move(text)}; }

TilePattern tile_pattern_of(const MaskMethod& method) {
  return {method.pattern, method.rule, method.solver};
}

std::string called(const MaskMethod& method) {
  return method.name.empty() ? "the mask function" : message("method \"", method.name, "\"");
}

Status check_kind(const MaskMethod& method) {
  if (method.kind == MaskMethod::Kind::rows || method.kind == MaskMethod::Kind::tiles) return {};
  if (method.kind != MaskMethod::Kind::function)
    return invalid(message("method.kind = ", static_cast<int>(method.kind),
                           ": must be rows, tiles or function"));
  if (!method.function) return invalid("method.function = empty: must be a function");
  return {};
}

Status check_ranking(Ranking ranking) {
  if (ranking == Ranking::magnitude || ranking == Ranking::value) return {};
  return invalid(message("ranking = ", static_cast<int>(ranking), ": must be magnitude or value"));
}

Status not_compliant(const MaskMethod& method, const char* line, const CheckReport& report) {
  return {StatusCode::not_compliant,
          message(called(method), ": the mask keeps more than ", method.pattern.keep, " in group ",
                  report.group, " of ", line, " ", report.row, ": must obey ",
                  to_string(method.pattern))};
}

// Calls the function; on the CPU its mask is looked at. Arguments are valid.
Status call_function(const Exec& exec, const ConstMatrixView& matrix, const MaskMethod& method,
                     const MaskView& mask, Ranking ranking) {
  Status status;
  try {
    status = method.function(exec, matrix, ranking, mask);
  } catch (const std::bad_alloc&) {
    throw;  // not the function's fault
  } catch (const std::exception& e) {
    return invalid(message(called(method), ": must not throw, threw ", e.what()));
  } catch (...) {
    return invalid(called(method) + ": must not throw");
  }
  if (!status.ok()) return {status.code(), message(called(method), ": ", status.message())};
  if (on_cuda(exec)) return {};
  CheckReport report;
  const MatrixView kept = as_bytes(mask);
  HEDDLE_TRY(cpu::check(exec, kept, method.pattern, report));
  if (!report.compliant()) return not_compliant(method, "row", report);
  if (!method.transposable) return {};
  HEDDLE_TRY(cpu::check(exec, transposed(kept), method.pattern, report));
  if (!report.compliant()) return not_compliant(method, "column", report);
  return {};
}

// A tap [K, C] of a tensor as a tensor of rank 2.
ConstTensorView tap_of(const ConstTensorView& weight, std::int64_t tap) {
  std::int64_t offset = 0;
  for (auto d = static_cast<std::size_t>(weight.rank) - 1; d > 1; --d) {
    offset += tap % weight.shape[d] * weight.stride[d];
    tap /= weight.shape[d];
  }
  return {static_cast<const std::byte*>(weight.data) +
              offset * static_cast<std::int64_t>(size_of(weight.type)),
          2,
          {weight.shape[0], weight.shape[1]},
          {weight.stride[0], weight.stride[1]},
          weight.type};
}

TensorView writable(const ConstTensorView& v) {
  return {const_cast<void*>(v.data), v.rank, v.shape, v.stride, v.type};
}

// Tap after tap, through dense copies. weight and mask have rank 2 or more.
Status call_by_taps(const Exec& exec, const ConstTensorView& weight, const MaskMethod& method,
                    const ConstTensorView& mask, Ranking ranking) {
  const std::int64_t elements = element_count(weight);
  const std::int64_t rows = weight.shape[0], cols = weight.shape[1];
  if (elements == 0) return {};
  const std::int64_t in_tap = rows * cols, taps = elements / in_tap;
  const auto bytes = static_cast<std::size_t>(in_tap) * size_of(weight.type);
  ExecMemory memory;
  HEDDLE_TRY(memory.allocate(exec, bytes + static_cast<std::size_t>(in_tap), "copies of a tap"));
  const MatrixView dense = row_major(memory.data(), rows, cols, weight.type);
  const MaskView dense_mask =
      row_major_mask(static_cast<std::uint8_t*>(memory.data()) + bytes, rows, cols);
  for (std::int64_t tap = 0; tap < taps; ++tap) {
    HEDDLE_TRY(copy_tensor(exec, tap_of(weight, tap), as_tensor(dense)));
    HEDDLE_TRY(call_function(exec, dense, method, dense_mask, ranking));
    HEDDLE_TRY(copy_tensor(exec, as_bytes(ConstTensorMask(as_tensor(dense_mask))),
                           writable(tap_of(mask, tap))));
  }
  return {};
}

}  // namespace

Status best_mask(const Exec& exec, const ConstMatrixView& matrix, const MaskMethod& method,
                 const MaskView& mask, Ranking ranking) try {
  HEDDLE_TRY(check_kind(method));
  if (method.kind == MaskMethod::Kind::rows)
    return best_mask(exec, matrix, method.pattern, mask, ranking);
  if (method.kind == MaskMethod::Kind::tiles)
    return best_tile_mask(exec, matrix, tile_pattern_of(method), mask, ranking);
  HEDDLE_TRY(check_weights("matrix", matrix));
  HEDDLE_TRY(check_pattern(method.pattern));
  HEDDLE_TRY(check_view("mask", mask));
  HEDDLE_TRY(check_shape("mask", mask.rows, mask.cols, matrix.rows, matrix.cols));
  HEDDLE_TRY(check_ranking(ranking));
  HEDDLE_TRY(check_no_overlap("mask", footprint(mask), "matrix", footprint(matrix)));
  HEDDLE_TRY(check_exec(exec));
  if (matrix.rows == 0 || matrix.cols == 0) return {};
  return call_function(exec, matrix, method, mask, ranking);
} catch (...) {
  return caught();
}

Status best_mask(const Exec& exec, const ConstTensorView& weight, const MaskMethod& method,
                 const TensorMask& mask, Ranking ranking) try {
  HEDDLE_TRY(check_kind(method));
  if (method.kind == MaskMethod::Kind::rows)
    return best_mask(exec, weight, method.pattern, mask, ranking);
  if (method.kind == MaskMethod::Kind::tiles)
    return best_tile_mask(exec, weight, tile_pattern_of(method), mask, ranking);
  HEDDLE_TRY(check_tensor_weights("weight", weight));
  HEDDLE_TRY(check_pattern(method.pattern));
  HEDDLE_TRY(check_tensor("mask", ConstTensorMask(mask)));
  HEDDLE_TRY(check_tensor_shape("mask", as_bytes(mask), weight));
  HEDDLE_TRY(check_ranking(ranking));
  HEDDLE_TRY(check_no_overlap("mask", as_bytes(mask), "weight", weight));
  HEDDLE_TRY(check_exec(exec));
  const TensorRows tensor = rows_of(weight, {&weight.stride, &mask.stride});
  if (weight.rank <= 2) {
    const auto in = matrix_of(tensor, 0, const_cast<void*>(weight.data), weight.type);
    const auto out = matrix_of(tensor, 1, mask.data, DataType::i8);
    if (in && out && in->rows > 0 && in->cols > 0)
      return call_function(
          exec, *in, method,
          {static_cast<std::uint8_t*>(out->data), out->rows, out->cols, out->ld, out->order},
          ranking);
  }
  return call_by_taps(exec, with_rows(weight), method, with_rows(as_bytes(ConstTensorMask(mask))),
                      ranking);
} catch (...) {
  return caught();
}

}  // namespace heddle
