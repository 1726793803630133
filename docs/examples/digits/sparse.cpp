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

Result<Pruned> prune(Network& network, const std::string& method) {
  SparsifierOptions options = SparsifierOptions::any_size();  // the 10 x 256 of the end too
  options.method = method;
  Sparsifier sparsifier(options);
  for (std::size_t l = 0; l < network.size(); ++l) {
    Layer& layer = network[l];
    const Dims shape{layer.outputs, layer.inputs};
    layer.mask.resize(layer.weight.size());
    SparseParameter parameter;
    parameter.name = "layer" + std::to_string(l + 1) + ".weight";
    parameter.weight = contiguous(layer.weight.data(), 2, shape, DataType::f32);
    parameter.mask = contiguous_mask(layer.mask.data(), 2, shape);
    if (Status status = sparsifier.add(parameter); !status.ok()) return status;
  }
  if (Status status = sparsifier.compute_masks(Exec::cpu()); !status.ok()) return status;
  double total = 0, kept = 0;
  for (const ParameterReport& report : sparsifier.report()) {
    if (!report.sparse) return Status(StatusCode::unsupported, report.name + ": " + report.reason);
    total += report.stats.l1_total;
    kept += report.stats.l1_kept;
  }
  return Pruned{kept / total};
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

Status require_compliant(const std::vector<HalfLayer>& layers, bool tiles) {
  for (const HalfLayer& layer : layers) {
    const Result<TileCheckReport> report = check_tiles(Exec::cpu(), view(layer), kPattern);
    if (!report) return report.status();
    const auto refuse = [&](const CheckReport& found, const char* line) -> Status {
      return {StatusCode::not_compliant, "a weight of " + std::to_string(layer.outputs) +
                                             " rows: " + line + std::to_string(found.row) +
                                             ", group " + std::to_string(found.group) +
                                             ": keeps more than " + to_string(kPattern)};
    };
    if (!report->rows.compliant()) return refuse(report->rows, "row ");
    if (tiles && !report->cols.compliant()) return refuse(report->cols, "column ");
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
