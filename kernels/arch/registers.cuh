#pragma once
// Registers that change hands between the warpgroups of a block. PTX ISA, "setmaxnreg". By all four
// warps of a warpgroup together. The kernel needs a bound on its registers (__launch_bounds__), else
// ptxas ignores them.

#include "kernels/arch/target.cuh"

#if defined(HEDDLE_SIMT)
#include "test/simt/models/collective.hpp"
#endif

namespace heddle::arch {

// Asks for `Registers` a thread, no fewer than it has, and waits until the block has them to spare.
template <int Registers, int Target = kTarget>
__device__ __forceinline__ void setmaxnreg_inc() {
  static_assert(Registers >= 24 && Registers <= 256 && Registers % 8 == 0,
                "setmaxnreg takes 24 to 256 registers, a multiple of 8");
  static_assert(kSetmaxnreg<Target>, "setmaxnreg needs an architecture-specific target");
#if defined(HEDDLE_SIMT)
  simt::set_registers(Registers, true, simt::models::call_site());
#else
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(Registers));
#endif
}

// Gives back all but `Registers` a thread, no more than it has.
template <int Registers, int Target = kTarget>
__device__ __forceinline__ void setmaxnreg_dec() {
  static_assert(Registers >= 24 && Registers <= 256 && Registers % 8 == 0,
                "setmaxnreg takes 24 to 256 registers, a multiple of 8");
  static_assert(kSetmaxnreg<Target>, "setmaxnreg needs an architecture-specific target");
#if defined(HEDDLE_SIMT)
  simt::set_registers(Registers, false, simt::models::call_site());
#else
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(Registers));
#endif
}

}  // namespace heddle::arch
