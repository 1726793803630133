#include "host/io/bitmask_file.hpp"

#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "heddle/interchange.hpp"
#include "host/guard.hpp"
#include "host/io/dtype.hpp"
#include "host/io/text.hpp"

namespace heddle::io {
namespace {

constexpr std::string_view kWeight = ".weight";
constexpr std::string_view kCompressed = ".compressed";

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::string without(const std::string& text, std::string_view end) {
  return text.substr(0, text.size() - end.size());
}

Status corrupt(const std::string& prefix, const std::string& what) {
  return {StatusCode::corrupt, "bitmask matrix " + quote(prefix) + ": " + what};
}

// A tensor of the file that must have this dtype and shape.
Status check_tensor(const SafetensorsReader& reader, const std::string& prefix,
                    const TensorInfo& wanted) {
  const TensorInfo* const found = reader.find(wanted.name);
  if (found == nullptr) return corrupt(prefix, "tensor " + quote(wanted.name) + " is missing");
  if (found->dtype == wanted.dtype && found->shape == wanted.shape) return {};
  return corrupt(prefix, "tensor " + quote(wanted.name) + " is " + found->dtype + " " +
                             shape_text(found->shape) + ": must be " + wanted.dtype + " " +
                             shape_text(wanted.shape));
}

// The dense shape, which lies in the file as two numbers, [2, 1] or [2].
Result<std::array<std::int64_t, 2>> read_shape(const SafetensorsReader& reader,
                                               const std::string& prefix) {
  const std::string name = prefix + ".shape";
  const TensorInfo* const tensor = reader.find(name);
  if (tensor == nullptr) return corrupt(prefix, "tensor " + quote(name) + " is missing");
  std::array<std::int64_t, 2> shape{};
  if (tensor->dtype != "I64" || tensor->bytes != sizeof(shape)) {
    return corrupt(prefix, "tensor " + quote(name) + " is " + tensor->dtype + " " +
                               shape_text(tensor->shape) + ": must be I64 [2, 1] or [2]");
  }
  std::memcpy(shape.data(), reader.data(*tensor), sizeof(shape));
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  for (const std::int64_t size : shape) {
    if (size < 0 || size > kMost) {
      return corrupt(prefix, "tensor " + quote(name) + " holds " + std::to_string(size) +
                                 ": must be in [0, 2^40]");
    }
  }
  return shape;
}

// The matrix of one PREFIX.compressed.
Result<BitmaskMatrix> parse(const SafetensorsReader& reader, const TensorInfo& compressed,
                            Pattern pattern) {
  BitmaskMatrix matrix;
  matrix.prefix = without(compressed.name, kCompressed);
  matrix.row_offsets = reader.find(matrix.prefix + ".row_offsets") != nullptr;
  const Result<std::array<std::int64_t, 2>> shape = read_shape(reader, matrix.prefix);
  if (!shape.ok()) return shape.status();
  const std::int64_t rows = (*shape)[0], cols = (*shape)[1];
  const std::optional<DataType> type = data_type_of(compressed.dtype);
  if (!type) {
    return corrupt(matrix.prefix, "tensor " + quote(compressed.name) + " is of type " +
                                      compressed.dtype +
                                      ": must be F32, F16, BF16, F8_E4M3, F8_E5M2 or I8");
  }
  matrix.packed = {
      matrix.prefix + std::string(kWeight),
      {rows, cols, matrix.row_offsets ? pattern : Pattern{2, 4}, *type, PackedOrder::canonical}};
  if (const auto bytes = packed_size(matrix.packed.desc); !bytes.ok())
    return corrupt(matrix.prefix, bytes.status().message());
  const auto check = [&](const char* part, const char* dtype, std::vector<std::int64_t> dims) {
    return check_tensor(reader, matrix.prefix, {matrix.prefix + part, dtype, std::move(dims), 0});
  };
  if (Status s = check(".bitmask", "U8", {rows, (cols + 7) / 8}); !s.ok()) return s;
  if (matrix.row_offsets) {
    if (Status s = check(".row_offsets", "I64", {rows}); !s.ok()) return s;
    if (compressed.shape.size() != 1) return check(".compressed", compressed.dtype.c_str(), {-1});
  } else {
    const Result<ArraysLayout> layout = bitmask_layout(matrix.packed.desc);
    if (!layout.ok()) return corrupt(matrix.prefix, layout.status().message());
    const std::vector<std::int64_t> dims = {rows, layout->values_cols};
    if (Status s = check(".compressed", compressed.dtype.c_str(), dims); !s.ok()) return s;
  }
  return matrix;
}

}  // namespace

std::vector<std::string> BitmaskMatrix::parts() const {
  std::vector<std::string> names = {prefix + ".compressed", prefix + ".bitmask", prefix + ".shape"};
  if (row_offsets) names.push_back(prefix + ".row_offsets");
  return names;
}

Result<std::vector<BitmaskMatrix>> bitmask_matrices(const SafetensorsReader& reader,
                                                    Pattern pattern) try {
  std::vector<BitmaskMatrix> matrices;
  for (const TensorInfo& tensor : reader.tensors()) {
    if (!ends_with(tensor.name, kCompressed)) continue;
    if (reader.find(without(tensor.name, kCompressed) + ".bitmask") == nullptr) continue;
    Result<BitmaskMatrix> matrix = parse(reader, tensor, pattern);
    if (!matrix.ok()) return matrix.status();
    if (reader.find(matrix->packed.name) != nullptr) {
      return corrupt(matrix->prefix, "tensor " + quote(matrix->packed.name) + " is there too");
    }
    matrices.push_back(std::move(*matrix));
  }
  return matrices;
} catch (...) {
  return caught();
}

Status read_bitmask(const Exec& exec, const SafetensorsReader& reader, const BitmaskMatrix& matrix,
                    const PackedView& out) try {
  const TensorInfo& compressed = *reader.find(matrix.prefix + ".compressed");
  const TensorInfo& bitmask = *reader.find(matrix.prefix + ".bitmask");
  const void* const values = reader.data(compressed);
  const void* const bits = reader.data(bitmask);
  Status status;
  if (matrix.row_offsets) {
    std::vector<std::int64_t> offsets(static_cast<std::size_t>(matrix.packed.desc.rows));
    if (!offsets.empty()) {
      const void* const data = reader.data(*reader.find(matrix.prefix + ".row_offsets"));
      std::memcpy(offsets.data(), data, offsets.size() * sizeof(offsets[0]));
    }
    status = from_sparse_bitmask(
        exec, {values, compressed.shape[0], static_cast<const std::uint8_t*>(bits), offsets.data()},
        out);
  } else {
    status = from_bitmask(exec, {values, compressed.bytes, bits, bitmask.bytes}, out);
  }
  if (status.ok()) return status;
  return {status.code(), "bitmask matrix " + quote(matrix.prefix) + ": " + status.message()};
} catch (...) {
  return caught();
}

Result<std::array<TensorInfo, 3>> bitmask_tensors(const PackedMatrix& matrix) try {
  if (!ends_with(matrix.name, kWeight)) {
    return Status(StatusCode::unsupported,
                  "packed matrix " + quote(matrix.name) +
                      ": the bitmask format only has weights whose names end in .weight");
  }
  const Result<ArraysLayout> layout = bitmask_layout(matrix.desc);
  if (!layout.ok()) {
    return Status(layout.status().code(),
                  "packed matrix " + quote(matrix.name) + ": " + layout.status().message());
  }
  const std::string prefix = without(matrix.name, kWeight);
  const std::int64_t rows = matrix.desc.rows;
  return std::array<TensorInfo, 3>{
      TensorInfo{prefix + ".compressed",
                 dtype_of(matrix.desc.type),
                 {rows, layout->values_cols},
                 layout->values_bytes},
      TensorInfo{prefix + ".bitmask", "U8", {rows, layout->metadata_cols}, layout->metadata_bytes},
      TensorInfo{prefix + ".shape", "I64", {2, 1}, 2 * sizeof(std::int64_t)}};
} catch (...) {
  return caught();
}

Status write_bitmask(const Exec& exec, SafetensorsWriter& writer,
                     const ConstPackedView& packed) try {
  const Result<ArraysLayout> layout = bitmask_layout(packed.desc);
  if (!layout.ok()) return layout.status();
  std::vector<std::byte> values(layout->values_bytes), bits(layout->metadata_bytes);
  const PackedArrays arrays = {values.data(), values.size(), bits.data(), bits.size()};
  if (Status s = to_bitmask(exec, packed, arrays); !s.ok()) return s;
  if (Status s = writer.write(values.data(), values.size()); !s.ok()) return s;
  if (Status s = writer.write(bits.data(), bits.size()); !s.ok()) return s;
  const std::array<std::int64_t, 2> shape = {packed.desc.rows, packed.desc.cols};
  return writer.write(shape.data(), sizeof(shape));
} catch (...) {
  return caught();
}

}  // namespace heddle::io
