#pragma once
// The product in double precision, from the dense matrix and its mask, with the scale of the error
// that each element may have.

#include <cstdint>
#include <string>
#include <vector>

#include "heddle/matmul.hpp"
#include "test/oracle/matrix.hpp"

namespace heddle::oracle {

// What happens around the product, in double.
struct Epilogue {
  double alpha = 1, beta = 0;
  const Matrix* c = nullptr;                     // required if beta != 0
  const std::vector<double>* bias = nullptr;     // one per row
  const std::vector<double>* scale_m = nullptr;  // factors of rows, of columns
  const std::vector<double>* scale_n = nullptr;
  Activation activation = Activation::none;
};

// Reference elements, row-major.
struct Reference {
  std::int64_t rows = 0, cols = 0;
  std::vector<double> value;
  // |alpha scales| sum |a b| + |beta c| + |bias|: what rounding is relative to.
  std::vector<double> scale;
  std::int64_t terms = 0;  // the most roundings that one accumulator goes through
  const double& at(std::int64_t r, std::int64_t c) const {
    return value[static_cast<std::size_t>(r * cols + c)];
  }
};

// `stored` marks the entries that are stored, zero or not: they are the ones that multiply B.
Reference product(const Matrix& a, const Mask& stored, const Matrix& b, const Epilogue& epilogue);

double activate(Activation activation, double x);

// |got - ref| <= u_out * |ref| + u_acc * (terms + slack) * scale, element by element. Integers
// saturate, and NaN is 0 there.
struct Bound {
  double accumulator = 0x1p-24;  // unit roundoff of the accumulator: f32
  double slack = 8;              // roundings of the epilogue
  bool zeros_expected = false;   // the case is about zeros: do not mistrust them
};

// In this order: the class of every element (NaN, infinity, sign of infinity), the bound, and a
// report of where the bad ones are. A reference of which most elements are zero is MISTRUSTED: it
// would pass for a product of nothing.
testing::AssertionResult compare(const Matrix& got, const Reference& ref, const Bound& bound = {});

// got holds exactly the reference, rounded once.
testing::AssertionResult compare_exact(const Matrix& got, const Reference& ref,
                                       bool zeros_expected = false);

}  // namespace heddle::oracle
