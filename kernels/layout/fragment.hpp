#pragma once
// Where the A operand of one sparse mma lies in a warp's registers.
//
// One instruction takes 16 rows x 32 bytes of *compressed* A: 4 registers of 32 bits in each of 32
// lanes. With e = elements per register, g = lane / 4 and q = lane % 4:
//
//     lane (g, q), register r, element i   holds   row g + 8 * (r & 1)
//                                                  compressed column 4e * (r >> 1) + e * q + i
//
// It is the dense m16n8 fragment of the compressed matrix (PTX ISA, "Matrix fragments for sparse
// mma"). A warp of a wgmma warpgroup holds the same fragment of its own 16 rows.

#include "kernels/layout/host_device.hpp"

namespace heddle::layout {

inline constexpr int kRowTile = 16;        // rows of one mma.sp, and of one warp of wgmma.sp
inline constexpr int kLanes = 32;          // lanes of a warp
inline constexpr int kFragmentRegs = 4;    // 32-bit registers of A per lane
inline constexpr int kFragmentBytes = 16;  // bytes of A per lane: one vector load

// A place in a fragment.
struct LaneSlot {
  int lane;  // 0..31
  int reg;   // 0..3
  int elem;  // 0..per_reg-1, low bits first
};

// A place in the 16-row tile that the fragment covers.
struct TilePlace {
  int row;  // 0..15
  int col;  // compressed column, 0..8*per_reg-1
};

// per_reg: elements per 32-bit register (1 for f32, 2 for 16-bit, 4 for 8-bit types).
HEDDLE_HD constexpr TilePlace a_place(LaneSlot s, int per_reg) {
  const int g = s.lane / 4, q = s.lane % 4;
  return {g + 8 * (s.reg & 1), 4 * per_reg * (s.reg >> 1) + per_reg * q + s.elem};
}

HEDDLE_HD constexpr LaneSlot a_slot(TilePlace p, int per_reg) {
  const int word = p.col / per_reg;  // 32-bit word of the row, 0..7
  return {4 * (p.row % 8) + word % 4, p.row / 8 + 2 * (word / 4), p.col % per_reg};
}

}  // namespace heddle::layout
