#include "kernels/mask/apply_mask.hpp"

#include <algorithm>
#include <memory>
#include <new>

#include "host/cuda/arguments.hpp"
#include "host/cuda/operations.hpp"
#include "host/cuda/runtime.hpp"
#include "host/validate.hpp"

namespace heddle::cuda {
namespace {

bool empty(const MaskedMatrix& m) { return m.matrix.rows == 0 || m.matrix.cols == 0; }

// Entry by entry, so a matrix in col order may as well be its transpose in row order.
MaskedItem item_of(const MaskedMatrix& m, std::int64_t first_run) {
  const bool turn = m.matrix.order == Order::col;
  const auto elem_bytes = static_cast<int>(size_of(m.matrix.type));
  const std::int64_t cols = turn ? m.matrix.rows : m.matrix.cols;
  const std::int64_t per_run = kApplyRunBytes / elem_bytes;
  return {argument(turn ? transposed(m.matrix) : m.matrix),
          argument(turn ? transposed(m.mask) : m.mask),
          argument(turn ? transposed(m.out) : m.out),
          cols / per_run + (cols % per_run != 0),
          first_run,
          elem_bytes};
}

template <int kCapacity>
void add(ApplyMaskArgs<kCapacity>& args, const MaskedMatrix& m) {
  MaskedItem& item = args.item[args.count++];
  item = item_of(m, args.runs);
  args.runs += item.matrix.rows * item.row_runs;
}

template <int kCapacity>
Status launch_items(const Exec& exec, const Kernel& kernel, const ApplyMaskArgs<kCapacity>& args) {
  const std::int64_t blocks = (args.runs + kApplyThreads - 1) / kApplyThreads;
  return launch(exec, kernel, {blocks, kApplyThreads}, args);
}

}  // namespace

Status apply_masks(const Exec& exec, const MaskedMatrix* list, std::size_t count) {
  if (count == 1) {
    ApplyMaskArgs<1> args{};
    if (!empty(list[0])) add(args, list[0]);
    return launch_items(exec, apply_mask_kernel(), args);
  }
  const std::unique_ptr<ApplyMaskArgs<kListCapacity>> args(new (std::nothrow)
                                                               ApplyMaskArgs<kListCapacity>{});
  if (!args) return {StatusCode::out_of_memory, "arguments of apply_masks"};
  for (std::size_t i = 0; i < count; ++i) {
    if (!empty(list[i])) add(*args, list[i]);
    if (args->count < kListCapacity && i + 1 < count) continue;
    HEDDLE_TRY(launch_items(exec, apply_mask_list_kernel(), *args));
    args->count = 0;
    args->runs = 0;
  }
  return {};
}

}  // namespace heddle::cuda
