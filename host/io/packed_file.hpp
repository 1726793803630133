#pragma once
// Packed matrices inside a safetensors file (docs/formats.md). Matrix NAME is the tensors
// NAME.values [rows, k_c] and NAME.metadata [rows, metadata_row_bytes] of bytes, and in
// __metadata__ the keys heddle.NAME.pattern, .type, .rows and .cols, with heddle.format_version
// once.

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "heddle/exec.hpp"
#include "heddle/pack.hpp"
#include "heddle/status.hpp"
#include "host/io/safetensors.hpp"

namespace heddle::io {

/// A packed matrix of a file; desc.order is canonical.
struct PackedMatrix {
  std::string name;
  PackedDesc desc;
};

/// The names of a matrix's two tensors.
std::string values_name(const std::string& name);
std::string metadata_name(const std::string& name);

// ---- writing: declare with the first, describe with the second, write with the third ------------

/// The two tensors to declare for a matrix: values, then metadata. unsupported if desc.order is not
/// canonical.
Result<std::array<TensorInfo, 2>> packed_tensors(const PackedMatrix& matrix);

/// Adds the matrix's keys and the version of the format to a file's metadata.
void describe_packed(const PackedMatrix& matrix, Metadata& metadata);

/// Writes the two tensors, the writer's next, straight from a canonical blob. The blob is trusted,
/// as everywhere, to be one that `pack` made or `verify` passed.
Status write_packed(SafetensorsWriter& writer, const ConstPackedView& packed);

// ---- reading ------------------------------------------------------------------------------------

/// Every packed matrix of a file, by name. `corrupt` names the key or tensor that is missing, is
/// malformed or does not fit the others; a file without any gives an empty list.
Result<std::vector<PackedMatrix>> packed_matrices(const SafetensorsReader& reader);

/// Builds the canonical blob of a matrix in the caller's memory and verifies it. out.desc equals
/// matrix.desc and out.bytes >= packed_size(out.desc). `corrupt` names the matrix and the place.
Status read_packed(const Exec& exec, const SafetensorsReader& reader, const PackedMatrix& matrix,
                   const PackedView& out);

/// The same into memory of its own. not_found lists the packed matrices of the file.
Result<std::vector<std::byte>> read_packed(const Exec& exec, const SafetensorsReader& reader,
                                           const std::string& name);

/// Removes the keys of these matrices from a file's metadata, and the version with the last one.
void forget_packed(const std::vector<PackedMatrix>& matrices, Metadata& metadata);

}  // namespace heddle::io
