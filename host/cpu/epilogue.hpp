#pragma once
// What turns accumulators into elements of D.

#include <cstdint>
#include <optional>

#include "heddle/matmul.hpp"

namespace heddle::cpu {

class Epilogue {
 public:
  // Of item `index` of the batch.
  Epilogue(const MatmulBuffers& x, Activation activation, std::int64_t index);

  // D[row, col .. col + count) from the accumulators of A * B.
  void store(std::int64_t row, std::int64_t col, std::int64_t count, const float* acc) const;
  void store(std::int64_t row, std::int64_t col, std::int64_t count, const std::int32_t* acc) const;

 private:
  MatrixView d_;
  ConstMatrixView c_;
  float alpha_, beta_;
  std::optional<ConstVectorView> bias_, scale_m_, scale_n_;
  Activation activation_;
  bool exact_;  // i32 without anything that needs floats
};

}  // namespace heddle::cpu
