#include "reference.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "heddle/numeric.hpp"

namespace digits {
namespace {

double round_to_f16(double value) {
  return heddle::f16_to_float(heddle::float_to_f16(static_cast<float>(value)));
}

struct Interval {
  std::vector<double> value, error;  // [rows]: the true value is within value +- error
};

// One column through one layer, before the activation.
Interval apply(const HalfLayer& layer, const std::vector<float>& weight, const Interval& x) {
  const double gamma = (layer.inputs + 2) * 0x1p-24;
  Interval y{std::vector<double>(layer.outputs), std::vector<double>(layer.outputs)};
  for (int o = 0; o < layer.outputs; ++o) {
    double sum = layer.bias[o], magnitude = std::abs(layer.bias[o]), carried = 0;
    for (int i = 0; i < layer.inputs; ++i) {
      const double w = weight[std::size_t(o) * layer.inputs + i];
      sum += w * x.value[i];
      magnitude += std::abs(w) * (std::abs(x.value[i]) + x.error[i]);
      carried += std::abs(w) * x.error[i];
    }
    y.value[o] = sum;
    y.error[o] = carried + gamma * magnitude;
  }
  return y;
}

void relu_and_round(Interval& y) {
  for (std::size_t o = 0; o < y.value.size(); ++o) {
    const double low = round_to_f16(std::max(y.value[o] - y.error[o], 0.0));
    const double high = round_to_f16(std::max(y.value[o] + y.error[o], 0.0));
    y.value[o] = round_to_f16(std::max(y.value[o], 0.0));
    y.error[o] = std::max(high - y.value[o], y.value[o] - low);
  }
}

std::vector<float> masked_weight(const HalfLayer& layer) {
  std::vector<float> weight(layer.weight.size());
  for (std::size_t i = 0; i < weight.size(); ++i) {
    weight[i] = layer.mask[i] ? heddle::f16_to_float(layer.weight[i]) : 0;
  }
  return weight;
}

}  // namespace

Reference masked_dense_inference(const std::vector<HalfLayer>& layers, const Dataset& data) {
  std::vector<std::vector<float>> weights;
  for (const HalfLayer& layer : layers) weights.push_back(masked_weight(layer));

  const std::size_t n = data.count;
  Reference result{std::vector<double>(kClasses * n), std::vector<double>(kClasses * n)};
  for (std::size_t j = 0; j < n; ++j) {
    Interval x{std::vector<double>(kPixels), std::vector<double>(kPixels)};
    for (std::size_t p = 0; p < kPixels; ++p) x.value[p] = round_to_f16(data.pixels[p * n + j]);
    for (std::size_t l = 0; l < layers.size(); ++l) {
      x = apply(layers[l], weights[l], x);
      if (l + 1 < layers.size()) relu_and_round(x);
    }
    for (std::size_t c = 0; c < kClasses; ++c) {
      result.logits[c * n + j] = x.value[c];
      result.bound[c * n + j] = x.error[c];
    }
  }
  return result;
}

heddle::Result<Deviation> compare(const std::vector<float>& logits, const Reference& reference) {
  Deviation deviation;
  for (std::size_t i = 0; i < reference.logits.size(); ++i) {
    const double difference = std::abs(logits[i] - reference.logits[i]);
    if (!(difference <= reference.bound[i])) {
      return heddle::Status(heddle::StatusCode::corrupt,
                            "logit " + std::to_string(i) + " = " + std::to_string(logits[i]) +
                                ": must be within " + std::to_string(reference.bound[i]) +
                                " of the masked dense " + std::to_string(reference.logits[i]));
    }
    deviation.largest = std::max(deviation.largest, difference);
    deviation.largest_bound = std::max(deviation.largest_bound, reference.bound[i]);
  }
  return deviation;
}

}  // namespace digits
