#pragma once
// What turns accumulators into elements of D.

#include <cstdint>

#include "heddle/matmul.hpp"

namespace heddle::cpu {

class Epilogue {
 public:
  Epilogue(const MatrixView& d, const MatmulOptions& options);

  // D[row, col .. col + count) from the accumulators of A * B.
  void store(std::int64_t row, std::int64_t col, std::int64_t count, const float* acc) const;
  void store(std::int64_t row, std::int64_t col, std::int64_t count, const std::int32_t* acc) const;

 private:
  float finish(float product, float c, float bias) const;

  MatrixView d_;
  ConstMatrixView c_;
  MatmulOptions options_;
  bool exact_;  // i32 without anything that needs floats
};

}  // namespace heddle::cpu
