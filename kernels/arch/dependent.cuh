#pragma once
// A grid that starts before the one ahead of it in the stream is done (programmatic dependent
// launch). PTX ISA, "griddepcontrol". The testbed runs one grid at a time: there they do nothing.

#include "kernels/arch/target.cuh"

namespace heddle::arch {

// Until the grids this one depends on are complete and their writes visible.
template <int Target = kTarget>
__device__ __forceinline__ void griddepcontrol_wait() {
  static_assert(kSm90<Target>, "griddepcontrol needs sm_90 or newer");
#if !defined(HEDDLE_SIMT)
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

// The grids that depend on this one may start once all its blocks said so or returned.
template <int Target = kTarget>
__device__ __forceinline__ void griddepcontrol_launch_dependents() {
  static_assert(kSm90<Target>, "griddepcontrol needs sm_90 or newer");
#if !defined(HEDDLE_SIMT)
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

}  // namespace heddle::arch
