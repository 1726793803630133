#include "host/cli/packed_matrix.hpp"

#include <utility>

#include "heddle/pack.hpp"

namespace heddle::cli {

Result<DenseMatrix> unpack_matrix(const Exec& exec, const io::SafetensorsReader& reader,
                                  const io::PackedMatrix& matrix) {
  const PackedDesc& desc = matrix.desc;
  const Result<std::size_t> packed_bytes = packed_size(desc);
  if (!packed_bytes.ok()) return in_tensor(matrix.name, packed_bytes.status());
  const Buffer blob = make_buffer(*packed_bytes);
  const PackedView packed{desc, blob.get(), *packed_bytes};
  if (Status s = io::read_packed(exec, reader, matrix, packed); !s.ok()) return s;

  DenseMatrix dense;
  // No overflow: a desc that has a packed size has a dense size of at most 32 times that.
  dense.bytes = static_cast<std::size_t>(desc.rows) * static_cast<std::size_t>(desc.cols) *
                size_of(desc.type);
  dense.memory = make_buffer(dense.bytes);
  const MatrixView out = row_major(dense.memory.get(), desc.rows, desc.cols, desc.type);
  if (Status s = unpack(exec, packed, out); !s.ok()) return in_tensor(matrix.name, s);
  dense.view = out;
  return dense;
}

}  // namespace heddle::cli
