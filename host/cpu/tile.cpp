#include "host/cpu/tile.hpp"

#include "host/cpu/simd.hpp"

namespace heddle::cpu {
namespace {

// Byte offset of element (row, col).
std::int64_t offset_of(const ConstMatrixView& m, std::int64_t row, std::int64_t col) {
  const std::int64_t at = m.order == Order::row ? row * m.ld + col : col * m.ld + row;
  return at * static_cast<std::int64_t>(size_of(m.type));
}

// Stride of a copy: a line more than needed, so that rows do not all fall into one cache set.
std::int64_t copy_stride(std::int64_t cols, DataType type) {
  return cols * static_cast<std::int64_t>(size_of(type)) + kStridePad;
}

std::int64_t stride_of(const ConstMatrixView& m) {
  return m.ld * static_cast<std::int64_t>(size_of(m.type));
}

}  // namespace

ConstTile load_tile(const ConstMatrixView& matrix, std::int64_t row, std::int64_t rows,
                    std::int64_t col, std::int64_t cols, Arena& arena) {
  const std::byte* at = static_cast<const std::byte*>(matrix.data) + offset_of(matrix, row, col);
  if (matrix.order == Order::row) return {at, stride_of(matrix)};
  const std::int64_t stride = copy_stride(cols, matrix.type);
  auto* copy = arena.take<std::byte>(rows * stride);
  transpose_ops().transpose(size_of(matrix.type), at, stride_of(matrix), copy, stride, cols, rows);
  return {copy, stride};
}

Tile open_tile(const MatrixView& matrix, std::int64_t row, std::int64_t rows, std::int64_t col,
               std::int64_t cols, Arena& arena) {
  if (matrix.order == Order::row)
    return {static_cast<std::byte*>(matrix.data) + offset_of(matrix, row, col), stride_of(matrix)};
  const std::int64_t stride = copy_stride(cols, matrix.type);
  return {arena.take<std::byte>(rows * stride), stride};
}

void store_tile(const MatrixView& matrix, std::int64_t row, std::int64_t rows, std::int64_t col,
                std::int64_t cols, const Tile& tile) {
  if (matrix.order == Order::row) return;
  transpose_ops().transpose(size_of(matrix.type), tile.data, tile.stride,
                            static_cast<std::byte*>(matrix.data) + offset_of(matrix, row, col),
                            stride_of(matrix), rows, cols);
}

}  // namespace heddle::cpu
