#pragma once
// What the optimizer's steps work on, on CPU and GPU alike: parameters flattened to matrices, and
// the factors of the formulas in step.hpp.

#include <cstdint>

#include "heddle/step.hpp"
#include "heddle/types.hpp"

namespace heddle {

// A matrix [rows, cols] of a StepItem: element (r, c) lies at r * ld + c. Null data: absent.
template <class Pointer>
struct BasicStepOperand {
  Pointer data = nullptr;
  DataType type = DataType::f32;
  std::int64_t ld = 0;  // elements, at least 0; not looked at where rows <= 1
};
using StepOperand = BasicStepOperand<void*>;
using ConstStepOperand = BasicStepOperand<const void*>;

// One piece of a parameter. rows, cols >= 1. Where the columns of some operand are not adjacent,
// cols is 1 and ld the distance of the neighbours.
struct StepItem {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  StepOperand weight;            // f32, f16, bf16
  ConstStepOperand gradient;     // f32, f16, bf16
  ConstStepOperand mask;         // bytes (type i8); null: every entry is kept
  StepOperand master;            // f32
  StepOperand momentum;          // f32; null in sgd_step: options.momentum is 0
  StepOperand moment1, moment2;  // f32; never null in adamw_step
};

struct SrSteItem {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  ConstStepOperand dense;  // f32, f16, bf16
  ConstStepOperand mask;   // bytes (type i8), never null
  StepOperand gradient;    // f32, f16, bf16
};

// A NaN that a step or sr_ste computes is stored as the one with the top bit of the fraction alone:
// processors disagree on the others. (0x7E00 and 0x7FC0 after rounding to f16 and bf16.)
inline constexpr std::uint32_t kStepNan = 0x7FC00000u;

// A factor that is 0 drops its term: with it 0 * inf would be NaN.
//   g = decay == 0 ? gradient : gradient + decay * w
//   momentum = first ? g : keep * momentum + add * g
//   w = w - rate * (nesterov ? g + keep * momentum : momentum), or w - rate * g without momentum
struct SgdFactors {
  float rate, decay, keep, add;
  bool nesterov, first;
};
SgdFactors sgd_factors(const SgdOptions& options);

//   w = decay == 0 ? w : w - decay * w
//   m1 = keep1 * m1 + add1 * g;  m2 = keep2 * m2 + add2 * (g * g)
//   w = w - rate * (m1 / (sqrt(m2) / root + epsilon))
struct AdamWFactors {
  float rate, decay, keep1, add1, keep2, add2, root, epsilon;
};
AdamWFactors adamw_factors(const AdamWOptions& options);

}  // namespace heddle
