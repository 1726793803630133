#pragma once
// The packed product as a benchmark: informative, there is no baseline for it on the CPU yet.

#include <string>

#include "bench/buffers.hpp"

namespace heddle::bench {

/// A product ready to run: A packed canonically, B and D as a linear layer has them (order col).
class Product {
 public:
  explicit Product(Buffers buffers);

  Status run(const Exec& exec) const;

  /// After a run: compares a sample of D with a product in double; empty, or what is wrong.
  std::string verify() const;

  /// Multiplications and additions of the stored entries.
  double operations() const;

  void poison() const { std::memset(d_.data(), 0xA5, d_.bytes()); }

 private:
  std::string verify_output(std::int64_t row, std::int64_t column) const;

  Buffers buffers_;
  DataType out_type_;
  Memory b_;  // [k, n], order col: the activations X[n, k] as a framework stores them
  Memory d_;  // [m, n], order col
};

}  // namespace heddle::bench
