// The public API on the testbed: Exec::cuda() of the library heddle_simt_library runs every kernel
// in the testbed, on whatever memory the caller passes (GlobalBuffers are watched).
#pragma once

#include <cstdint>

#include "test/simt/simt.hpp"

namespace heddle::simt {

// How the launches of this process run from now on.
struct RuntimeOptions {
  Options launch;
  std::int64_t max_blocks = 1 << 16;  // of a grid; few blocks make kernels stride
  int multiprocessors = 2;
  int capability = 120;  // 10 * major + minor: what the library believes to have
};
void set_runtime(const RuntimeOptions& options);

// The `call`-th call of host/cuda/runtime.hpp from now on fails, once; 0: none does. Returns how
// many calls there were since it was last set.
unsigned fail_call(unsigned call);

// Findings and counters of all launches since the last call, and how many there were.
struct Launches {
  Report report;
  unsigned count = 0;
};
Launches take_launches();

}  // namespace heddle::simt
