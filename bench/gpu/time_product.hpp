#pragma once
// Products as benchmarks: each way of computing one is checked, then all are timed in turn.

#include <string>

#include "bench/gpu/product_device.hpp"
#include "bench/program.hpp"

namespace heddle::bench::gpu {

/// Heddle, cuBLASLt and cuSPARSELt on a case with n > 0; `tune` adds Heddle's tuned plan. A library
/// of the vendor that is not there, or does not do the case, is named in the label.
void time_product(benchmark::State& state, const Case& problem, bool tune);

/// TFLOP/s of an instruction.
void time_peak(benchmark::State& state, Peak peak);

/// The table of the products timed so far; "" if there are none.
std::string products_table();

}  // namespace heddle::bench::gpu
