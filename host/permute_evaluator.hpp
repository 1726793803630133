#pragma once
// What a search for a permutation asks of the matrix; the search itself (host/permute_*.cpp) is the
// same for every device. Answers are integers, so they do not depend on who adds them up and when:
// a magnitude is counted in quanta of 2^(e-24), rounded to nearest, ties to even, where e is the
// smallest integer with every magnitude below 2^e. Integers (i8 among them) are exact.

#include <cstddef>
#include <cstdint>
#include <string>

#include "heddle/pattern.hpp"
#include "heddle/status.hpp"
#include "kernels/permute/splits.hpp"

namespace heddle {

class PermuteEvaluator {
 public:
  virtual ~PermuteEvaluator() = default;

  // out[i] = the sum over the rows of the `keep` largest magnitudes in the columns
  // sets[i * size] ... sets[i * size + size - 1], in quanta.
  virtual Status values(const std::int32_t* sets, std::int64_t count, int size, int keep,
                        std::int64_t* out) = 0;

  // 2:4 only: the best of the 35 splits of windows[8 * i] ... windows[8 * i + 7].
  virtual Status best_splits(const std::int32_t* windows, std::int64_t count, SplitChoice* out) = 0;

  // The magnitude that `pattern` keeps with the columns in `order` (of all columns). A row's sum is
  // taken in double, group after group, the largest magnitude first; then the rows' sums in order.
  virtual Status kept(const std::int32_t* order, Pattern pattern, double* out) = 0;

  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  double quantum() const { return quantum_; }

 protected:
  std::int64_t rows_ = 0, cols_ = 0;
  double quantum_ = 0;  // 0 for a matrix of zeros
};

// 2^e as above; 0 for 0.
double power_above(float largest);

// What is wrong with a matrix whose entry there is NaN or infinite.
std::string not_finite(std::size_t matrix, std::int64_t row, std::int64_t col);

}  // namespace heddle
