#pragma once
// One string names a case everywhere:
//
//   m<rows>[n<cols of B>]k<cols>:<keep>:<group>:<type of A>[x<type of B>][:<type of D>]:<order>...
//
// for example m4096n16k4096:2:4:bf16:f32:row. What follows the order differs from the plain case
// (ld+3, at+1, packed order, alpha, beta, scales, batch and so on).

#include <cstdint>
#include <string>

#include "heddle/matmul.hpp"
#include "heddle/pack.hpp"
#include "heddle/pattern.hpp"
#include "test/oracle/matrix.hpp"

namespace heddle::oracle {

std::string pattern_text(Pattern pattern);

// A mask or packing problem.
std::string problem(const Matrix& m, Pattern pattern, const Placement& placement);
std::string problem(std::int64_t rows, std::int64_t cols, Pattern pattern, DataType type,
                    const Placement& placement);
std::string problem(const PackedDesc& desc);

// A product.
struct MatmulProblem {
  std::int64_t m = 0, n = 0, k = 0;
  Pattern pattern;
  DataType a = DataType::f32;
  DataType b = DataType::f32;
  DataType d = DataType::f32;
  PackedOrder packed = PackedOrder::canonical;
  Placement b_place, d_place, c_place;
  bool separate_c = false;
  float alpha = 1, beta = 0;
  bool bias = false, scale_m = false, scale_n = false;
  std::int64_t batch = 1;
  Activation activation = Activation::none;
};
std::string to_string(const MatmulProblem& p);

}  // namespace heddle::oracle
