#include "sparse.hpp"

#include <string>
#include <utility>

namespace digits {

using namespace heddle;

ConstMatrixView view(const HalfLayer& layer) {
  return row_major(layer.weight.data(), layer.outputs, layer.inputs, DataType::f16);
}

ConstPackedView view(const PackedLayer& layer) {
  return {layer.desc, layer.blob.data(), layer.blob.size()};
}

Status prune(Network& network) {
  for (Layer& layer : network) {
    layer.mask.resize(layer.weight.size());
    const auto weight = row_major(layer.weight.data(), layer.outputs, layer.inputs, DataType::f32);
    const auto mask = row_major_mask(layer.mask.data(), layer.outputs, layer.inputs);
    Status status = best_mask(Exec::cpu(), weight, kPattern, mask);
    if (status.ok()) status = apply_mask(Exec::cpu(), weight, mask, weight);
    if (!status.ok()) return status;
  }
  return {};
}

std::vector<HalfLayer> round_to_half(const Network& network) {
  std::vector<HalfLayer> layers;
  for (const Layer& layer : network) {
    HalfLayer half{layer.outputs, layer.inputs, {}, layer.mask, layer.bias};
    for (float w : layer.weight) half.weight.push_back(float_to_f16(w));
    layers.push_back(std::move(half));
  }
  return layers;
}

Status require_compliant(const std::vector<HalfLayer>& layers) {
  for (const HalfLayer& layer : layers) {
    const Result<CheckReport> report = check(Exec::cpu(), view(layer), kPattern);
    if (!report) return report.status();
    if (!report->compliant()) {
      return {StatusCode::not_compliant, "a weight of " + std::to_string(layer.outputs) +
                                             " rows: row " + std::to_string(report->row) +
                                             ", group " + std::to_string(report->group) +
                                             ": keeps more than " + to_string(kPattern)};
    }
  }
  return {};
}

Result<std::vector<PackedLayer>> pack_layers(const std::vector<HalfLayer>& layers) {
  std::vector<PackedLayer> packed_layers;
  for (const HalfLayer& layer : layers) {
    const PackedDesc desc{layer.outputs, layer.inputs, kPattern, DataType::f16,
                          PackedOrder::canonical};
    const Result<std::size_t> bytes = packed_size(desc);
    if (!bytes) return bytes.status();
    std::vector<std::byte> blob(*bytes);
    const PackedView packed{desc, blob.data(), blob.size()};
    const auto mask = row_major_mask(layer.mask.data(), layer.outputs, layer.inputs);
    const Status status = pack(Exec::cpu(), view(layer), mask, packed);
    if (!status.ok()) return status;
    packed_layers.push_back({desc, std::move(blob), layer.bias});
  }
  return packed_layers;
}

Status require_identical(const std::vector<HalfLayer>& layers,
                         const std::vector<PackedLayer>& packed) {
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const HalfLayer& layer = layers[l];
    std::vector<std::uint16_t> weight(layer.weight.size());
    Status status = unpack(Exec::cpu(), view(packed.at(l)),
                           row_major(weight.data(), layer.outputs, layer.inputs, DataType::f16));
    if (!status.ok()) return status;
    if (weight != layer.weight || packed[l].bias != layer.bias) {
      return {StatusCode::corrupt,
              "layer " + std::to_string(l + 1) + ": must unpack to what was packed"};
    }
  }
  return {};
}

Result<std::vector<float>> infer(const Exec& exec, const std::vector<PackedLayer>& layers,
                                 const Dataset& data) {
  const std::int64_t n = data.count;
  std::vector<std::uint16_t> x;  // f16 [inputs, n]
  for (float pixel : data.pixels) x.push_back(float_to_f16(pixel));
  std::vector<float> logits(kClasses * n);
  for (const PackedLayer& layer : layers) {
    const bool last = &layer == &layers.back();
    const std::int64_t m = layer.desc.rows, k = layer.desc.cols;
    std::vector<std::uint16_t> y(last ? 0 : m * n);  // f16 [m, n]
    MatmulOptions options;
    options.bias = ConstVectorView{layer.bias.data(), m, DataType::f32};
    options.activation = last ? Activation::none : Activation::relu;
    Status status = matmul(exec, view(layer), row_major(x.data(), k, n, DataType::f16),
                           last ? row_major(logits.data(), m, n, DataType::f32)
                                : row_major(y.data(), m, n, DataType::f16),
                           options);
    if (!status.ok()) return status;
    x = std::move(y);
  }
  return logits;
}

}  // namespace digits
