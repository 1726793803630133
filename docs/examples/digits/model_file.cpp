#include "model_file.hpp"

#include <cstdint>
#include <utility>

#include "host/io/packed_file.hpp"
#include "host/io/safetensors.hpp"

namespace digits {
namespace {

using namespace heddle;
using io::SafetensorsReader;
using io::SafetensorsWriter;
using io::TensorInfo;

std::string weight_name(std::size_t layer) {
  return "layer" + std::to_string(layer + 1) + ".weight";
}
std::string bias_name(std::size_t layer) { return "layer" + std::to_string(layer + 1) + ".bias"; }

TensorInfo bias_tensor(std::size_t layer, std::int64_t outputs) {
  return {bias_name(layer), "F32", {outputs}};
}

Status write_bias(SafetensorsWriter& writer, const std::vector<float>& bias) {
  return writer.write(bias.data(), bias.size() * sizeof(float));
}

// The bias of a layer with `outputs` rows.
Result<std::vector<float>> read_bias(const SafetensorsReader& reader, std::size_t layer,
                                     std::int64_t outputs) {
  const TensorInfo* const tensor = reader.find(bias_name(layer));
  if (!tensor || tensor->dtype != "F32" || tensor->shape != std::vector{outputs}) {
    return Status(StatusCode::corrupt,
                  bias_name(layer) + ": must be F32 of [" + std::to_string(outputs) + "]");
  }
  std::vector<float> bias;
  for (std::int64_t o = 0; o < outputs; ++o) {
    bias.push_back(load_as_float(reader.data(*tensor), o, DataType::f32));
  }
  return bias;
}

}  // namespace

Status save_dense(const std::string& path, const std::vector<HalfLayer>& layers) {
  std::vector<TensorInfo> tensors;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    tensors.push_back({weight_name(l), "F16", {layers[l].outputs, layers[l].inputs}});
    tensors.push_back(bias_tensor(l, layers[l].outputs));
  }
  Result<SafetensorsWriter> writer = SafetensorsWriter::create(path, tensors, {});
  if (!writer) return writer.status();
  for (const HalfLayer& layer : layers) {
    Status status = writer->write(layer.weight.data(), layer.weight.size() * sizeof(std::uint16_t));
    if (status.ok()) status = write_bias(*writer, layer.bias);
    if (!status.ok()) return status;
  }
  return writer->finish();
}

Status save_packed(const std::string& path, const std::vector<PackedLayer>& layers) {
  std::vector<TensorInfo> tensors;
  io::Metadata metadata;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const io::PackedMatrix matrix{weight_name(l), layers[l].desc};
    const auto parts = io::packed_tensors(matrix);
    if (!parts) return parts.status();
    tensors.insert(tensors.end(), parts->begin(), parts->end());
    tensors.push_back(bias_tensor(l, matrix.desc.rows));
    io::describe_packed(matrix, metadata);
  }
  Result<SafetensorsWriter> writer = SafetensorsWriter::create(path, tensors, metadata);
  if (!writer) return writer.status();
  for (const PackedLayer& layer : layers) {
    Status status = io::write_packed(*writer, view(layer));
    if (status.ok()) status = write_bias(*writer, layer.bias);
    if (!status.ok()) return status;
  }
  return writer->finish();
}

Result<std::vector<PackedLayer>> load_packed(const std::string& path) {
  const Result<SafetensorsReader> reader = SafetensorsReader::open(path);
  if (!reader) return reader.status();
  const auto matrices = io::packed_matrices(*reader);
  if (!matrices) return matrices.status();
  std::vector<PackedLayer> layers;
  for (std::size_t l = 0; l < matrices->size(); ++l) {
    Result<std::vector<std::byte>> blob = io::read_packed(Exec::cpu(), *reader, weight_name(l));
    if (!blob) return blob.status();
    const Result<ConstPackedView> weight = open_packed(blob->data(), blob->size());
    if (!weight) return weight.status();
    Result<std::vector<float>> bias = read_bias(*reader, l, weight->desc.rows);
    if (!bias) return bias.status();
    layers.push_back({weight->desc, std::move(*blob), std::move(*bias)});
  }
  return layers;
}

}  // namespace digits
