#pragma once
// PTX names shared memory by 32-bit addresses of its own. The CPU has no use for them.

#include <cstdint>

#if !defined(HEDDLE_SIMT)
namespace heddle::arch {

__device__ inline std::uint32_t shared_address(const void* p) {
  return static_cast<std::uint32_t>(__cvta_generic_to_shared(p));
}

}  // namespace heddle::arch
#endif
