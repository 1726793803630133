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
  std::int64_t ld_extra = 0;  // elements between the end of a line and the next line
  std::string layer = {};     // of a model, where the list names it

  std::int64_t ld() const { return packed_ld(rows, cols, order) + ld_extra; }
  std::int64_t lines() const { return order == Order::row ? rows : cols; }
  std::size_t elements() const { return static_cast<std::size_t>(rows * cols); }
  std::size_t elements_with_gaps() const { return static_cast<std::size_t>(lines() * ld()); }
  std::size_t bytes() const { return elements() * size_of(type); }
  friend bool operator==(const Case&, const Case&) = default;
};

/// The problem string: "m4096k4096:2:4:f16:row", "m4096k4096:2:4:f16:row:ld+3" for lines with gaps,
/// or "m4096n16k4096:2:4:f16:row" for a product.
std::string to_string(const Case& problem);

/// Reads a list. A line is SHAPE ORDER PATTERNS TYPES [TOKENS [LAYER]], where PATTERNS, TYPES and
/// TOKENS are separated by commas, and stands for every combination, tokens innermost. ORDER is row
/// or col, with ":ld+3" behind it for lines with gaps; TOKENS are the n of products whose SHAPE has
/// none; '#' starts a comment. Errors name the line.
Result<std::vector<Case>> read_cases(const std::string& path);
/// One such line, without a comment; appends its cases.
Status read_case_line(const std::string& line, std::vector<Case>& cases);

}  // namespace heddle::bench
