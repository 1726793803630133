#pragma once
// The handwritten digits of data/digits.txt.

#include <string>
#include <vector>

#include "heddle/status.hpp"

namespace digits {

inline constexpr int kPixels = 64;
inline constexpr int kClasses = 10;

/// Images side by side, one per column: the B operand of a layer as it stands.
struct Dataset {
  int count = 0;
  std::vector<float> pixels;  // [kPixels, count], in 0..1, exact in f16
  std::vector<int> labels;    // [count], in 0..kClasses-1
};

struct Split {
  Dataset train, test;
};

/// Reads the file; its last `test_count` lines become the test set. The lines are in the order of
/// the original, where neighbours are often by one hand: the test set holds little of the writers
/// trained on, and scores below a shuffled split.
heddle::Result<Split> load_digits(const std::string& path, int test_count);

}  // namespace digits
