#include "host/io/safetensors_header.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string_view>
#include <utility>

#include "host/io/dtype.hpp"
#include "host/io/header_sax.hpp"
#include "host/io/text.hpp"

namespace heddle::io {
namespace {

constexpr std::size_t kLengthBytes = 8;
constexpr std::string_view kMetadataName = "__metadata__";

Status corrupt(std::string message) { return {StatusCode::corrupt, std::move(message)}; }

Status tensor_error(const std::string& name, const std::string& what) {
  return corrupt("tensor " + quote(name) + ": " + what);
}

std::uint64_t load_le64(const unsigned char* bytes) {
  std::uint64_t value = 0;
  for (int i = 7; i >= 0; --i) value = value << 8 | bytes[i];
  return value;
}

// The JSON text of the header inside the file.
Result<std::string_view> header_text(const void* file, std::size_t bytes) {
  if (bytes < kLengthBytes) {
    return corrupt("truncated: " + std::to_string(bytes) +
                   " bytes, the length of the header alone takes 8");
  }
  const std::uint64_t length = load_le64(static_cast<const unsigned char*>(file));
  if (length > kMaxHeaderBytes) {
    return corrupt("header length " + std::to_string(length) + ": at most " +
                   std::to_string(kMaxHeaderBytes) + " is allowed");
  }
  if (length > bytes - kLengthBytes) {
    return corrupt("header length " + std::to_string(length) + ": only " +
                   std::to_string(bytes - kLengthBytes) + " bytes follow it");
  }
  const std::string_view text(static_cast<const char*>(file) + kLengthBytes,
                              static_cast<std::size_t>(length));
  if (text.empty() || text.front() != '{') return corrupt("header: must begin with '{'");
  // The JSON parser takes a zero byte for the end of its input and would not see what follows.
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
    return corrupt("header: byte " + std::to_string(zero) + " is zero");
  }
  return text;
}

// Checks one entry against its dtype and the file and fills in its size.
Status check_entry(HeaderEntry& entry, std::size_t data_bytes) {
  const auto [begin, end] = entry.offsets;
  const std::string range = "[" + std::to_string(begin) + ", " + std::to_string(end) + "]";
  if (end < begin) {
    return tensor_error(entry.info.name, "data_offsets " + range + ": the end precedes the start");
  }
  if (end > data_bytes) {
    return tensor_error(entry.info.name, "data_offsets " + range + ": the file holds " +
                                             std::to_string(data_bytes) + " bytes of data");
  }
  const Result<std::size_t> size = tensor_bytes(entry.info.dtype, entry.info.shape);
  if (!size.ok()) return tensor_error(entry.info.name, size.status().message());
  if (*size != end - begin) {
    return tensor_error(entry.info.name, "data_offsets " + range + " hold " +
                                             std::to_string(end - begin) + " bytes, shape " +
                                             shape_text(entry.info.shape) + " of " +
                                             entry.info.dtype + " takes " + std::to_string(*size));
  }
  entry.info.bytes = *size;
  return {};
}

// The data must be covered completely and without overlap. `entries` are in offset order.
Status check_coverage(const std::vector<HeaderEntry>& entries, std::size_t data_bytes) {
  std::size_t at = 0;
  const std::string* previous = nullptr;
  for (const HeaderEntry& entry : entries) {
    const std::size_t begin = entry.offsets[0];
    if (begin < at) {
      return tensor_error(entry.info.name, "data_offsets begin at " + std::to_string(begin) +
                                               " and overlap tensor " + quote(*previous) +
                                               ", which ends at " + std::to_string(at));
    }
    if (begin > at) {
      return tensor_error(entry.info.name, "data_offsets begin at " + std::to_string(begin) +
                                               " and leave a hole of " +
                                               std::to_string(begin - at) + " bytes before it");
    }
    at = entry.offsets[1];
    previous = &entry.info.name;
  }
  if (at != data_bytes) {
    return corrupt("the last " + std::to_string(data_bytes - at) +
                   " bytes of the file belong to no tensor");
  }
  return {};
}

Result<Header> parse_checked(const void* file, std::size_t bytes) {
  const Result<std::string_view> text = header_text(file, bytes);
  if (!text.ok()) return text.status();
  HeaderSax sax;
  if (!nlohmann::json::sax_parse(text->begin(), text->end(), &sax)) return sax.status();

  const std::size_t data_begin = kLengthBytes + text->size();
  const std::size_t data_bytes = bytes - data_begin;
  std::vector<HeaderEntry> entries = sax.take_entries();
  for (HeaderEntry& entry : entries) {
    if (const Status status = check_entry(entry, data_bytes); !status.ok()) return status;
  }
  std::sort(entries.begin(), entries.end(), [](const HeaderEntry& a, const HeaderEntry& b) {
    return std::tie(a.offsets, a.info.name) < std::tie(b.offsets, b.info.name);
  });
  if (const Status status = check_coverage(entries, data_bytes); !status.ok()) return status;

  Header header;
  header.metadata = sax.take_metadata();
  header.file_bytes = bytes;
  for (HeaderEntry& entry : entries) {
    header.index.emplace(entry.info.name, header.tensors.size());
    header.offsets.push_back(data_begin + entry.offsets[0]);
    header.tensors.push_back(std::move(entry.info));
  }
  return header;
}

Status check_utf8(const std::string& what, const std::string& text) {
  if (valid_utf8_prefix(text) == text.size()) return {};
  return {StatusCode::invalid_argument, what + " " + quote(text) + ": must be UTF-8"};
}

// Checks what the caller declared and derives the sizes.
Status check_declared(std::vector<TensorInfo>& tensors, const Metadata& metadata) {
  for (TensorInfo& tensor : tensors) {
    if (tensor.name == kMetadataName) {
      return {StatusCode::invalid_argument, "tensor name '__metadata__': reserved by the format"};
    }
    if (Status status = check_utf8("tensor name", tensor.name); !status.ok()) return status;
    const Result<std::size_t> size = tensor_bytes(tensor.dtype, tensor.shape);
    if (!size.ok()) {
      return {size.status().code(),
              "tensor " + quote(tensor.name) + ": " + size.status().message()};
    }
    if (tensor.bytes != 0 && tensor.bytes != *size) {
      return {StatusCode::invalid_argument, "tensor " + quote(tensor.name) +
                                                ": bytes = " + std::to_string(tensor.bytes) +
                                                ", shape " + shape_text(tensor.shape) + " of " +
                                                tensor.dtype + " takes " + std::to_string(*size)};
    }
    tensor.bytes = *size;
  }
  for (const auto& [key, value] : metadata) {
    if (Status status = check_utf8("metadata key", key); !status.ok()) return status;
    if (Status status = check_utf8("metadata value", value); !status.ok()) return status;
  }
  return {};
}

void append_entry(const TensorInfo& tensor, std::size_t begin, std::string& json) {
  json += nlohmann::json(tensor.name).dump() + ":{\"dtype\":\"" + tensor.dtype + "\",\"shape\":[";
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    if (i > 0) json += ',';
    json += std::to_string(tensor.shape[i]);
  }
  json += "],\"data_offsets\":[" + std::to_string(begin) + "," +
          std::to_string(begin + tensor.bytes) + "]}";
}

