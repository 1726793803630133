#pragma once
// From a packed matrix in a file to a blob in memory, strip of rows by strip of rows.

#include "heddle/checkpoint.hpp"
#include "heddle/exec.hpp"
#include "heddle/pack.hpp"
#include "heddle/status.hpp"
#include "host/io/packed_file.hpp"
#include "host/io/safetensors.hpp"

namespace heddle::io {

/// Checkpoint::read of a part.
Status read_slice(const Exec& exec, const SafetensorsReader& reader, const PackedMatrix& matrix,
                  const MatrixSlice& slice, const PackedView& out);

}  // namespace heddle::io
