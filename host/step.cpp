#include "heddle/step.hpp"

#include <cmath>
#include <string>
#include <type_traits>
#include <utility>

#include "host/cpu/step.hpp"
#include "host/cuda/step.hpp"
#include "host/exec.hpp"
#include "host/guard.hpp"
#include "host/message.hpp"
#include "host/step_item.hpp"
#include "host/tensor.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

constexpr std::size_t kItemsPerCall = 64;

Status invalid(std::string text) { return {StatusCode::invalid_argument, std::move(text)}; }

// ---- options ------------------------------------------------------------------------------------

Status check_at_least(const char* name, float value, float least) {
  if (std::isfinite(value) && value >= least) return {};
  return invalid(message("options.", name, " = ", value, ": must be finite and >= ", least));
}

Status check_share(const char* name, float value) {
  if (value >= 0 && value < 1) return {};
  return invalid(message("options.", name, " = ", value, ": must be >= 0 and < 1"));
}

Status check_options(const SgdOptions& options) {
  HEDDLE_TRY(check_at_least("learning_rate", options.learning_rate, 0));
  HEDDLE_TRY(check_at_least("momentum", options.momentum, 0));
  HEDDLE_TRY(check_at_least("weight_decay", options.weight_decay, 0));
  if (!std::isfinite(options.dampening))
    return invalid(message("options.dampening = ", options.dampening, ": must be finite"));
  if (options.nesterov && (options.momentum == 0 || options.dampening != 0))
    return invalid(message("options.nesterov = true with momentum ", options.momentum,
                           " and dampening ", options.dampening,
                           ": must have momentum and no dampening"));
  return {};
}

Status check_options(const AdamWOptions& options) {
  HEDDLE_TRY(check_at_least("learning_rate", options.learning_rate, 0));
  HEDDLE_TRY(check_at_least("weight_decay", options.weight_decay, 0));
  HEDDLE_TRY(check_at_least("epsilon", options.epsilon, 0));
  HEDDLE_TRY(check_share("beta1", options.beta1));
  HEDDLE_TRY(check_share("beta2", options.beta2));
  if (options.step < 1) return invalid(message("options.step = ", options.step, ": must be >= 1"));
  return {};
}

// ---- items --------------------------------------------------------------------------------------

// The tensors of an item, checked one by one against the first and against each other.
class Checker {
 public:
  explicit Checker(std::string of) : of_(std::move(of)) {}

  // `written`: may share no memory with any other tensor of the item.
  Status add(const char* name, const ConstTensorView& view, bool written) {
    const std::string full = of_ + name;
    HEDDLE_TRY(check_tensor(full.c_str(), view));
    Part& part = part_[count_++];
    part = {name, view, written};
    const Part& first = part_[0];
    HEDDLE_TRY(check_tensor_shape(full.c_str(), view, first.view));
    if (!same_order(view, first.view))
      return invalid(message(full, ".stride = ", shape_text(view.rank, view.stride),
                             ": must order the dimensions in memory as those of ", of_, first.name,
                             ", ", shape_text(view.rank, first.view.stride)));
    for (std::size_t i = 0; i + 1 < count_; ++i) {
      const Part& other = part_[i];
      if (!written && !other.written) continue;
      HEDDLE_TRY(check_no_overlap(full.c_str(), view, (of_ + other.name).c_str(), other.view));
    }
    return {};
  }

  Status add_f32(const char* name, const std::optional<TensorView>& view) {
    if (!view) return {};
    HEDDLE_TRY(add(name, *view, true));
    return check_type((of_ + name).c_str(), view->type, DataType::f32);
  }

  Status add_float(const char* name, const ConstTensorView& view, bool written) {
    HEDDLE_TRY(add(name, view, written));
    if (view.type == DataType::f32 || view.type == DataType::f16 || view.type == DataType::bf16)
      return {};
    return {StatusCode::unsupported,
            message(of_, name, ".type = ", to_string(view.type), ": must be f32, f16 or bf16")};
  }

  Status require(const char* name, bool present, const char* rule) const {
    if (present) return {};
    return invalid(message(of_, name, " = nothing: ", rule));
  }

 private:
  struct Part {
    const char* name = nullptr;
    ConstTensorView view;
    bool written = false;
  };

  static bool same_order(const ConstTensorView& a, const ConstTensorView& b) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(a.rank); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (a.shape[i] > 1 && a.shape[j] > 1 &&
            (a.stride[i] < a.stride[j]) != (b.stride[i] < b.stride[j]))
          return false;
    return true;
  }

  std::string of_;
  Part part_[kMaxOperands];
  std::size_t count_ = 0;
};