Status format_checked(std::vector<TensorInfo> tensors, const Metadata& metadata, Header& header,
                      std::string& text) {
  if (Status status = check_declared(tensors, metadata); !status.ok()) return status;
  std::stable_sort(tensors.begin(), tensors.end(), [](const TensorInfo& a, const TensorInfo& b) {
    const int left = dtype_rank(a.dtype), right = dtype_rank(b.dtype);
    return left != right ? left > right : a.name < b.name;
  });

  std::string json = "{";
  if (!metadata.empty()) {
    json += "\"__metadata__\":{";
    // Word by word: the destructor of a JSON object takes memory, and without any ends the program.
    for (const auto& [key, value] : metadata) {
      if (json.back() != '{') json += ',';
      json += nlohmann::json(key).dump() + ':' + nlohmann::json(value).dump();
    }
    json += '}';
  }
  header = {};
  header.metadata = metadata;
  std::size_t at = 0;
  for (TensorInfo& tensor : tensors) {
    if (!header.index.emplace(tensor.name, header.tensors.size()).second) {
      return {StatusCode::invalid_argument, "tensor name " + quote(tensor.name) + ": given twice"};
    }
    if (tensor.bytes > static_cast<std::size_t>(INT64_MAX) - at) {
      return {StatusCode::invalid_argument,
              "tensor " + quote(tensor.name) + ": the file would exceed 2^63 bytes"};
    }
    if (json.size() > 1) json += ',';
    append_entry(tensor, at, json);
    header.offsets.push_back(at);
    at += tensor.bytes;
    header.tensors.push_back(std::move(tensor));
  }
  json += '}';
  json.resize((json.size() + 7) / 8 * 8, ' ');
  if (json.size() > kMaxHeaderBytes) {
    return {StatusCode::invalid_argument, "the header takes " + std::to_string(json.size()) +
                                              " bytes: at most " + std::to_string(kMaxHeaderBytes) +
                                              " are allowed"};
  }

  text.clear();
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    text += static_cast<char>(json.size() >> (8 * i) & 0xff);
  }
  text += json;
  for (std::size_t& offset : header.offsets) offset += text.size();
  header.file_bytes = text.size() + at;
  return {};
}

}  // namespace

Result<Header> parse_header(const void* file, std::size_t bytes) {
  try {
    return parse_checked(file, bytes);
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::out_of_memory, "header: not enough memory to hold it");
  }
}

Status format_header(std::vector<TensorInfo> tensors, const Metadata& metadata, Header& header,
                     std::string& text) {
  try {
    return format_checked(std::move(tensors), metadata, header, text);
  } catch (const std::bad_alloc&) {
    return {StatusCode::out_of_memory, "header: not enough memory to hold it"};
  }
}

}  // namespace heddle::io
