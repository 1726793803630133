#pragma once
// Metadata of the sparse mma: what a nibble says, and which lane supplies it.
//
// The instruction sees A in chunks of 4 columns (2 for f32, seen as four 16-bit halves). A chunk is
// one nibble: bits 1:0 the position of its first stored entry, bits 3:2 of the second, ascending.

#include "kernels/layout/host_device.hpp"

namespace heddle::layout {

// ---- the alphabet -------------------------------------------------------------------------------

// The six legal nibbles of 2:4: position pairs (0,1) (0,2) (1,2) (0,3) (1,3) (2,3).
inline constexpr unsigned kLegalNibbles[6] = {0x4, 0x8, 0x9, 0xC, 0xD, 0xE};

// The two legal nibbles of f32 1:2: an entry is a pair of 16-bit halves, (0,1) or (2,3).
inline constexpr unsigned kFirstHalves = 0x4, kSecondHalves = 0xE;

HEDDLE_HD constexpr unsigned make_nibble(int first, int second) {
  return static_cast<unsigned>(first | second << 2);
}
HEDDLE_HD constexpr int nibble_first(unsigned nibble) { return static_cast<int>(nibble & 3u); }
HEDDLE_HD constexpr int nibble_second(unsigned nibble) {
  return static_cast<int>(nibble >> 2 & 3u);
}

// Legal for 8- and 16-bit types: two positions, ascending.
HEDDLE_HD constexpr bool is_legal_nibble(unsigned nibble) {
  return nibble < 16 && nibble_first(nibble) < nibble_second(nibble);
}

// f32 1:2: the nibble of kept position 0 or 1, and back.
HEDDLE_HD constexpr unsigned half_pair_nibble(int position) {
  return position == 0 ? kFirstHalves : kSecondHalves;
}
HEDDLE_HD constexpr bool is_half_pair_nibble(unsigned nibble) {
  return nibble == kFirstHalves || nibble == kSecondHalves;
}
HEDDLE_HD constexpr int half_pair_position(unsigned nibble) {
  return nibble == kSecondHalves ? 1 : 0;
}

// ---- lanes --------------------------------------------------------------------------------------

// Which lanes supply the 32-bit metadata word of an instruction (PTX ISA, sparse mma metadata).
enum class MetadataForm {
  halves,  // f16, bf16 at k32 and tf32 at k16: 8 chunks a row; a lane holds 4 chunks of two rows
  rows,    // 8-bit types at k64: 16 chunks a row; a lane holds 8 chunks of one row
};

HEDDLE_HD constexpr int chunks_per_row(MetadataForm form) {
  return form == MetadataForm::halves ? 8 : 16;
}
// Instructions whose metadata one word per lane can hold: the selectors 0..n-1.
HEDDLE_HD constexpr int selectors(MetadataForm form) {
  return form == MetadataForm::halves ? 2 : 1;
}

// A nibble's place in the words a warp supplies: bits 4 * nibble .. + 3 of the lane's word.
struct MetadataSlot {
  int lane;      // 0..31
  int nibble;    // 0..7
  int selector;  // the instruction's sparsity selector
};

// A nibble's place in the 16-row tile of one instruction.
struct ChunkPlace {
  int row;       // 0..15
  int chunk;     // 0..chunks_per_row-1
  int selector;  // which of the instructions sharing the word
};

HEDDLE_HD constexpr MetadataSlot metadata_slot(MetadataForm form, ChunkPlace p) {
  const int g = p.row % 8, h = p.row / 8;
  if (form == MetadataForm::halves)
    return {4 * g + 2 * p.selector + p.chunk / 4, p.chunk % 4 + 4 * h, p.selector};
  return {4 * g + 2 * (p.chunk / 8) + h, p.chunk % 8, 0};
}

// Inverse; for `halves` the lane itself says which selector it serves.
HEDDLE_HD constexpr ChunkPlace chunk_place(MetadataForm form, int lane, int nibble) {
  const int g = lane / 4, q = lane % 4;
  if (form == MetadataForm::halves) return {g + 8 * (nibble / 4), 4 * (q % 2) + nibble % 4, q / 2};
  return {g + 8 * (q % 2), 8 * (q / 2) + nibble, 0};
}

}  // namespace heddle::layout