Status check_common(Checker& check, const StepTensors& item) {
  HEDDLE_TRY(check.add_float("weight", item.weight, true));
  HEDDLE_TRY(check.add_float("gradient", item.gradient, false));
  if (item.mask) HEDDLE_TRY(check.add("mask", as_bytes(*item.mask), false));
  return check.add_f32("master", item.master);
}

Status check_item(const std::string& of, const SgdOptions& options, const StepTensors& item) {
  Checker check(of);
  HEDDLE_TRY(check_common(check, item));
  if (options.momentum == 0) return {};
  HEDDLE_TRY(check.require("momentum", item.momentum.has_value(),
                           "must be there where options.momentum is not 0"));
  return check.add_f32("momentum", item.momentum);
}

Status check_item(const std::string& of, const AdamWOptions&, const StepTensors& item) {
  Checker check(of);
  HEDDLE_TRY(check_common(check, item));
  HEDDLE_TRY(check.require("moment1", item.moment1.has_value(), "must be there"));
  HEDDLE_TRY(check.require("moment2", item.moment2.has_value(), "must be there"));
  HEDDLE_TRY(check.add_f32("moment1", item.moment1));
  return check.add_f32("moment2", item.moment2);
}

Status check_item(const std::string& of, const SrSteTensors& item) {
  Checker check(of);
  HEDDLE_TRY(check.add_float("dense", item.dense, false));
  HEDDLE_TRY(check.add("mask", as_bytes(item.mask), false));
  return check.add_float("gradient", item.gradient, true);
}

Status check_list(const void* list, std::size_t count) {
  if (count == 0 || list != nullptr) return {};
  return invalid(message("list = null: must point to ", count, " items"));
}

// ---- flattening ---------------------------------------------------------------------------------

template <class Pointer>
BasicStepOperand<Pointer> operand_of(Pointer data, DataType type, std::int64_t offset,
                                     std::int64_t ld) {
  using Byte = std::conditional_t<std::is_const_v<std::remove_pointer_t<Pointer>>, const std::byte,
                                  std::byte>;
  const auto size = static_cast<std::int64_t>(size_of(type));
  return {static_cast<Byte*>(data) + offset * size, type, ld};
}

// Calls `run` with full batches of the items that the matrices of a list make.
template <class Item, class Run>
class Batch {
 public:
  explicit Batch(const Run& run) : run_(run) {}
  Status add(const Item& item) {
    item_[count_++] = item;
    return count_ == kItemsPerCall ? flush() : Status();
  }
  Status flush() {
    const std::size_t count = std::exchange(count_, std::size_t{0});
    return count == 0 ? Status() : run_(item_, count);
  }

 private:
  const Run& run_;
  Item item_[kItemsPerCall];
  std::size_t count_ = 0;
};

// An item without the tensors that a step does not look at (and nobody has checked).
StepTensors used(const SgdOptions& options, StepTensors item) {
  item.moment1 = item.moment2 = std::nullopt;
  if (options.momentum == 0) item.momentum = std::nullopt;
  return item;
}
StepTensors used(const AdamWOptions&, StepTensors item) {
  item.momentum = std::nullopt;
  return item;
}

// The matrices of one parameter, added to a batch. An absent tensor walks with the weight.
template <class Batch>
Status add_matrices(const StepTensors& t, Batch& batch) {
  const Dims& own = t.weight.stride;
  const auto stride = [&](const auto& maybe) { return maybe ? &maybe->stride : &own; };
  const Flat flat = flatten(t.weight.rank, t.weight.shape,
                            {&own, &t.gradient.stride, stride(t.mask), stride(t.master),
                             stride(t.momentum), stride(t.moment1), stride(t.moment2)});
  Status status;
  each_matrix(flat, [&](const std::int64_t* offset) {
    if (!status.ok()) return;
    const auto maybe = [&](const std::optional<TensorView>& view, std::size_t at) {
      if (!view) return StepOperand{};
      return operand_of(view->data, view->type, offset[at], flat.ld[at]);
    };
    StepItem item;
    item.rows = flat.rows;
    item.cols = flat.cols;
    item.weight = operand_of(t.weight.data, t.weight.type, offset[0], flat.ld[0]);
    item.gradient = operand_of(t.gradient.data, t.gradient.type, offset[1], flat.ld[1]);
    if (t.mask)
      item.mask =
          operand_of(static_cast<const void*>(t.mask->data), DataType::i8, offset[2], flat.ld[2]);
    item.master = maybe(t.master, 3);
    item.momentum = maybe(t.momentum, 4);
    item.moment1 = maybe(t.moment1, 5);
    item.moment2 = maybe(t.moment2, 6);
    status = batch.add(item);
  });
  return status;
}

