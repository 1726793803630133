#include "permute.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "heddle/heddle.hpp"
#include "sparse.hpp"

namespace digits {

using namespace heddle;

namespace {

// values[rows, cols] with its columns or rows in the order.
Status move(std::vector<float>& values, int rows, int cols, const Permutation& order,
            Status (*operation)(const Exec&, const ConstMatrixView&, const Permutation&,
                                const MatrixView&)) {
  std::vector<float> moved(values.size());
  const Status status =
      operation(Exec::cpu(), row_major(std::as_const(values).data(), rows, cols, DataType::f32),
                order, row_major(moved.data(), rows, cols, DataType::f32));
  values = std::move(moved);
  return status;
}

// How far f32 arithmetic may carry the logits of one image, [kClasses].
std::vector<double> rounding_bound(const Network& network, const Dataset& data, int image) {
  std::vector<double> x, error(kPixels, 0);
  for (int p = 0; p < kPixels; ++p) x.push_back(data.pixels[std::size_t(p) * data.count + image]);
  for (const Layer& layer : network) {
    const double gamma = (layer.inputs + 2) * 0x1p-24;
    std::vector<double> y, y_error;
    for (int o = 0; o < layer.outputs; ++o) {
      double sum = layer.bias[o], magnitude = std::abs(sum), carried = 0;
      for (int i = 0; i < layer.inputs; ++i) {
        const double w = layer.weight[std::size_t(o) * layer.inputs + i];
        sum += w * x[i];
        magnitude += std::abs(w) * (std::abs(x[i]) + error[i]);
        carried += std::abs(w) * error[i];
      }
      y.push_back(&layer == &network.back() ? sum : std::max(sum, 0.0));
      y_error.push_back(carried + gamma * magnitude);
    }
    x = std::move(y);
    error = std::move(y_error);
  }
  return error;
}

}  // namespace

Status reorder_units(Network& network) {
  for (std::size_t l = 1; l < network.size(); ++l) {
    Layer &layer = network[l], &before = network[l - 1];
    PermutationOptions options;
    options.pattern = kPattern;
    const Result<PermutationResult> found = find_permutation(
        Exec::cpu(), row_major(layer.weight.data(), layer.outputs, layer.inputs, DataType::f32),
        options);
    if (!found) return found.status();
    const Permutation& order = found->permutation;
    Status status = move(layer.weight, layer.outputs, layer.inputs, order, permute_columns);
    if (status.ok()) {
      status = move(before.weight, before.outputs, before.inputs, order, permute_rows);
    }
    if (status.ok()) status = move(before.bias, before.outputs, 1, order, permute_rows);
    if (!status.ok()) return status;
  }
  return {};
}

Status require_same_function(const Network& network, const Network& reordered,
                             const Dataset& data) {
  const std::vector<float> a = forward(network, data), b = forward(reordered, data);
  for (int image = 0; image < data.count; ++image) {
    const std::vector<double> bound = rounding_bound(network, data, image);
    for (int c = 0; c < kClasses; ++c) {
      const std::size_t at = std::size_t(c) * data.count + image;
      const double difference = std::abs(double(a[at]) - b[at]);
      if (!(difference <= 2 * bound[c])) {
        return {StatusCode::corrupt, "image " + std::to_string(image) + ", class " +
                                         std::to_string(c) + ": reordered, the logit is off by " +
                                         std::to_string(difference) + ": must be at most " +
                                         std::to_string(2 * bound[c])};
      }
    }
  }
  return {};
}

}  // namespace digits
