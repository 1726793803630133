#pragma once
// Operations on masks and blobs as benchmarks, against a copy of as many bytes.

#include "bench/program.hpp"

namespace heddle::bench::gpu {

/// Compares with the reference, byte for byte, then times; throws where anything is wrong. The
/// summary's baseline is the copy.
Summary time_checked(benchmark::State& state, const Operation& operation, const Buffers& reference);

}  // namespace heddle::bench::gpu
