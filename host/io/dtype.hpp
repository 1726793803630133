#pragma once
// The element types a safetensors file can name, and which of them the library computes with.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "heddle/status.hpp"
#include "heddle/types.hpp"

namespace heddle::io {

/// Bits per element of a file's dtype word ("F32", "F4", "C64", ...); 0 for an unknown word.
int dtype_bits(std::string_view dtype) noexcept;

/// Where the dtype stands in the order of alignment by which files are laid out: a tensor of a
/// higher rank comes first. -1 for an unknown word.
int dtype_rank(std::string_view dtype) noexcept;

/// Every known word, comma-separated, for messages.
std::string known_dtypes();

/// The library's type of a file's word; nullopt for one that only passes through.
std::optional<DataType> data_type_of(std::string_view dtype) noexcept;

/// The file's word for a type; "" for a value that is no DataType.
const char* dtype_of(DataType type) noexcept;

/// Bytes of a tensor: the product of `shape` times the width of `dtype`. invalid_argument for an
/// unknown dtype, a negative dimension, an overflow or a size that is not whole bytes.
Result<std::size_t> tensor_bytes(std::string_view dtype, const std::vector<std::int64_t>& shape);

}  // namespace heddle::io
