#pragma once
// The device order: packed A as 64 x 64 blocks, each contiguous, in the register order of the
// sparse mma, so that a warp loads a fragment with one 16-byte access per lane.
//
//     payload = blocks, row block by row block, along k within one
//     block   = values: step 0 [tile 0..3] [lane 0..31] 16 bytes, step 1 ...
//               metadata: [tile 0..3] [lane 0..31] words
//
// A step is one instruction's k: 32 compressed bytes of a row. A block has `elem_bytes` steps (1 of
// k64, 2 of k32, 4 of k16). The four row tiles of a step are adjacent: 2 KB that a wgmma warpgroup
// reads as one operand. A lane's metadata word serves two steps (selectors 0 and 1) of a 16-bit
// type and one of an 8-bit type; f32 has two words per lane.

#include <cstdint>

#include "kernels/layout/fragment.hpp"
#include "kernels/layout/metadata.hpp"

namespace heddle::layout {

inline constexpr int kBlockRows = 64;            // four row tiles: a warpgroup
inline constexpr int kBlockCols = 64;            // dense columns
inline constexpr int kBlockCompressedCols = 32;  // stored entries of a row
inline constexpr int kBlockTiles = kBlockRows / kRowTile;

// The shape of a payload. elem_bytes is 1, 2 or 4.
struct DeviceGeometry {
  std::int64_t rows;  // dense m
  std::int64_t cols;  // dense k
  int elem_bytes;

  HEDDLE_HD constexpr std::int64_t row_blocks() const {
    return rows / kBlockRows + (rows % kBlockRows != 0);
  }
  HEDDLE_HD constexpr std::int64_t col_blocks() const {
    return cols / kBlockCols + (cols % kBlockCols != 0);
  }
  HEDDLE_HD constexpr int steps() const { return elem_bytes; }
  HEDDLE_HD constexpr int step_cols() const { return 32 / elem_bytes; }  // compressed
  HEDDLE_HD constexpr int per_reg() const { return 4 / elem_bytes; }
  HEDDLE_HD constexpr MetadataForm form() const {
    return elem_bytes == 1 ? MetadataForm::rows : MetadataForm::halves;
  }
  HEDDLE_HD constexpr int block_chunks() const { return steps() * chunks_per_row(form()); }
  HEDDLE_HD constexpr int lane_words() const { return elem_bytes == 4 ? 2 : 1; }
  HEDDLE_HD constexpr std::int64_t value_bytes() const {  // of a block
    return std::int64_t{kBlockRows} * kBlockCompressedCols * elem_bytes;
  }
  HEDDLE_HD constexpr std::int64_t metadata_bytes() const {  // of a block
    return std::int64_t{kBlockTiles} * kLanes * lane_words() * 4;
  }
  HEDDLE_HD constexpr std::int64_t block_bytes() const { return value_bytes() + metadata_bytes(); }
};

// An entry by its row and its compressed column (32 per block).
struct EntryPlace {
  std::int64_t row;
  std::int64_t col;
};

// A nibble by its row and its chunk (block_chunks() per block).
struct NibblePlace {
  std::int64_t row;
  std::int64_t chunk;
};

// A nibble in the payload: bits 4 * nibble .. + 3 of the little-endian word at byte `word`.
struct NibbleOffset {
  std::int64_t word;
  int nibble;
};

// Byte offset of an entry from the start of the payload.
HEDDLE_HD constexpr std::int64_t value_offset(const DeviceGeometry& geo, EntryPlace p) {
  const std::int64_t block = p.row / kBlockRows * geo.col_blocks() + p.col / kBlockCompressedCols;
  const int row = static_cast<int>(p.row % kBlockRows);
  const int col = static_cast<int>(p.col % kBlockCompressedCols);
  const LaneSlot slot = a_slot({row % kRowTile, col % geo.step_cols()}, geo.per_reg());
  const int fragment = col / geo.step_cols() * kBlockTiles + row / kRowTile;  // (step, tile)
  return block * geo.block_bytes() + (fragment * kLanes + slot.lane) * kFragmentBytes +
         slot.reg * 4 + slot.elem * geo.elem_bytes;
}

// Inverse, for the offset of an entry's first byte inside the values of a block.
HEDDLE_HD constexpr EntryPlace entry_at(const DeviceGeometry& geo, std::int64_t offset) {
  const std::int64_t block = offset / geo.block_bytes();
  const int in_block = static_cast<int>(offset % geo.block_bytes());
  const int fragment = in_block / (kLanes * kFragmentBytes);
  const LaneSlot slot = {in_block / kFragmentBytes % kLanes, in_block / 4 % kFragmentRegs,
                         in_block % 4 / geo.elem_bytes};
  const TilePlace place = a_place(slot, geo.per_reg());
  return {block / geo.col_blocks() * kBlockRows + fragment % kBlockTiles * kRowTile + place.row,
          block % geo.col_blocks() * kBlockCompressedCols +
              fragment / kBlockTiles * geo.step_cols() + place.col};
}

// Place of a nibble in the payload.
HEDDLE_HD constexpr NibbleOffset nibble_offset(const DeviceGeometry& geo, NibblePlace p) {
  const MetadataForm form = geo.form();
  const std::int64_t block = p.row / kBlockRows * geo.col_blocks() + p.chunk / geo.block_chunks();
  const int row = static_cast<int>(p.row % kBlockRows);
  const int chunk = static_cast<int>(p.chunk % geo.block_chunks());
  const int step = chunk / chunks_per_row(form);
  const MetadataSlot slot =
      metadata_slot(form, {row % kRowTile, chunk % chunks_per_row(form), step % selectors(form)});
  const int lane_word =
      (row / kRowTile * kLanes + slot.lane) * geo.lane_words() + step / selectors(form);
  return {block * geo.block_bytes() + geo.value_bytes() + lane_word * 4, slot.nibble};
}

// Inverse, for a word inside the metadata of a block.
HEDDLE_HD constexpr NibblePlace nibble_at(const DeviceGeometry& geo, NibbleOffset o) {
  const MetadataForm form = geo.form();
  const std::int64_t block = o.word / geo.block_bytes();
  const int word = static_cast<int>(o.word % geo.block_bytes() - geo.value_bytes()) / 4;
  const int lane_word = word / geo.lane_words();  // (tile, lane)
  const ChunkPlace place = chunk_place(form, lane_word % kLanes, o.nibble);
  const int step = word % geo.lane_words() * selectors(form) + place.selector;
  return {
      block / geo.col_blocks() * kBlockRows + lane_word / kLanes * kRowTile + place.row,
      block % geo.col_blocks() * geo.block_chunks() + step * chunks_per_row(form) + place.chunk};
}

}  // namespace heddle::layout
