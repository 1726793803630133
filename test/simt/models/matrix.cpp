#include "test/simt/models/matrix.hpp"

#include <cstring>

namespace heddle::simt::models {
namespace {

// An 8 x 8 matrix in a register of each lane: lane 4g + q has elements 2q and 2q + 1 of row g.
struct Place {
  int lane, half;
};
Place place(int row, int column) { return {4 * row + column / 2, column % 2}; }

std::uint16_t half_of(const MatrixLane& lane, int reg, int half) {
  return static_cast<std::uint16_t>(lane.r[reg] >> 16 * half);
}

void set_half(MatrixLane& lane, int reg, int half, std::uint16_t value) {
  const std::uint32_t other = lane.r[reg] & (half ? 0x0000FFFFu : 0xFFFF0000u);
  lane.r[reg] = other | std::uint32_t{value} << 16 * half;
}

Place place(int row, int column, bool trans) {
  return trans ? place(column, row) : place(row, column);
}

}  // namespace

void ldmatrix(int count, bool trans, MatrixLane (&lanes)[32]) {
  for (int j = 0; j < count; ++j) {
    for (int row = 0; row < 8; ++row) {
      std::uint16_t elements[8];
      std::memcpy(elements, lanes[8 * j + row].row, sizeof elements);
      for (int column = 0; column < 8; ++column) {
        const Place to = place(row, column, trans);
        set_half(lanes[to.lane], j, to.half, elements[column]);
      }
    }
  }
}

void stmatrix(int count, bool trans, MatrixLane (&lanes)[32]) {
  for (int j = 0; j < count; ++j) {
    for (int row = 0; row < 8; ++row) {
      std::uint16_t elements[8];
      for (int column = 0; column < 8; ++column) {
        const Place from = place(row, column, trans);
        elements[column] = half_of(lanes[from.lane], j, from.half);
      }
      std::memcpy(lanes[8 * j + row].row, elements, sizeof elements);
    }
  }
}

void movmatrix(MatrixLane (&lanes)[32]) {
  std::uint16_t elements[8][8];
  for (int row = 0; row < 8; ++row) {
    for (int column = 0; column < 8; ++column) {
      const Place from = place(row, column);
      elements[row][column] = half_of(lanes[from.lane], 0, from.half);
    }
  }
  for (int row = 0; row < 8; ++row) {
    for (int column = 0; column < 8; ++column) {
      const Place to = place(row, column);
      set_half(lanes[to.lane], 0, to.half, elements[column][row]);
    }
  }
}

}  // namespace heddle::simt::models
