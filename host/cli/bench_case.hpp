#pragma once
// One product for `heddle bench`: what its name says, its operands, whether a result is right.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "heddle/heddle.hpp"

namespace heddle::cli {

struct BenchCase {
  std::int64_t m = 0, n = 0, k = 0;
  Pattern pattern;
  DataType type = DataType::f16;
  DataType out = DataType::f16;
  Order order = Order::col;  // of B and D; col is what a linear layer has

  MatmulDesc desc(PackedOrder packed_order) const;
  std::int64_t b_ld() const { return order == Order::col ? k : n; }
  std::int64_t d_ld() const { return order == Order::col ? m : n; }
  std::size_t b_bytes() const { return static_cast<std::size_t>(k * n) * size_of(type); }
  std::size_t d_bytes() const { return static_cast<std::size_t>(m * n) * size_of(out); }
};

/// "m4096n16k4096:2:4:bf16[:d_type][:row|col]". d_type is i32 for i8, bf16 for the 8-bit floats,
/// otherwise the type itself; the order is col. Errors name --shape.
Result<BenchCase> parse_bench_case(const std::string& text);
/// All of it, for output.
std::string to_string(const BenchCase& problem);

/// The operands in host memory: A random, pruned and packed, also as a dense matrix; B random.
struct BenchOperands {
  std::vector<std::byte> blob, dense, b;
};
Result<BenchOperands> make_operands(const BenchCase& problem, PackedOrder order, int threads);

/// Compares a sample of D with sums in double. The count of elements compared, or `corrupt`, which
/// names the first wrong one.
Result<std::int64_t> check_result(const BenchCase& problem, const BenchOperands& operands,
                                  const std::byte* d);

/// The value below which `fraction` of the values lie; of at least one.
double quantile(std::vector<double> values, double fraction);

}  // namespace heddle::cli
