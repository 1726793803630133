#include "kernels/mask/choose.hpp"

#include <algorithm>

#include "host/choose.hpp"
#include "host/cuda/arguments.hpp"
#include "host/cuda/runtime.hpp"
#include "host/validate.hpp"

namespace heddle::cuda {
namespace {

template <class Byte, class Pointer>
ChoiceMatrix<Byte> matrix_of(const BasicStepOperand<Pointer>& operand, std::int64_t rows) {
  // A single row has no step to be aligned.
  const std::int64_t line =
      rows > 1 ? operand.ld * static_cast<std::int64_t>(size_of(operand.type)) : 0;
  return {static_cast<Byte*>(operand.data), line, common_alignment(operand.data, line)};
}

ChoiceArg argument_of(const ChoiceItem& item, std::int64_t first_run) {
  const auto elem_bytes = static_cast<int>(size_of(item.out.type));
  const std::int64_t per_run = kChooseRunBytes / elem_bytes;
  const bool same = item.off.data == nullptr || item.off.type == item.out.type;
  return {matrix_of<std::byte>(item.out, item.rows),
          matrix_of<const std::byte>(item.mask, item.rows),
          matrix_of<const std::byte>(item.on, item.rows),
          matrix_of<const std::byte>(item.off, item.rows),
          item.cols,
          item.cols / per_run + (item.cols % per_run != 0),
          first_run,
          item.fill,
          same                              ? Widen::no
          : item.off.type == DataType::bf16 ? Widen::bf16
                                            : Widen::f16,
          elem_bytes};
}

}  // namespace

Status choose(const Exec& exec, const ChoiceItem* list, std::size_t count) {
  while (count > 0) {
    ChooseArgs args{};
    const std::size_t now = std::min(count, std::size_t{kChooseCapacity});
    for (std::size_t i = 0; i < now; ++i) {
      ChoiceArg& item = args.item[args.count++];
      item = argument_of(list[i], args.runs);
      args.runs += list[i].rows * item.row_runs;
    }
    const std::int64_t blocks = (args.runs + kChooseThreads - 1) / kChooseThreads;
    HEDDLE_TRY(launch(exec, choose_kernel(), {blocks, kChooseThreads}, args));
    list += now;
    count -= now;
  }
  return {};
}

}  // namespace heddle::cuda
