#include "host/io/packed_file.hpp"

#include <charconv>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "host/io/dtype.hpp"
#include "host/io/text.hpp"
#include "host/packed_header.hpp"

namespace heddle::io {
namespace {

constexpr std::string_view kPrefix = "heddle.";
constexpr const char* kVersionKey = "heddle.format_version";
constexpr std::array<const char*, 4> kFields = {"pattern", "type", "rows", "cols"};

std::string field_key(const std::string& name, const char* field) {
  return std::string(kPrefix) + name + "." + field;
}

Status corrupt(const std::string& name, const std::string& what) {
  return {StatusCode::corrupt, "packed matrix " + quote(name) + ": " + what};
}

// The name inside "heddle.NAME.field"; nullopt for any other key. NAME may hold dots.
std::optional<std::string> matrix_of_key(std::string_view key) {
  if (key.substr(0, kPrefix.size()) != kPrefix) return std::nullopt;
  key.remove_prefix(kPrefix.size());
  const std::size_t dot = key.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  for (const char* field : kFields) {
    if (key.substr(dot + 1) == field) return std::string(key.substr(0, dot));
  }
  return std::nullopt;
}

// A decimal without sign, spaces or leading zeros: one spelling for one number.
std::optional<std::int64_t> parse_size(const std::string& text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end || std::to_string(value) != text || value < 0) {
    return std::nullopt;
  }
  return value;
}

Result<PackedDesc> parse_desc(const std::string& name, const Metadata& metadata) {
  std::array<std::string, 4> text;
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    const auto entry = metadata.find(field_key(name, kFields[i]));
    if (entry == metadata.end()) {
      return corrupt(name, "metadata key " + quote(field_key(name, kFields[i])) + " is missing");
    }
    text[i] = entry->second;
  }
  const auto wrong = [&](std::size_t field, const std::string& wanted) {
    return corrupt(name, "metadata key " + quote(field_key(name, kFields[field])) + " = " +
                             quote(text[field]) + ": must be " + wanted);
  };

  PackedDesc desc;
  const Result<Pattern> pattern = find_pattern(text[0]);
  // Names are a matter of the registry, files spell the pattern out.
  if (!pattern.ok() || to_string(*pattern) != text[0]) {
    return wrong(0, "keep:group with 1 <= keep <= group <= 32");
  }
  desc.pattern = *pattern;
  const Result<DataType> type = parse_data_type(text[1]);
  if (!type.ok() || *type == DataType::i32) {
    return wrong(1, "f32, f16, bf16, f8e4m3, f8e5m2 or i8");
  }
  desc.type = *type;
  const std::optional<std::int64_t> rows = parse_size(text[2]);
  if (!rows) return wrong(2, "a decimal from 0 to 2^63 - 1");
  desc.rows = *rows;
  const std::optional<std::int64_t> cols = parse_size(text[3]);
  if (!cols) return wrong(3, "a decimal from 0 to 2^63 - 1");
  desc.cols = *cols;
  return desc;
}

// The file must hold exactly the tensor that the keys promise.
Status check_tensor(const SafetensorsReader& reader, const std::string& name,
                    const TensorInfo& wanted) {
  const TensorInfo* const found = reader.find(wanted.name);
  if (found == nullptr) return corrupt(name, "tensor " + quote(wanted.name) + " is missing");
  if (found->dtype != wanted.dtype || found->shape != wanted.shape) {
    return corrupt(name, "tensor " + quote(wanted.name) + " is " + found->dtype + " " +
                             shape_text(found->shape) + ": must be " + wanted.dtype + " " +
                             shape_text(wanted.shape));
  }
  return {};
}

Status check_tensors(const SafetensorsReader& reader, const PackedMatrix& matrix) {
  const auto wanted = packed_tensors(matrix);
  if (!wanted.ok()) return corrupt(matrix.name, wanted.status().message());
  for (const TensorInfo& tensor : *wanted) {
    if (Status status = check_tensor(reader, matrix.name, tensor); !status.ok()) return status;
  }
  return {};
}

Status check_version(const Metadata& metadata) {
  const auto version = metadata.find(kVersionKey);
  if (version == metadata.end()) {
    return {StatusCode::corrupt, "metadata key 'heddle.format_version' is missing"};
  }
  const std::string wanted = std::to_string(kPackedFormatVersion);
  if (version->second != wanted) {
    return {StatusCode::unsupported, "metadata key 'heddle.format_version' = " +
                                         quote(version->second) + ": this version reads " + wanted};
  }
  return {};
}

}  // namespace

std::string values_name(const std::string& name) { return name + ".values"; }
std::string metadata_name(const std::string& name) { return name + ".metadata"; }

Result<std::array<TensorInfo, 2>> packed_tensors(const PackedMatrix& matrix) {
  const Result<CanonicalLayout> layout = canonical_layout(matrix.desc);
  if (!layout.ok()) return layout.status();
  const std::int64_t rows = matrix.desc.rows;
  return std::array<TensorInfo, 2>{
      TensorInfo{values_name(matrix.name),
                 dtype_of(matrix.desc.type),
                 {rows, layout->compressed_cols},
                 layout->values_bytes},
      TensorInfo{metadata_name(matrix.name),
                 "U8",
                 {rows, static_cast<std::int64_t>(layout->metadata_row_bytes)},
                 layout->metadata_bytes}};
}

