#pragma once
// The formats of others, written down a second time from their own descriptions: entry by entry,
// from what a blob must store.

#include <cstdint>
#include <cstring>
#include <vector>

#include "heddle/interchange.hpp"
#include "test/host/pack_case.hpp"

namespace heddle::oracle {

using Bytes = std::vector<unsigned char>;

struct Arrays {
  Bytes values, metadata;
  ConstPackedArrays view() const {
    return {values.data(), values.size(), metadata.data(), metadata.size()};
  }
  friend bool operator==(const Arrays&, const Arrays&) = default;
};

inline void put(Bytes& bytes, std::size_t at, std::uint64_t value, std::size_t size) {
  std::memcpy(bytes.data() + at, &value, size);
}

// CUTLASS in its own three steps (reorder_meta of host_reorder.h, then the interleaved column-major
// layout): rows of a group are dealt out, 2 x 2 blocks transposed, and pairs of columns stored
// column by column.
inline std::size_t cutlass_index(std::int64_t rows, std::int64_t row, std::int64_t col,
                                 bool halves) {
  const std::int64_t group = halves ? 32 : 16, stride = halves ? 4 : 2;
  std::int64_t to_row = row / group * group + row % 8 * stride + row % group / 8;
  std::int64_t to_col = col;
  if (to_row % 2 == 0 && to_col % 2 == 1) {
    ++to_row;
    --to_col;
  } else if (to_row % 2 == 1 && to_col % 2 == 0) {
    --to_row;
    ++to_col;
  }
  return static_cast<std::size_t>(to_col / 2 * rows * 2 + to_row * 2 + to_col % 2);
}

// The two arrays of the sm80 order for what `mask` keeps.
inline Arrays sm80_arrays(const Matrix& m, const Mask& mask) {
  const bool f32 = m.type() == DataType::f32;
  const Pattern pattern = f32 ? Pattern{1, 2} : Pattern{2, 4};
  const std::size_t size = size_of(m.type());
  const std::int64_t chunks = size == 1 ? 8 : 4;  // of a piece
  const std::int64_t pieces = m.cols() / pattern.group / chunks;
  const std::size_t piece_bytes = static_cast<std::size_t>(chunks) / 2;
  Arrays out;
  out.values = canonical_values(m, mask, pattern);
  out.metadata.resize(static_cast<std::size_t>(m.rows() * pieces) * piece_bytes);
  for (std::int64_t r = 0; r < m.rows(); ++r) {
    const StoredRow row = stored_row(m, mask, pattern, r);
    for (std::int64_t p = 0; p < pieces; ++p) {
      std::uint64_t word = 0;
      for (std::int64_t c = 0; c < chunks; ++c) {
        const auto g = static_cast<std::size_t>(p * chunks + c);
        // An f32 is two halves: the lower and the upper index of its pair.
        const int first = f32 ? 2 * row.position[g] : row.position[2 * g];
        const int second = f32 ? first + 1 : row.position[2 * g + 1];
        word |= static_cast<std::uint64_t>(first + 4 * second) << 4 * c;
      }
      const std::size_t at = cutlass_index(m.rows(), r, p, size != 1) * piece_bytes;
      put(out.metadata, at, word, piece_bytes);
    }
  }
  return out;
}

// compressed-tensors' sparse-24-bitmask: the kept values of each row, and numpy.packbits of the
// mask, little end first.
inline Arrays bitmask_arrays(const Matrix& m, const Mask& mask) {
  Arrays out;
  out.values = canonical_values(m, mask, {2, 4});
  const std::int64_t stride = (m.cols() + 7) / 8;
  out.metadata.resize(static_cast<std::size_t>(m.rows() * stride));
  const Mask stored = stored_mask(mask, {2, 4});
  for (std::int64_t r = 0; r < m.rows(); ++r)
    for (std::int64_t c = 0; c < m.cols(); ++c)
      if (stored.kept(r, c))
        out.metadata[static_cast<std::size_t>(r * stride + c / 8)] |=
            static_cast<unsigned char>(1 << c % 8);
  return out;
}

}  // namespace heddle::oracle
