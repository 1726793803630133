#pragma once
// What a product must do at least, and how long that takes on a given machine: the roof.

#include <cstddef>
#include <string>
#include <vector>

#include "bench/case.hpp"

namespace heddle::bench {

/// What a product of this type is timed with: i32 for i8, bf16 for the 8-bit floats.
DataType product_type(DataType type);

/// Work and traffic of one product D [m, n] = A [m, k] * B [k, n].
struct ProductWork {
  double dense_flops = 0;   // 2 m n k
  double stored_flops = 0;  // of the entries that A stores
  double sparse_bytes = 0;  // A packed, B, D: each once
  double dense_bytes = 0;   // A dense, B, D
};
/// `packed_bytes` is the size of A's blob.
ProductWork product_work(const Case& problem, std::size_t packed_bytes);

/// The lower of two bounds on speed.
struct Roof {
  double seconds = 0;
  const char* bound = "";  // "memory", or the name of the other
};
/// Bytes at `bytes_per_s`, or `flops` at `flops_per_s`, whichever takes longer. A rate of 0 is not
/// known and bounds nothing. `math_name` is what the second bound is called.
Roof roof(double bytes, double bytes_per_s, double flops, double flops_per_s,
          const char* math_name = "math");

/// From one row, and one column, of D that a check looks at to the next: so that it adds up no more
/// than about 2^34 products. Odd, so that it comes to every place of a tile.
struct SampleSteps {
  std::int64_t row = 1, col = 1;
};
SampleSteps sample_steps(std::int64_t m, std::int64_t n, std::int64_t k);

/// exp of the mean logarithm; 0 of nothing, or if a value is not positive.
double geometric_mean(const std::vector<double>& values);

/// One line of the table for people.
struct ProductRow {
  std::string problem, layer, config;
  double us = 0;
  double dense_tflops = 0, stored_tflops = 0;
  double gbytes_per_s = 0;
  double over_dense = 0, over_sparse = 0;  // speed over cuBLASLt, cuSPARSELt; 0: not measured
  double over_chosen = 0;                  // of a variant: speed over the library's choice
  double roof_share = 0;                   // 0: not known
  std::string bound;
};

/// Configurations of the same products, one below the other.
std::string variant_table(const std::vector<ProductRow>& rows);

/// The rows as aligned text, closed by the geometric means of the speed-ups per type and band of n.
std::string product_table(const std::vector<ProductRow>& rows, const std::vector<Case>& cases);

}  // namespace heddle::bench
