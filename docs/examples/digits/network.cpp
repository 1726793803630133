#include "network.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <utility>

#include "heddle/step.hpp"

namespace digits {
namespace {

// The distributions and std::shuffle of <random> differ between standard libraries; the engine and
// these two do not.
double uniform(std::mt19937_64& random) {  // [0, 1)
  return static_cast<double>(random() >> 11) * 0x1p-53;
}

void shuffle(std::vector<int>& items, std::mt19937_64& random) {
  for (std::size_t i = items.size(); i > 1; --i) {
    std::swap(items[i - 1], items[static_cast<std::size_t>(uniform(random) * double(i))]);
  }
}

std::vector<float> transpose(const std::vector<float>& in, int rows, int cols) {
  std::vector<float> out(in.size());
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < cols; ++c) out[std::size_t(c) * rows + r] = in[std::size_t(r) * cols + c];
  }
  return out;
}

// d[m,n] += a[m,k] * b[k,n]. Four rows of b at a time: the compiler vectorises over n, and d is
// loaded and stored a quarter as often.
void multiply_add(int m, int n, int k, const float* a, const float* b, float* d) {
  for (int row = 0; row < m; ++row, a += k, d += n) {
    int i = 0;
    for (; i + 4 <= k; i += 4) {
      const float a0 = a[i], a1 = a[i + 1], a2 = a[i + 2], a3 = a[i + 3];
      const float* b0 = b + std::size_t(i) * n;
      const float *b1 = b0 + n, *b2 = b1 + n, *b3 = b2 + n;
      for (int j = 0; j < n; ++j) d[j] += a0 * b0[j] + a1 * b1[j] + a2 * b2[j] + a3 * b3[j];
    }
    for (; i < k; ++i) {
      for (int j = 0; j < n; ++j) d[j] += a[i] * b[std::size_t(i) * n + j];
    }
  }
}

std::vector<float> layer_output(const Layer& layer, const std::vector<float>& x, int n, bool relu) {
  std::vector<float> y(std::size_t(layer.outputs) * n);
  for (int o = 0; o < layer.outputs; ++o) std::fill_n(&y[std::size_t(o) * n], n, layer.bias[o]);
  multiply_add(layer.outputs, n, layer.inputs, layer.weight.data(), x.data(), y.data());
  if (relu) {
    for (float& value : y) value = std::max(value, 0.0f);
  }
  return y;
}

// activations[l] is the input of layer l; the last entry holds the logits.
std::vector<std::vector<float>> activations_of(const Network& network, std::vector<float> x,
                                               int n) {
  std::vector<std::vector<float>> activations{std::move(x)};
  for (const Layer& layer : network) {
    activations.push_back(layer_output(layer, activations.back(), n, &layer != &network.back()));
  }
  return activations;
}

// The gradient of the mean cross-entropy with respect to the logits: (softmax - one-hot) / n.
std::vector<float> loss_gradient(std::vector<float> logits, const std::vector<int>& labels) {
  const std::size_t n = labels.size();
  for (std::size_t j = 0; j < n; ++j) {
    float top = logits[j], sum = 0;
    for (int c = 1; c < kClasses; ++c) top = std::max(top, logits[c * n + j]);
    for (int c = 0; c < kClasses; ++c) {
      sum += logits[c * n + j] = std::exp(logits[c * n + j] - top);
    }
    for (int c = 0; c < kClasses; ++c) logits[c * n + j] /= sum * float(n);
    logits[labels[j] * n + j] -= 1.0f / float(n);
  }
  return logits;
}

// What the optimizer holds of a layer: the gradients of a batch and the momenta.
struct Training {
  std::vector<float> weight_gradient, bias_gradient, weight_momentum, bias_momentum;
};

void find_gradient(const Layer& layer, Training& state, const std::vector<float>& x,
                   const std::vector<float>& dy, int n) {
  state.weight_gradient.assign(layer.weight.size(), 0);
  state.bias_gradient.assign(layer.bias.size(), 0);
  const std::vector<float> x_t = transpose(x, layer.inputs, n);
  multiply_add(layer.outputs, layer.inputs, n, dy.data(), x_t.data(), state.weight_gradient.data());
  for (int o = 0; o < layer.outputs; ++o) {
    for (int j = 0; j < n; ++j) state.bias_gradient[o] += dy[std::size_t(o) * n + j];
  }
}

