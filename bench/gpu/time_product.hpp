#pragma once
// Products as benchmarks: each way of computing one is checked, then all are timed in turn.

#include <optional>
#include <string>

#include "bench/program.hpp"
#include "heddle/select.hpp"

namespace heddle::bench::gpu {

struct ProductOptions {
  bool tune = false;
  std::optional<MatmulKernel> kernel;  // the model's best of that kernel
  std::optional<MatmulConfig> config;  // this one; neither: the library's choice
};

/// Heddle, cuBLASLt and cuSPARSELt on a case with n > 0; `tune` adds Heddle's tuned plan. A library
/// of the vendor that is not there, or does not do the case, is named in the label.
void time_product(benchmark::State& state, const Case& problem, const ProductOptions& options);
/// Every variant of the case (variants.hpp), the library's choice and the vendor's libraries.
void time_variants(benchmark::State& state, const Case& problem);

/// The tables of the products and variants timed so far; "" if there are none.
std::string products_table();

}  // namespace heddle::bench::gpu
