#pragma once
// A small multilayer perceptron and its training, in plain f32 loops: the dense world that Heddle's
// masks go into. Heddle takes the optimizer's steps, under the masks where there are any. Matrices are laid out as Heddle names them: D[m,n] = A[m,k] * B[k,n] with A the
// weight, one image per column of B and D.

#include <cstdint>
#include <functional>
#include <vector>

#include "dataset.hpp"
#include "heddle/status.hpp"

namespace digits {

struct Layer {
  int outputs = 0, inputs = 0;
  std::vector<float> weight;       // [outputs, inputs]
  std::vector<float> bias;         // [outputs]
  std::vector<std::uint8_t> mask;  // [outputs, inputs]; empty until pruned, then frozen
};

/// Layers with ReLU between them; the last gives the logits.
using Network = std::vector<Layer>;

/// The hyper-parameters. Training the pruned network again uses the same ones.
struct Recipe {
  int epochs = 20;
  int batch = 32;
  float learning_rate = 0.05f;  // falls linearly to zero over the epochs
  float momentum = 0.9f;
};

/// Random weights (He: uniform with variance 2 / inputs), zero biases. One seed, one network: only
/// arithmetic that the C++ standard fixes is used.
Network make_network(const std::vector<int>& widths, std::uint64_t seed);

/// Softmax cross-entropy, stochastic gradient descent with momentum. Where a layer has a mask, its
/// dropped weights and their momentum stay exactly zero.
heddle::Status train(Network& network, const Dataset& data, const Recipe& recipe,
                     std::uint64_t seed, const std::function<void()>& after_epoch);

/// The logits [kClasses, data.count] of the network in f32.
std::vector<float> forward(const Network& network, const Dataset& data);

/// The share of columns whose largest logit is that of the label.
double accuracy(const std::vector<float>& logits, const std::vector<int>& labels);

}  // namespace digits
