#pragma once
// The CPU path of the optimizer's steps. Items are valid and not empty.

#include <cstddef>

#include "heddle/exec.hpp"
#include "heddle/status.hpp"
#include "host/step_item.hpp"

namespace heddle::cpu {

Status sgd_step(const Exec& exec, const SgdFactors& factors, const StepItem* list,
                std::size_t count);
Status adamw_step(const Exec& exec, const AdamWFactors& factors, const StepItem* list,
                  std::size_t count);
Status sr_ste(const Exec& exec, float decay, const SrSteItem* list, std::size_t count);

}  // namespace heddle::cpu
