#pragma once
/// \file
/// The optimizer's step under a mask, fused: one pass over a parameter's memory, one launch for
/// many parameters. After every step, a dropped entry of the weight, the master weight and every
/// moment is exactly +0: masking is a select, so that stale moments, weight decay and NaN in a
/// dropped gradient leave no trace. Arithmetic is f32, each operation rounded once, in the order
/// written below and without contraction; a term whose factor weight_decay or momentum is 0 is left
/// out; a NaN is stored as std::numeric_limits<float>::quiet_NaN() or its rounding. So CPU and GPU
/// give the same bits, for any number of threads.

#include <cstddef>
#include <cstdint>
#include <optional>

#include "heddle/exec.hpp"
#include "heddle/export.h"
#include "heddle/status.hpp"
#include "heddle/tensor.hpp"

namespace heddle {

/// The memory of one parameter. All tensors have the weight's shape and its order of dimensions in
/// memory (channels last in one is channels last in all); strides may differ in their gaps. What is
/// written shares no memory with any other tensor of the list. Types: weight and gradient f32, f16
/// or bf16, each its own; master and moments f32. What a step does not use is not looked at.
struct StepTensors {
  TensorView weight;                    ///< f32, f16 or bf16
  ConstTensorView gradient;             ///< f32, f16 or bf16
  std::optional<ConstTensorMask> mask;  ///< absent: a dense parameter (bias, norm)
  std::optional<TensorView> master;     ///< f32 copy that is updated; weight becomes its rounding
  std::optional<TensorView> momentum;   ///< SGD: where options.momentum is not 0
  std::optional<TensorView> moment1;    ///< AdamW: exp_avg
  std::optional<TensorView> moment2;    ///< AdamW: exp_avg_sq
};

/// g = gradient + weight_decay * w
/// momentum = first ? g : options.momentum * momentum + (1 - dampening) * g
/// w = w - learning_rate * (nesterov ? g + options.momentum * momentum : momentum)
/// With momentum 0: w = w - learning_rate * g. (PyTorch's SGD.)
struct SgdOptions {
  float learning_rate = 0.01f;  ///< factor of the update
  float momentum = 0;           ///< 0: none, and no tensor for it
  float dampening = 0;          ///< of the gradient in the momentum
  float weight_decay = 0;       ///< as an L2 term of the gradient
  bool nesterov = false;        ///< look ahead along the momentum
  bool first = false;           ///< the first step: momentum holds nothing yet
};

/// w = w - (learning_rate * weight_decay) * w
/// m1 = beta1 * m1 + (1 - beta1) * g;  m2 = beta2 * m2 + (1 - beta2) * (g * g)
/// w = w - (learning_rate / (1 - beta1^step)) * (m1 / (sqrt(m2) / sqrt(1 - beta2^step) + epsilon))
/// (PyTorch's AdamW. The factors that hold no tensor are computed in double and rounded once.)
struct AdamWOptions {
  float learning_rate = 1e-3f;  ///< factor of the update
  float beta1 = 0.9f;           ///< decay of moment1
  float beta2 = 0.999f;         ///< decay of moment2
  float epsilon = 1e-8f;        ///< added to the root of moment2
  float weight_decay = 1e-2f;   ///< decoupled from the gradient
  std::int64_t step = 1;        ///< counts from 1
};

/// One step of every parameter. A failure names the first bad item or option; then nothing was
/// written. With CUDA one launch per 64 parameters (a parameter with gaps in more than two
/// dimensions counts once for every matrix that it falls into).
HEDDLE_API Status sgd_step(const Exec& exec, const SgdOptions& options, const StepTensors* list,
                           std::size_t count);
/// One AdamW step of every parameter, as sgd_step.
HEDDLE_API Status adamw_step(const Exec& exec, const AdamWOptions& options, const StepTensors* list,
                             std::size_t count);

/// One parameter of sr_ste.
struct SrSteTensors {
  ConstTensorView dense;  ///< the dense weight that the optimizer updates: f32, f16 or bf16
  ConstTensorMask mask;   ///< of the shape of dense
  TensorView gradient;    ///< f32, f16 or bf16
};

/// gradient += decay * (mask ? 0 : dense), kept entries untouched bit for bit: the sparse-refined
/// straight-through estimator (Zhou et al., ICLR 2021), for training in which the optimizer sees
/// the dense weight, the forward pass the masked one, and the mask is found anew as the weights
/// move. Multi-tensor as above.
HEDDLE_API Status sr_ste(const Exec& exec, float decay, const SrSteTensors* list,
                         std::size_t count);

}  // namespace heddle
