#include "host/cpu/tile.hpp"

#include <algorithm>
#include <cstring>

namespace heddle::cpu {
namespace {

// out[c][r] = in[r][c]: `rows` lines of `cols` elements each, in blocks that stay in L1.
template <std::size_t kBytes>
void transpose(const std::byte* in, std::int64_t in_stride, std::byte* out, std::int64_t out_stride,
               std::int64_t rows, std::int64_t cols) {
  constexpr std::int64_t kBlock = 16;
  constexpr auto kStep = static_cast<std::int64_t>(kBytes);
  for (std::int64_t r0 = 0; r0 < rows; r0 += kBlock) {
    const std::int64_t r1 = std::min(r0 + kBlock, rows);
    for (std::int64_t c0 = 0; c0 < cols; c0 += kBlock) {
      const std::int64_t c1 = std::min(c0 + kBlock, cols);
      for (std::int64_t r = r0; r < r1; ++r)
        for (std::int64_t c = c0; c < c1; ++c)
          std::memcpy(out + c * out_stride + r * kStep, in + r * in_stride + c * kStep, kBytes);
    }
  }
}

void transpose_any(std::size_t elem_bytes, const std::byte* in, std::int64_t in_stride,
                   std::byte* out, std::int64_t out_stride, std::int64_t rows, std::int64_t cols) {
  const auto run = elem_bytes == 1 ? transpose<1> : elem_bytes == 2 ? transpose<2> : transpose<4>;
  run(in, in_stride, out, out_stride, rows, cols);
}

// Byte offset of element (row, col).
std::int64_t offset_of(const ConstMatrixView& m, std::int64_t row, std::int64_t col) {
  const std::int64_t at = m.order == Order::row ? row * m.ld + col : col * m.ld + row;
  return at * static_cast<std::int64_t>(size_of(m.type));
}

std::int64_t stride_of(const ConstMatrixView& m) {
  return m.ld * static_cast<std::int64_t>(size_of(m.type));
}

}  // namespace

ConstTile load_tile(const ConstMatrixView& matrix, std::int64_t row, std::int64_t rows,
                    std::int64_t col, std::int64_t cols, Arena& arena) {
  const std::byte* at = static_cast<const std::byte*>(matrix.data) + offset_of(matrix, row, col);
  if (matrix.order == Order::row) return {at, stride_of(matrix)};
  const std::size_t size = size_of(matrix.type);
  const std::int64_t stride = cols * static_cast<std::int64_t>(size);
  auto* copy = arena.take<std::byte>(rows * stride);
  transpose_any(size, at, stride_of(matrix), copy, stride, cols, rows);
  return {copy, stride};
}

Tile open_tile(const MatrixView& matrix, std::int64_t row, std::int64_t rows, std::int64_t col,
               std::int64_t cols, Arena& arena) {
  if (matrix.order == Order::row)
    return {static_cast<std::byte*>(matrix.data) + offset_of(matrix, row, col), stride_of(matrix)};
  const std::int64_t stride = cols * static_cast<std::int64_t>(size_of(matrix.type));
  return {arena.take<std::byte>(rows * stride), stride};
}

void store_tile(const MatrixView& matrix, std::int64_t row, std::int64_t rows, std::int64_t col,
                std::int64_t cols, const Tile& tile) {
  if (matrix.order == Order::row) return;
  transpose_any(size_of(matrix.type), tile.data, tile.stride,
                static_cast<std::byte*>(matrix.data) + offset_of(matrix, row, col),
                stride_of(matrix), rows, cols);
}

}  // namespace heddle::cpu
