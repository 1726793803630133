#pragma once
// The timed operations: how to run each on the buffers of a case, and how to see that it was right.

#include <string>
#include <vector>

#include "bench/buffers.hpp"

namespace heddle::bench {

struct Operation {
  const char* name;
  bool needs_device;  ///< only for cases that the device order holds
  Status (*run)(const Exec& exec, const Buffers& buffers);
  /// After a run: empty, or what is wrong.
  std::string (*verify)(const Buffers& buffers);
};

const std::vector<Operation>& operations();

/// The baseline: copies the dense matrix to scratch with `threads` threads (0: all).
void copy_dense(const Buffers& buffers, int threads);

}  // namespace heddle::bench