void describe_packed(const PackedMatrix& matrix, Metadata& metadata) {
  const std::array<std::string, 4> text = {
      to_string(matrix.desc.pattern), to_string(matrix.desc.type), std::to_string(matrix.desc.rows),
      std::to_string(matrix.desc.cols)};
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    metadata[field_key(matrix.name, kFields[i])] = text[i];
  }
  metadata[kVersionKey] = std::to_string(kPackedFormatVersion);
}

Status write_packed(SafetensorsWriter& writer, const ConstPackedView& packed) {
  const Result<CanonicalLayout> layout = canonical_layout(packed.desc);
  if (!layout.ok()) return layout.status();
  const std::size_t need = layout->metadata_offset + layout->metadata_bytes;
  if (packed.data == nullptr || packed.bytes < need) {
    return {StatusCode::invalid_argument, "packed.bytes = " + std::to_string(packed.bytes) +
                                              ": must be >= " + std::to_string(need)};
  }
  const auto* const blob = static_cast<const std::byte*>(packed.data);
  if (Status status = writer.write(blob + layout->values_offset, layout->values_bytes);
      !status.ok()) {
    return status;
  }
  return writer.write(blob + layout->metadata_offset, layout->metadata_bytes);
}

Result<std::vector<PackedMatrix>> packed_matrices(const SafetensorsReader& reader) {
  std::set<std::string> names;
  for (const auto& [key, value] : reader.metadata()) {
    if (std::optional<std::string> name = matrix_of_key(key)) names.insert(std::move(*name));
  }
  std::vector<PackedMatrix> matrices;
  if (names.empty()) return matrices;
  if (Status status = check_version(reader.metadata()); !status.ok()) return status;
  for (const std::string& name : names) {
    const Result<PackedDesc> desc = parse_desc(name, reader.metadata());
    if (!desc.ok()) return desc.status();
    matrices.push_back({name, *desc});
    if (Status status = check_tensors(reader, matrices.back()); !status.ok()) return status;
  }
  return matrices;
}

Status read_packed(const Exec& exec, const SafetensorsReader& reader, const PackedMatrix& matrix,
                   const PackedView& out) {
  if (Status status = check_tensors(reader, matrix); !status.ok()) return status;
  const PackedDesc& desc = matrix.desc;
  if (out.desc.rows != desc.rows || out.desc.cols != desc.cols ||
      out.desc.pattern != desc.pattern || out.desc.type != desc.type ||
      out.desc.order != desc.order) {
    return {StatusCode::invalid_argument,
            "out.desc: must equal the desc of packed matrix " + quote(matrix.name)};
  }
  const Result<CanonicalLayout> layout = canonical_layout(desc);
  if (!layout.ok()) return layout.status();
  const std::size_t need = layout->metadata_offset + layout->metadata_bytes;
  if (out.data == nullptr || out.bytes < need) {
    return {StatusCode::invalid_argument,
            "out.bytes = " + std::to_string(out.bytes) + ": must be >= " + std::to_string(need)};
  }

  write_header(out);
  auto* const blob = static_cast<std::byte*>(out.data);
  const auto copy = [&](const std::string& tensor, std::size_t offset, std::size_t bytes) {
    if (bytes > 0) std::memcpy(blob + offset, reader.data(*reader.find(tensor)), bytes);
  };
  copy(values_name(matrix.name), layout->values_offset, layout->values_bytes);
  copy(metadata_name(matrix.name), layout->metadata_offset, layout->metadata_bytes);
  const Status status = verify(exec, out);
  return status.code() == StatusCode::corrupt ? corrupt(matrix.name, status.message()) : status;
}

Result<std::vector<std::byte>> read_packed(const Exec& exec, const SafetensorsReader& reader,
                                           const std::string& name) {
  const Result<std::vector<PackedMatrix>> matrices = packed_matrices(reader);
  if (!matrices.ok()) return matrices.status();
  std::string known;
  for (const PackedMatrix& matrix : *matrices) {
    if (matrix.name != name) {
      known += (known.empty() ? "" : ", ") + quote(matrix.name);
      continue;
    }
    const Result<std::size_t> bytes = packed_size(matrix.desc);
    if (!bytes.ok()) return bytes.status();
    try {
      std::vector<std::byte> blob(*bytes);
      const Status status =
          read_packed(exec, reader, matrix, {matrix.desc, blob.data(), blob.size()});
      if (!status.ok()) return status;
      return blob;
    } catch (const std::bad_alloc&) {
      return Status(StatusCode::out_of_memory,
                    "packed matrix " + quote(name) + ": " + std::to_string(*bytes) + " bytes");
    }
  }
  return Status(StatusCode::not_found, "packed matrix " + quote(name) + ": the file holds " +
                                           (known.empty() ? "none" : known));
}

void forget_packed(const std::vector<PackedMatrix>& matrices, Metadata& metadata) {
  for (const PackedMatrix& matrix : matrices) {
    for (const char* field : kFields) metadata.erase(field_key(matrix.name, field));
  }
  for (const auto& [key, value] : metadata) {
    if (matrix_of_key(key)) return;
  }
  metadata.erase(kVersionKey);
}

}  // namespace heddle::io
