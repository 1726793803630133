#pragma once
// Pieces of a matrix as row-major memory, whatever the order of the matrix.

#include <cstddef>
#include <cstdint>

#include "heddle/types.hpp"
#include "host/cpu/parallel.hpp"

namespace heddle::cpu {

// Rows of elements, contiguous within a row.
struct ConstTile {
  const std::byte* data;
  std::int64_t stride;  // bytes between rows
  const std::byte* row(std::int64_t r) const { return data + r * stride; }
};
struct Tile {
  std::byte* data;
  std::int64_t stride;
  std::byte* row(std::int64_t r) const { return data + r * stride; }
};

inline constexpr std::int64_t kStridePad = 64;

// Arena bytes that open_tile or load_tile may take for a tile, or for the largest unit.
constexpr std::size_t tile_bytes(std::int64_t rows, std::int64_t cols, std::size_t elem_bytes) {
  return static_cast<std::size_t>(rows) *
             (static_cast<std::size_t>(cols) * elem_bytes + kStridePad) +
         64;
}
constexpr std::size_t tile_bytes(std::size_t elem_bytes) {
  return tile_bytes(kUnitRows, kUnitCols, elem_bytes);
}

// rows x cols elements from (row, col): the matrix itself in row order, else a transposed copy.
ConstTile load_tile(const ConstMatrixView& matrix, std::int64_t row, std::int64_t rows,
                    std::int64_t col, std::int64_t cols, Arena& arena);

// Where to write that piece; store_tile brings it home (nothing to do in row order).
Tile open_tile(const MatrixView& matrix, std::int64_t row, std::int64_t rows, std::int64_t col,
               std::int64_t cols, Arena& arena);
void store_tile(const MatrixView& matrix, std::int64_t row, std::int64_t rows, std::int64_t col,
                std::int64_t cols, const Tile& tile);

}  // namespace heddle::cpu
