#pragma once
// A kernel as the host sees it: a __global__ function of one argument struct, passed by value.

#include <cstddef>
#include <cstdint>

namespace heddle {

struct Kernel {
  const void* entry = nullptr;  // what cudaLaunchKernelExC takes
  const char* name = "";
#if defined(HEDDLE_SIMT)
  void (*call)(const void* entry, const void* args) = nullptr;  // runs one thread of it
#endif
};

// The instance `function`, under the name that reports and tables give it.
template <class Args>
Kernel make_kernel(void (*function)(Args), const char* name) {
  Kernel kernel;
  kernel.entry = reinterpret_cast<const void*>(function);
  kernel.name = name;
#if defined(HEDDLE_SIMT)
  kernel.call = [](const void* entry, const void* args) {
    reinterpret_cast<void (*)(Args)>(const_cast<void*>(entry))(*static_cast<const Args*>(args));
  };
#endif
  return kernel;
}

// A grid of `blocks` blocks in one dimension. Kernels stride by the grid, so that any number of
// blocks does all the work; `blocks` is what would do it in one pass.
struct LaunchShape {
  std::int64_t blocks = 0;
  unsigned threads = 0;
  std::size_t dynamic_shared = 0;  // bytes
  unsigned cluster = 1;            // sm_90: blocks that run together; `blocks` is a multiple
  bool overlap_previous = false;   // sm_90: may start before the kernel ahead of it is done
};

}  // namespace heddle
