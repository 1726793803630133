#pragma once
// Which execution an operation can have.

#include "heddle/exec.hpp"
#include "heddle/status.hpp"

namespace heddle {

inline bool on_cuda(const Exec& exec) { return exec.kind() == Exec::Kind::cuda; }

// Success if `exec` can run at all: a legal thread count on the CPU, a device with CUDA
// (`unavailable` says whether build, driver or device is missing).
Status check_exec(const Exec& exec);

// The report of an operation that does not wait.
Status check_report(const void* report);

}  // namespace heddle
