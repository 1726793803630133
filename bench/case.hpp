#pragma once
// What is measured: one problem, named by its problem string, and the lists in bench/shapes.

#include <cstdint>
#include <string>
#include <vector>

#include "heddle/heddle.hpp"

namespace heddle::bench {

/// One problem. n = 0: a mask or pack problem; n > 0: a product with n columns.
struct Case {
  std::int64_t rows = 0;  // m
  std::int64_t cols = 0;  // k
  std::int64_t n = 0;
  Pattern pattern;
  DataType type = DataType::f32;
  Order order = Order::row;

  std::size_t bytes() const { return static_cast<std::size_t>(rows * cols) * size_of(type); }
  friend bool operator==(const Case&, const Case&) = default;
};

/// The problem string: "m4096k4096:2:4:f16:row", or "m4096n16k4096:2:4:f16:row" for a product.
std::string to_string(const Case& problem);

/// Reads a list. A line is SHAPE ORDER PATTERNS TYPES, the last two separated by commas, and stands
/// for every combination; '#' starts a comment. Errors name the line.
Result<std::vector<Case>> read_cases(const std::string& path);

}  // namespace heddle::bench
