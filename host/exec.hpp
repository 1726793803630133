#pragma once
// Which execution an operation can have.

#include "heddle/exec.hpp"
#include "heddle/status.hpp"

namespace heddle {

// Success if `exec` names the CPU with a legal thread count; otherwise why `operation` cannot run:
// `unavailable` for CUDA, which says whether build, driver, device or kernel is missing.
Status require_cpu(const Exec& exec, const char* operation);

}  // namespace heddle
