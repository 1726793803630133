#pragma once
// The JSON header of a safetensors file: text to tensors and back, every rule checked.

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "heddle/status.hpp"
#include "host/io/safetensors.hpp"

namespace heddle::io {

/// The reference implementation's bound on the header's length.
inline constexpr std::size_t kMaxHeaderBytes = 100'000'000;

/// What the header of a file says.
struct Header {
  std::vector<TensorInfo> tensors;           ///< in offset order
  std::vector<std::size_t> offsets;          ///< of each tensor, from the start of the file
  std::map<std::string, std::size_t> index;  ///< name -> position in `tensors`
  Metadata metadata;
  std::size_t file_bytes = 0;
};

/// Parses and validates the start of a file of `bytes` bytes; the tensors' data are not touched.
Result<Header> parse_header(const void* file, std::size_t bytes);

/// Lays `tensors` out as the reference writer does and fills every field of `header`; `text` gets
/// the start of the file: length, JSON, padding with spaces to a multiple of 8.
Status format_header(std::vector<TensorInfo> tensors, const Metadata& metadata, Header& header,
                     std::string& text);

}  // namespace heddle::io
