#include "host/cuda/permute.hpp"

#include "host/cuda/arguments.hpp"
#include "host/cuda/number.hpp"
#include "host/cuda/runtime.hpp"
#include "host/validate.hpp"
#include "kernels/permute/gather.hpp"

namespace heddle::cuda {

Status permute(const Exec& exec, const ConstMatrixView& matrix, const std::int32_t* permutation,
               bool columns, const MatrixView& out) {
  // Entry by entry, so that an output in col order may as well be its transpose in row order.
  if (out.order == Order::col)
    return permute(exec, transposed(matrix), permutation, !columns, transposed(out));
  const auto elem_bytes = static_cast<int>(size_of(out.type));
  const std::size_t bytes = static_cast<std::size_t>(columns ? out.cols : out.rows) * 4;
  const Result<StreamMemory> order = StreamMemory::allocate(exec, bytes);
  if (!order.ok()) return order.status();
  HEDDLE_TRY(write_out(exec, order->data(), permutation, bytes));
  const auto* on_device = static_cast<const std::int32_t*>(order->data());
  GatherArgs args{argument(matrix),
                  argument(out),
                  columns ? nullptr : on_device,
                  columns ? on_device : nullptr,
                  out.cols,
                  0};
  const bool lines = !columns && args.in.row_major(elem_bytes);
  const std::int64_t per_run = kGatherRunBytes / elem_bytes;
  if (lines) args.row_items = out.cols / per_run + (out.cols % per_run != 0);
  args.items = args.row_items * out.rows;
  const std::int64_t blocks = (args.items + kGatherThreads - 1) / kGatherThreads;
  return launch(exec, lines ? gather_lines_kernel(elem_bytes) : gather_kernel(elem_bytes),
                {blocks, kGatherThreads}, args);
}

}  // namespace heddle::cuda
