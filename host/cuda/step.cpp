#include "host/cuda/step.hpp"

#include <initializer_list>
#include <memory>
#include <new>

#include "host/cuda/arguments.hpp"
#include "host/cuda/number.hpp"
#include "host/cuda/runtime.hpp"
#include "host/validate.hpp"
#include "kernels/step/step.hpp"

namespace heddle::cuda {
namespace {

// Collects what concerns all operands of an item while they are turned into arguments.
class Cutter {
 public:
  Cutter(std::int64_t rows, std::int64_t cols) : rows_(rows), cols_(cols) {}

  // Every operand first passes here: without gaps between rows all are one row.
  template <class Pointer>
  void look_at(const BasicStepOperand<Pointer>& operand) {
    if (operand.data != nullptr && operand.ld != cols_) one_row_ = false;
  }

  template <class Byte, class Pointer>
  StepSide<Byte> side(const BasicStepOperand<Pointer>& operand) {
    if (operand.data == nullptr) return {nullptr, 0, 16};
    const auto size = static_cast<std::int64_t>(size_of(operand.type));
    const std::int64_t step = rows_ <= 1 || one_row_ ? 0 : operand.ld * size;
    const int align = common_alignment(operand.data, step);
    if (align < kStepRun * size) whole_ = false;
    return {static_cast<Byte*>(operand.data), step, align};
  }

  StepCut cut(std::int64_t first_chunk) const {
    const std::int64_t rows = one_row_ ? 1 : rows_, cols = one_row_ ? rows_ * cols_ : cols_;
    return {rows, cols, (cols - 1) / kStepRun + 1, first_chunk, whole_};
  }

 private:
  std::int64_t rows_, cols_;
  bool one_row_ = true, whole_ = true;
};

StepEntry<StepParameter> entry_of(const StepItem& item, std::int64_t first_chunk) {
  Cutter cutter(item.rows, item.cols);
  cutter.look_at(item.gradient);
  cutter.look_at(item.mask);
  for (const StepOperand* operand :
       {&item.weight, &item.master, &item.momentum, &item.moment1, &item.moment2})
    cutter.look_at(*operand);
  const StepOperand& first = item.momentum.data != nullptr ? item.momentum : item.moment1;
  const StepParameter of{cutter.side<std::byte>(item.weight),
                         cutter.side<const std::byte>(item.gradient),
                         cutter.side<const std::byte>(item.mask),
                         cutter.side<std::byte>(item.master),
                         {cutter.side<std::byte>(first), cutter.side<std::byte>(item.moment2)},
                         number_of(item.weight.type),
                         number_of(item.gradient.type)};
  return {of, cutter.cut(first_chunk)};
}

StepEntry<SrSteParameter> entry_of(const SrSteItem& item, std::int64_t first_chunk) {
  Cutter cutter(item.rows, item.cols);
  cutter.look_at(item.dense);
  cutter.look_at(item.mask);
  cutter.look_at(item.gradient);
  const SrSteParameter of{cutter.side<const std::byte>(item.dense),
                          cutter.side<const std::byte>(item.mask),
                          cutter.side<std::byte>(item.gradient), number_of(item.dense.type),
                          number_of(item.gradient.type)};
  return {of, cutter.cut(first_chunk)};
}

template <class Args, class Item>
void add(Args& args, const Item& item) {
  if (item.rows == 0 || item.cols == 0) return;
  auto& entry = args.item[args.count++];
  entry = entry_of(item, args.chunks);
  const std::int64_t runs = entry.cut.rows * entry.cut.row_runs;
  args.chunks += (runs - 1) / kStepChunkRuns + 1;
}

template <class Args>
Status launch_items(const Exec& exec, const Kernel& kernel, const Args& args) {
  return launch(exec, kernel, {args.chunks, kStepThreads}, args);
}

template <class Parameter, class Rule, class Item>
Status step_list(const Exec& exec, const Kernel& one, const Kernel& many, const Rule& rule,
                 const Item* list, std::size_t count) {
  if (count == 1) {
    StepArgs<Rule, Parameter, 1> args{rule, 0, 0, {}};
    add(args, list[0]);
    return launch_items(exec, one, args);
  }
  using Args = StepArgs<Rule, Parameter, kStepListCapacity>;
  const std::unique_ptr<Args> args(new (std::nothrow) Args{rule, 0, 0, {}});
  if (!args) return {StatusCode::out_of_memory, "arguments of a step"};
  for (std::size_t i = 0; i < count; ++i) add(*args, list[i]);
  return launch_items(exec, many, *args);
}

}  // namespace

Status sgd_step(const Exec& exec, const SgdFactors& factors, const StepItem* list,
                std::size_t count) {
  const SgdRule rule{factors.rate, factors.decay,    factors.keep,
                     factors.add,  factors.nesterov, factors.first};
  return step_list<StepParameter>(exec, sgd_step_kernel(), sgd_step_list_kernel(), rule, list,
                                  count);
}

Status adamw_step(const Exec& exec, const AdamWFactors& factors, const StepItem* list,
                  std::size_t count) {
  const AdamWRule rule{factors.rate,  factors.decay, factors.keep1, factors.add1,
                       factors.keep2, factors.add2,  factors.root,  factors.epsilon};
  return step_list<StepParameter>(exec, adamw_step_kernel(), adamw_step_list_kernel(), rule, list,
                                  count);
}

Status sr_ste(const Exec& exec, float decay, const SrSteItem* list, std::size_t count) {
  return step_list<SrSteParameter>(exec, sr_ste_kernel(), sr_ste_list_kernel(), SrSteRule{decay},
                                   list, count);
}

}  // namespace heddle::cuda
