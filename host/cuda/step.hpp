#pragma once
// The CUDA path of the optimizer's steps. Items are valid already, their pointers device memory.
// Nothing waits. At most 64 items, which share a launch: host/step.cpp cuts longer lists.

#include <cstddef>

#include "heddle/exec.hpp"
#include "heddle/status.hpp"
#include "host/step_item.hpp"

namespace heddle::cuda {

Status sgd_step(const Exec& exec, const SgdFactors& factors, const StepItem* list,
                std::size_t count);
Status adamw_step(const Exec& exec, const AdamWFactors& factors, const StepItem* list,
                  std::size_t count);
Status sr_ste(const Exec& exec, float decay, const SrSteItem* list, std::size_t count);

}  // namespace heddle::cuda
