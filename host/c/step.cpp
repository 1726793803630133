#include "heddle/c/step.h"

#include <vector>

#include "heddle/step.hpp"
#include "host/c/abi.hpp"
#include "host/message.hpp"

using namespace heddle;
using heddle::c::guard;
using heddle::c::need;
using heddle::c::read;

namespace {

heddle_sgd_options default_sgd() {
  const SgdOptions defaults;
  return {sizeof(heddle_sgd_options), defaults.learning_rate, defaults.momentum,
          defaults.dampening,         defaults.weight_decay,  defaults.nesterov ? 1 : 0,
          defaults.first ? 1 : 0};
}

heddle_adamw_options default_adamw() {
  const AdamWOptions defaults;
  return {sizeof(heddle_adamw_options),
          defaults.learning_rate,
          defaults.beta1,
          defaults.beta2,
          defaults.epsilon,
          defaults.weight_decay,
          0,
          defaults.step};
}

Status read_options(const heddle_sgd_options* from, SgdOptions& to) {
  if (from == nullptr) return {};
  heddle_sgd_options known = default_sgd();
  HEDDLE_TRY(c::read_struct("options", from, known));
  to.learning_rate = known.learning_rate;
  to.momentum = known.momentum;
  to.dampening = known.dampening;
  to.weight_decay = known.weight_decay;
  HEDDLE_TRY(read("options.nesterov", known.nesterov, to.nesterov));
  return read("options.first", known.first, to.first);
}

Status read_options(const heddle_adamw_options* from, AdamWOptions& to) {
  if (from == nullptr) return {};
  heddle_adamw_options known = default_adamw();
  HEDDLE_TRY(c::read_struct("options", from, known));
  to.learning_rate = known.learning_rate;
  to.beta1 = known.beta1;
  to.beta2 = known.beta2;
  to.epsilon = known.epsilon;
  to.weight_decay = known.weight_decay;
  to.step = known.step;
  return c::read_reserved("options.reserved", known.reserved);
}

Status read_item(const heddle_step_tensors& from, StepTensors& to) {
  HEDDLE_TRY(read("weight", &from.weight, to.weight));
  HEDDLE_TRY(read("gradient", &from.gradient, to.gradient));
  HEDDLE_TRY(read("mask", from.mask, to.mask));
  HEDDLE_TRY(read("master", from.master, to.master));
  HEDDLE_TRY(read("momentum", from.momentum, to.momentum));
  HEDDLE_TRY(read("moment1", from.moment1, to.moment1));
  return read("moment2", from.moment2, to.moment2);
}

Status read_item(const heddle_sr_ste_tensors& from, SrSteTensors& to) {
  HEDDLE_TRY(read("dense", &from.dense, to.dense));
  HEDDLE_TRY(read("mask", &from.mask, to.mask));
  return read("gradient", &from.gradient, to.gradient);
}

template <class C, class T>
Status read_list(const C* list, size_t count, std::vector<T>& to) {
  if (count != 0) HEDDLE_TRY(need("list", list));
  to.resize(count);
  for (size_t i = 0; i < count; ++i)
    if (const Status s = read_item(list[i], to[i]); !s.ok())
      return {s.code(), message("list[", i, "].", s.message())};
  return {};
}

}  // namespace

heddle_status heddle_sgd_options_init(heddle_sgd_options* options, size_t size) {
  return guard([&]() { return c::write_struct("options", default_sgd(), options, size); });
}

heddle_status heddle_adamw_options_init(heddle_adamw_options* options, size_t size) {
  return guard([&]() { return c::write_struct("options", default_adamw(), options, size); });
}

heddle_status heddle_sgd_step(const heddle_exec* exec, const heddle_sgd_options* options,
                              const heddle_step_tensors* list, size_t count) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    SgdOptions wanted;
    HEDDLE_TRY(read_options(options, wanted));
    std::vector<StepTensors> items;
    HEDDLE_TRY(read_list(list, count, items));
    return sgd_step(on, wanted, items.data(), count);
  });
}

heddle_status heddle_adamw_step(const heddle_exec* exec, const heddle_adamw_options* options,
                                const heddle_step_tensors* list, size_t count) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    AdamWOptions wanted;
    HEDDLE_TRY(read_options(options, wanted));
    std::vector<StepTensors> items;
    HEDDLE_TRY(read_list(list, count, items));
    return adamw_step(on, wanted, items.data(), count);
  });
}

heddle_status heddle_sr_ste(const heddle_exec* exec, float decay, const heddle_sr_ste_tensors* list,
                            size_t count) {
  return guard([&]() -> Status {
    Exec on = Exec::cpu();
    HEDDLE_TRY(read("exec", exec, on));
    std::vector<SrSteTensors> items;
    HEDDLE_TRY(read_list(list, count, items));
    return sr_ste(on, decay, items.data(), count);
  });
}
