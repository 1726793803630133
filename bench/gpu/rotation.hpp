#pragma once
// How many sets of buffers a batch of calls goes through, and how often.

#include <cstddef>

namespace heddle::bench::gpu {

/// How a batch of calls covers its sets.
struct Rotation {
  std::size_t sets = 0;   // together they hold 3 times the L2 cache
  std::size_t calls = 0;  // of a batch; a multiple of sets
};

/// For calls that move `bytes` each. A batch moves 32 times the L2 cache: long beside the
/// resolution of events.
Rotation rotation(std::size_t bytes, std::size_t l2_bytes);

}  // namespace heddle::bench::gpu
