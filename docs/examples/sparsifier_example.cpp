// Train dense, prune once to 2:4, train again: one linear layer that learns another one.
#include <cstdint>
#include <cstdio>
#include <vector>

#include "heddle/heddle.hpp"
#include "heddle/sparsifier_file.hpp"

using namespace heddle;

constexpr std::int64_t kRows = 8, kCols = 32, kSamples = 64;

struct Layer {
  std::vector<float> weight, gradient, momentum, dropped;  // [kRows, kCols]
  std::vector<std::uint8_t> mask;                          // [kRows, kCols]
};

float next_random() {  // -1 .. 1
  static std::uint32_t state = 1;
  state = state * 1664525u + 1013904223u;
  return static_cast<float>(state >> 8) / 8388608.0f - 1.0f;
}

// The mean squared error over all samples; its gradient goes to layer.gradient.
double loss(Layer& layer, const std::vector<float>& inputs, const std::vector<float>& outputs) {
  double sum = 0;
  layer.gradient.assign(layer.weight.size(), 0);
  for (std::int64_t s = 0; s < kSamples; ++s)
    for (std::int64_t r = 0; r < kRows; ++r) {
      float error = -outputs[s * kRows + r];
      for (std::int64_t c = 0; c < kCols; ++c)
        error += layer.weight[r * kCols + c] * inputs[s * kCols + c];
      sum += error * error / kSamples;
      for (std::int64_t c = 0; c < kCols; ++c)
        layer.gradient[r * kCols + c] += 2 * error * inputs[s * kCols + c] / kSamples;
    }
  return sum;
}

int main() {
  const Dims shape = {kRows, kCols};
  std::vector<float> inputs(kSamples * kCols), outputs(kSamples * kRows);
  for (float& x : inputs) x = next_random();
  for (float& y : outputs) y = next_random();
  Layer layer;
  layer.weight.resize(kRows * kCols);
  layer.momentum = layer.dropped = layer.weight;
  layer.mask.resize(layer.weight.size());

  Sparsifier sparsifier;  // 2:4, and only weights that are worth it
  SparseParameter parameter;
  parameter.name = "layer.weight";
  parameter.weight = contiguous(layer.weight.data(), 2, shape, DataType::f32);
  parameter.mask = contiguous_mask(layer.mask.data(), 2, shape);
  parameter.dropped = contiguous(layer.dropped.data(), 2, shape, DataType::f32);
  Status status = sparsifier.add(parameter);

  SgdOptions options;
  options.learning_rate = 0.05f;
  options.momentum = 0.9f;
  options.weight_decay = 1e-4f;
  const auto train = [&](int steps) {
    for (int step = 0; step < steps && status.ok(); ++step) {
      loss(layer, inputs, outputs);
      StepTensors tensors;
      tensors.weight = parameter.weight;
      tensors.gradient = contiguous(layer.gradient.data(), 2, shape, DataType::f32);
      tensors.momentum = contiguous(layer.momentum.data(), 2, shape, DataType::f32);
      tensors.mask = sparsifier.mask(0);  // nothing before compute_masks: a dense step
      status = sgd_step(Exec::cpu(), options, &tensors, 1);
    }
    return loss(layer, inputs, outputs);
  };

  const double dense = train(400);
  if (status.ok()) status = sparsifier.compute_masks(Exec::cpu());
  const double one_shot = loss(layer, inputs, outputs);
  const double retrained = train(400);
  if (status.ok()) status = save_sparsifier(Exec::cpu(), sparsifier, "sparsifier.safetensors");
  if (!status.ok()) return std::fprintf(stderr, "%s\n", status.to_string().c_str()), 1;

  const ParameterReport report = sparsifier.report()[0];
  std::printf("%s: %.0f %% of the entries, %.0f %% of the magnitude\n", report.name.c_str(),
              100 * report.fill(), 100 * report.l1_share());
  std::printf("loss: dense %.3f, pruned %.3f, retrained %.3f\n", dense, one_shot, retrained);
  return retrained < one_shot ? 0 : 2;
}
