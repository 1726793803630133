#pragma once
// The thread's own number. PTX ISA, "Special Registers: %tid".

#include <cstdint>

namespace heddle::arch {

// threadIdx.x, read anew: what a kernel derives from threadIdx.x itself the compiler may keep in
// registers for as long as the kernel runs.
__device__ __forceinline__ std::uint32_t tid_x() {
#if defined(HEDDLE_SIMT)
  return threadIdx.x;
#else
  std::uint32_t x;
  asm volatile("mov.u32 %0, %%tid.x;" : "=r"(x));
  return x;
#endif
}

}  // namespace heddle::arch
