#pragma once
// A packed matrix of a file, in memory.

#include <cstddef>

#include "heddle/exec.hpp"
#include "heddle/status.hpp"
#include "heddle/types.hpp"
#include "host/cli/report.hpp"
#include "host/io/packed_file.hpp"
#include "host/io/safetensors.hpp"

namespace heddle::cli {

/// A dense matrix with memory of its own.
struct DenseMatrix {
  Buffer memory;
  std::size_t bytes = 0;
  ConstMatrixView view;
};

/// Reads, verifies and unpacks a matrix; the packed form is gone again when this returns.
Result<DenseMatrix> unpack_matrix(const Exec& exec, const io::SafetensorsReader& reader,
                                  const io::PackedMatrix& matrix);

}  // namespace heddle::cli
