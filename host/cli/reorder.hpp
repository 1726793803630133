#pragma once
// Tensors of a file with their channels in another order.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "heddle/exec.hpp"
#include "heddle/permute.hpp"
#include "heddle/status.hpp"
#include "heddle/types.hpp"
#include "host/cli/report.hpp"

namespace heddle::cli {

/// Bytes that are the file's, or a copy of one's own.
struct Bytes {
  const void* data = nullptr;
  Buffer memory;  // null: the file's
};

/// Dimension 0 in the order `rows`, dimension 1 in the order `cols`; null: as it is. data:
/// [shape...] elements of `width` bytes. Without either the bytes are `data` itself.
Result<Bytes> reorder(const Exec& exec, const void* data, const std::vector<std::int64_t>& shape,
                      std::size_t width, const Permutation* rows, const Permutation* cols);

/// A weight [K, C, taps ...] as the matrix [taps * K, C] whose groups along rows are the weight's:
/// of two dimensions the weight itself, of more a copy.
struct Unfolded {
  ConstMatrixView matrix;
  Buffer memory;
};
Unfolded unfold(const void* data, const std::vector<std::int64_t>& shape, DataType type);

}  // namespace heddle::cli
