#pragma once
// Matrices in the files of compressed-tensors (docs/interchange.md). The weight PREFIX.weight is the
// tensors PREFIX.compressed, PREFIX.bitmask and PREFIX.shape, and in sparse-bitmask
// PREFIX.row_offsets too.

#include <array>
#include <string>
#include <vector>

#include "heddle/exec.hpp"
#include "heddle/pack.hpp"
#include "heddle/status.hpp"
#include "host/io/packed_file.hpp"
#include "host/io/safetensors.hpp"

namespace heddle::io {

/// Such a matrix of a file.
struct BitmaskMatrix {
  PackedMatrix packed;       ///< what it is packed: the weight's name, canonical order
  std::string prefix;        ///< of its tensors
  bool row_offsets = false;  ///< sparse-bitmask; else sparse-24-bitmask
  /// The names of its tensors; the first is PREFIX.compressed.
  std::vector<std::string> parts() const;
};

/// Every such matrix, by prefix. Those of sparse-bitmask follow `pattern`, which the format does
/// not know; the others are 2:4. `corrupt` names the tensor that is missing, malformed or does not
/// fit the others; a file without any gives an empty list. A PREFIX.compressed without a
/// PREFIX.bitmask is another format's.
Result<std::vector<BitmaskMatrix>> bitmask_matrices(const SafetensorsReader& reader,
                                                    Pattern pattern);

/// Packs a matrix of the file. out.desc equals matrix.packed.desc. `corrupt` and not_compliant name
/// the matrix and the place.
Status read_bitmask(const Exec& exec, const SafetensorsReader& reader, const BitmaskMatrix& matrix,
                    const PackedView& out);

/// The three tensors of sparse-24-bitmask to declare for a packed matrix: compressed, bitmask,
/// shape. unsupported for a name that does not end in .weight and for what bitmask_layout refuses.
Result<std::array<TensorInfo, 3>> bitmask_tensors(const PackedMatrix& matrix);

/// Writes the three, the writer's next.
Status write_bitmask(const Exec& exec, SafetensorsWriter& writer, const ConstPackedView& packed);

}  // namespace heddle::io
