#pragma once
// What the packed inference must give, from the masked dense weights, in plain double loops; and
// how far from it any correct f16 matmul may be.

#include <vector>

#include "dataset.hpp"
#include "heddle/status.hpp"
#include "sparse.hpp"

namespace digits {

struct Reference {
  std::vector<double> logits;  // [kClasses, count]
  std::vector<double> bound;   // [kClasses, count]: |logit - reference| of a correct inference
};

/// Activations are rounded to f16 between the layers, as in the inference under test.
///
/// The bound follows from what such an inference does, with no constant to tune. Let its input of a
/// layer differ by at most e[i] from ours. Products of two f16 are exact in f32; a sum of at most
/// k + 1 terms in any order has a relative error of at most gamma = (k + 2) * 2^-24 of the sum of
/// magnitudes (k counts all inputs; only half are stored, which leaves room for hardware that
/// truncates where IEEE rounds). So before rounding the outputs differ by at most
///   delta = sum |w| e + gamma * (sum |w| (|x| + e) + |bias|).
/// ReLU does not widen this, and rounding to f16 is monotone: the rounded output lies between
/// round(y - delta) and round(y + delta), which is the next layer's e. Most often both are
/// round(y) and e is 0.
Reference masked_dense_inference(const std::vector<HalfLayer>& layers, const Dataset& data);

struct Deviation {
  double largest = 0, largest_bound = 0;  // over all logits; not of the same one
};

/// The deviation of the logits; a failure if one exceeds its own bound, or is NaN.
heddle::Result<Deviation> compare(const std::vector<float>& logits, const Reference& reference);

}  // namespace digits
