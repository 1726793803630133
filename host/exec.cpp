#include "host/exec.hpp"

#include "host/cuda/runtime.hpp"
#include "host/message.hpp"

namespace heddle {

Status check_exec(const Exec& exec) {
  if (on_cuda(exec)) return cuda::current_device().status();
  if (exec.threads() < 0)
    return {StatusCode::invalid_argument, message("exec.threads = ", exec.threads(),
                                                  ": must be >= 0 (0 = one per hardware thread)")};
  return {};
}

Status check_report(const void* report) {
  if (report != nullptr) return {};
  return {StatusCode::invalid_argument,
          "report = null: must point to memory of the execution, 8-byte aligned"};
}

}  // namespace heddle
