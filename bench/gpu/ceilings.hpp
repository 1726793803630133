#pragma once
// What the device can do at most, each measured once in the process, when it is first wanted.

#include "bench/gpu/product_device.hpp"
#include "bench/gpu/rate.hpp"
#include "bench/program.hpp"

namespace heddle::bench::gpu {

/// Bytes per second of a copy, read and written.
double copy_rate(const Stream& stream);
/// Operations per second of an instruction on registers; 0 where there is no such.
double peak_rate(Peak peak, const Stream& stream);
/// Operations or bytes per second; 0 where the device lacks the instructions. Throws if what the
/// kernel leaves is wrong.
double machine_rate(const Rate& rate, const Stream& stream);

/// The peak of the sparse instruction that a product of this type uses. `wgmma`: what the kernel of
/// warpgroups uses. 8-bit floats of the other go through f16 where they are not native.
struct MathCeiling {
  double flops_per_s = 0;
  const char* bound = "math";  // "wgmma": of warpgroups
};
MathCeiling math_ceiling(DataType type, bool wgmma, const Stream& stream);

/// As benchmarks.
void time_peak(benchmark::State& state, Peak peak);
void time_rate(benchmark::State& state, const Rate& rate);
void set_health(benchmark::State& state);

}  // namespace heddle::bench::gpu