template <class Batch>
Status add_matrices(const SrSteTensors& t, Batch& batch) {
  const Flat flat =
      flatten(t.dense.rank, t.dense.shape, {&t.dense.stride, &t.mask.stride, &t.gradient.stride});
  Status status;
  each_matrix(flat, [&](const std::int64_t* offset) {
    if (!status.ok()) return;
    SrSteItem item;
    item.rows = flat.rows;
    item.cols = flat.cols;
    item.dense = operand_of(t.dense.data, t.dense.type, offset[0], flat.ld[0]);
    item.mask =
        operand_of(static_cast<const void*>(t.mask.data), DataType::i8, offset[1], flat.ld[1]);
    item.gradient = operand_of(t.gradient.data, t.gradient.type, offset[2], flat.ld[2]);
    status = batch.add(item);
  });
  return status;
}

// The whole of sgd_step and adamw_step: `cpu_step` or `cuda_step` with factors of the options.
template <class Options, class Factors>
Status step(const Exec& exec, const Options& options, const Factors& factors,
            const StepTensors* list, std::size_t count, auto cpu_step, auto cuda_step) {
  const auto run = [&](const StepItem* items, std::size_t n) {
    return (on_cuda(exec) ? cuda_step : cpu_step)(exec, factors, items, n);
  };
  Batch<StepItem, decltype(run)> batch(run);
  for (std::size_t i = 0; i < count; ++i) HEDDLE_TRY(add_matrices(used(options, list[i]), batch));
  return batch.flush();
}

// Everything is checked before anything is written.
template <class Options>
Status check_step(const Exec& exec, const Options& options, const StepTensors* list,
                  std::size_t count) {
  HEDDLE_TRY(check_options(options));
  HEDDLE_TRY(check_list(list, count));
  for (std::size_t i = 0; i < count; ++i)
    HEDDLE_TRY(check_item(message("list[", i, "]."), options, list[i]));
  return check_exec(exec);
}

}  // namespace

SgdFactors sgd_factors(const SgdOptions& options) {
  return {options.learning_rate, options.weight_decay,
          options.momentum,      static_cast<float>(1 - double{options.dampening}),
          options.nesterov,      options.first};
}

AdamWFactors adamw_factors(const AdamWOptions& options) {
  const auto step = static_cast<double>(options.step);
  const double rate = options.learning_rate, beta1 = options.beta1, beta2 = options.beta2;
  return {static_cast<float>(rate / (1 - std::pow(beta1, step))),
          static_cast<float>(rate * options.weight_decay),
          options.beta1,
          static_cast<float>(1 - beta1),
          options.beta2,
          static_cast<float>(1 - beta2),
          static_cast<float>(std::sqrt(1 - std::pow(beta2, step))),
          options.epsilon};
}

Status sgd_step(const Exec& exec, const SgdOptions& options, const StepTensors* list,
                std::size_t count) try {
  HEDDLE_TRY(check_step(exec, options, list, count));
  return step(exec, options, sgd_factors(options), list, count, &cpu::sgd_step, &cuda::sgd_step);
} catch (...) {
  return caught();
}

Status adamw_step(const Exec& exec, const AdamWOptions& options, const StepTensors* list,
                  std::size_t count) try {
  HEDDLE_TRY(check_step(exec, options, list, count));
  return step(exec, options, adamw_factors(options), list, count, &cpu::adamw_step,
              &cuda::adamw_step);
} catch (...) {
  return caught();
}

Status sr_ste(const Exec& exec, float decay, const SrSteTensors* list, std::size_t count) try {
  if (!std::isfinite(decay)) return invalid(message("decay = ", decay, ": must be finite"));
  HEDDLE_TRY(check_list(list, count));
  for (std::size_t i = 0; i < count; ++i)
    HEDDLE_TRY(check_item(message("list[", i, "]."), list[i]));
  HEDDLE_TRY(check_exec(exec));
  const auto run = [&](const SrSteItem* items, std::size_t n) {
    return on_cuda(exec) ? cuda::sr_ste(exec, decay, items, n) : cpu::sr_ste(exec, decay, items, n);
  };
  Batch<SrSteItem, decltype(run)> batch(run);
  for (std::size_t i = 0; i < count; ++i) HEDDLE_TRY(add_matrices(list[i], batch));
  return batch.flush();
} catch (...) {
  return caught();
}

}  // namespace heddle
