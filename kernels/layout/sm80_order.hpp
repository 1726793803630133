#pragma once
// Where CUTLASS's sm_80 kernels (and PyTorch's tensors for them) have the metadata of a row.
//
// A piece is four nibbles of a row for 16- and 32-bit elements (a half of a 32-bit word) and eight
// for 8-bit ones (a word). The word modulo 32 is the lane that supplies it: 32 words serve 32 rows
// (8-bit: 16) and two pieces of each. Such words follow one another down the rows, then along k.

#include <cstdint>

#include "kernels/layout/host_device.hpp"

namespace heddle::layout {

// A piece by its row and its number along k.
struct PiecePlace {
  std::int64_t row;
  std::int64_t piece;
};

// Nibbles of a piece, and rows that share 32 words.
HEDDLE_HD constexpr int sm80_piece_chunks(int elem_bytes) { return elem_bytes == 1 ? 8 : 4; }
HEDDLE_HD constexpr int sm80_row_group(int elem_bytes) { return elem_bytes == 1 ? 16 : 32; }

// Byte offset of a piece in the metadata of a matrix of `rows` rows, a multiple of the row group.
HEDDLE_HD constexpr std::int64_t sm80_offset(int elem_bytes, std::int64_t rows, PiecePlace p) {
  const std::int64_t group = sm80_row_group(elem_bytes);
  const std::int64_t pair = p.piece / 2, side = p.piece % 2;
  const std::int64_t words = pair * (rows / group) * 32 + p.row / group * 32 + 4 * (p.row % 8);
  const std::int64_t lower = p.row / 8 % 2;  // rows g and g + 8
  if (elem_bytes == 1) return 4 * (words + 2 * side + lower);
  return 4 * (words + 2 * (p.row / 16 % 2) + side) + 2 * lower;
}

// Inverse.
HEDDLE_HD constexpr PiecePlace sm80_place(int elem_bytes, std::int64_t rows, std::int64_t offset) {
  const std::int64_t group = sm80_row_group(elem_bytes);
  const std::int64_t word = offset / 4, tile = word / 32, lane = word % 32;
  const std::int64_t tiles = rows / group;
  const std::int64_t row = tile % tiles * group + lane / 4;
  const std::int64_t piece = tile / tiles * 2;
  if (elem_bytes == 1) return {row + 8 * (lane % 2), piece + lane / 2 % 2};
  return {row + 16 * (lane / 2 % 2) + 8 * (offset / 2 % 2), piece + lane % 2};
}

}  // namespace heddle::layout