void find_gradients(const Network& network, std::vector<Training>& states, const Dataset& batch) {
  const int n = batch.count;
  const auto activations = activations_of(network, batch.pixels, n);
  std::vector<float> dy = loss_gradient(activations.back(), batch.labels);
  for (std::size_t l = network.size(); l-- > 0;) {
    const Layer& layer = network[l];
    find_gradient(layer, states[l], activations[l], dy, n);
    if (l == 0) break;
    std::vector<float> dx(activations[l].size());
    const std::vector<float> w_t = transpose(layer.weight, layer.outputs, layer.inputs);
    multiply_add(layer.inputs, n, layer.outputs, w_t.data(), dy.data(), dx.data());
    for (std::size_t i = 0; i < dx.size(); ++i) dx[i] = activations[l][i] > 0 ? dx[i] : 0;
    dy = std::move(dx);
  }
}

heddle::TensorView tensor(std::vector<float>& values, int rows, int cols) {
  return heddle::contiguous(values.data(), 2, {rows, cols}, heddle::DataType::f32);
}

// Every parameter of the network, as the fused step takes them.
std::vector<heddle::StepTensors> parameters(Network& network, std::vector<Training>& states) {
  std::vector<heddle::StepTensors> list;
  for (std::size_t l = 0; l < network.size(); ++l) {
    Layer& layer = network[l];
    Training& state = states[l];
    heddle::StepTensors weight;
    weight.weight = tensor(layer.weight, layer.outputs, layer.inputs);
    weight.gradient = tensor(state.weight_gradient, layer.outputs, layer.inputs);
    weight.momentum = tensor(state.weight_momentum, layer.outputs, layer.inputs);
    if (!layer.mask.empty()) {
      weight.mask = heddle::contiguous_mask(layer.mask.data(), 2, {layer.outputs, layer.inputs});
    }
    heddle::StepTensors bias;
    bias.weight = tensor(layer.bias, 1, layer.outputs);
    bias.gradient = tensor(state.bias_gradient, 1, layer.outputs);
    bias.momentum = tensor(state.bias_momentum, 1, layer.outputs);
    list.push_back(weight);
    list.push_back(bias);
  }
  return list;
}

Dataset gather(const Dataset& data, const int* images, int n) {
  Dataset batch{n, std::vector<float>(std::size_t{kPixels} * n), std::vector<int>(n)};
  for (int j = 0; j < n; ++j) {
    batch.labels[j] = data.labels[images[j]];
    for (int p = 0; p < kPixels; ++p) {
      batch.pixels[std::size_t(p) * n + j] = data.pixels[std::size_t(p) * data.count + images[j]];
    }
  }
  return batch;
}

}  // namespace

Network make_network(const std::vector<int>& widths, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Network network;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    Layer layer{widths[l + 1], widths[l], {}, {}, {}};
    layer.weight.resize(std::size_t(layer.outputs) * layer.inputs);
    layer.bias.resize(layer.outputs);
    const double limit = std::sqrt(6.0 / layer.inputs);
    for (float& w : layer.weight) w = static_cast<float>(limit * (2 * uniform(random) - 1));
    network.push_back(std::move(layer));
  }
  return network;
}

heddle::Status train(Network& network, const Dataset& data, const Recipe& recipe,
                     std::uint64_t seed, const std::function<void()>& after_epoch) {
  std::mt19937_64 random(seed);
  std::vector<Training> states(network.size());
  for (std::size_t l = 0; l < network.size(); ++l) {
    states[l].weight_momentum.resize(network[l].weight.size());
    states[l].bias_momentum.resize(network[l].bias.size());
  }
  heddle::SgdOptions step;
  step.momentum = recipe.momentum;
  step.first = true;
  std::vector<int> order(data.count);
  std::iota(order.begin(), order.end(), 0);
  for (int epoch = 0; epoch < recipe.epochs; ++epoch) {
    step.learning_rate = recipe.learning_rate * float(recipe.epochs - epoch) / float(recipe.epochs);
    shuffle(order, random);
    for (int begin = 0; begin < data.count; begin += recipe.batch) {
      const int n = std::min(recipe.batch, data.count - begin);
      find_gradients(network, states, gather(data, &order[begin], n));
      const std::vector<heddle::StepTensors> list = parameters(network, states);
      const heddle::Status status =
          heddle::sgd_step(heddle::Exec::cpu(1), step, list.data(), list.size());
      if (!status.ok()) return status;
      step.first = false;
    }
    after_epoch();
  }
  return {};
}

std::vector<float> forward(const Network& network, const Dataset& data) {
  return activations_of(network, data.pixels, data.count).back();
}

double accuracy(const std::vector<float>& logits, const std::vector<int>& labels) {
  const std::size_t n = labels.size();
  int right = 0;
  for (std::size_t j = 0; j < n; ++j) {
    int best = 0;
    for (int c = 1; c < kClasses; ++c) {
      if (logits[c * n + j] > logits[best * n + j]) best = c;
    }
    right += best == labels[j];
  }
  return double(right) / double(n);
}

}  // namespace digits
