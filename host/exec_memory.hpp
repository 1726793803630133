#pragma once
// Memory of the execution that lives as long as this object.

#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "heddle/exec.hpp"
#include "heddle/status.hpp"
#include "host/cuda/runtime.hpp"
#include "host/exec.hpp"
#include "host/message.hpp"

namespace heddle {

class ExecMemory {
 public:
  // Once. `what` names the memory in the message of an out_of_memory.
  Status allocate(const Exec& exec, std::size_t bytes, const char* what) {
    bytes = bytes == 0 ? 1 : bytes;
    if (!on_cuda(exec)) {
      host_.reset(new (std::nothrow) std::byte[bytes]);
      if (host_) return {};
      return {StatusCode::out_of_memory, message(bytes, " bytes for ", what)};
    }
    Result<cuda::StreamMemory> memory = cuda::StreamMemory::allocate(exec, bytes);
    if (memory.ok()) device_.emplace(std::move(*memory));
    return memory.status();
  }
  void* data() const { return device_ ? device_->data() : host_.get(); }

 private:
  std::unique_ptr<std::byte[]> host_;
  std::optional<cuda::StreamMemory> device_;
};

}  // namespace heddle
