#pragma once
// What one lane holds of a 64 x 64 block in device order, seen from the dense matrix.
//
// A *piece* is 8 dense bytes of a row; its stored entries are one 32-bit register of a fragment.
// Warp t takes row tile t. Lane (g, q) = (lane / 4, lane % 4) holds, for every type alike,
//
//     pieces (index, half)   rows g + 8 * half of the tile,  dense bytes 8q + 32 * index of the row
//
// and puts the entries of piece (index, half) into register half + 2 * (index % 2) of step
// index / 2. So the four lanes of a *quad* (one g) read whole sectors of 32 bytes.
//
// A *slice* is the pieces whose nibbles share one metadata word of each lane: two steps, or the one
// step of 8-bit types.

#include "kernels/layout/device_order.hpp"

namespace heddle {

// The patterns that device order holds; one_of_two is the only one of f32.
enum class DeviceKind { two_of_four, one_of_two, one_of_four };

HEDDLE_HD constexpr int group_cols(DeviceKind kind) {
  return kind == DeviceKind::one_of_two ? 2 : 4;
}

inline constexpr int kDeviceThreads = layout::kBlockTiles * layout::kLanes;  // a block's four tiles
inline constexpr int kPieceBytes = 8;

// Constants of an element size.
template <int kElem>
struct DeviceLane {
  static constexpr layout::DeviceGeometry kBlock = {layout::kBlockRows, layout::kBlockCols, kElem};
  static constexpr int kPieceCols = kPieceBytes / kElem;
  static constexpr int kPieceChunks = kElem == 1 ? 2 : 1;
  static constexpr int kChunkCols = kPieceCols / kPieceChunks;
  static constexpr int kSlices = kBlock.lane_words();
  static constexpr int kSlicePieces = 2 * kElem / kSlices;  // in each of the two rows
  static constexpr int kWordsBytes = 4 * kSlices;

  // First dense column, in the block, of piece `index`.
  HEDDLE_HD static constexpr int piece_col(int lane, int index) {
    return lane % 4 * kPieceCols + index * (4 * kPieceCols);
  }
  // Offsets in the block of a lane's fragment and of its metadata words.
  HEDDLE_HD static constexpr int fragment_offset(int tile, int lane, int step) {
    return ((step * layout::kBlockTiles + tile) * layout::kLanes + lane) * layout::kFragmentBytes;
  }
  HEDDLE_HD static constexpr int words_offset(int tile, int lane) {
    return static_cast<int>(kBlock.value_bytes()) + (tile * layout::kLanes + lane) * kWordsBytes;
  }
};

HEDDLE_HD constexpr int piece_row(int lane, int half) {  // in the row tile
  return lane / 4 + 8 * half;
}
HEDDLE_HD constexpr int piece_register(int index, int half) { return half + 2 * (index % 2); }

// The nibbles of a slice, before its quad has exchanged them, are a lane's *fields*: field f is for
// lane f of the quad, and comes to lie where the sending lane's number q says. Fields are one byte
// of 8-bit types, and otherwise one nibble in each half of the word (one for each of the two rows).
HEDDLE_HD constexpr int field_shift(int elem_bytes, int index, int half, int chunk) {
  return elem_bytes == 1 ? 8 * (2 * index + half) + 4 * chunk : 4 * index + 16 * half;
}

namespace detail {

// That all of this is what kernels/layout says.
template <int kElem>
constexpr bool lane_agrees() {
  using Lane = DeviceLane<kElem>;
  const auto& geo = Lane::kBlock;
  const int entry_cols = layout::kBlockCols / layout::kBlockCompressedCols;
  for (int tile = 0; tile < layout::kBlockTiles; ++tile)
    for (int lane = 0; lane < layout::kLanes; ++lane)
      for (int index = 0; index < 2 * kElem; ++index)
        for (int half = 0; half < 2; ++half) {
          const int row = tile * layout::kRowTile + piece_row(lane, half);
          const int col = Lane::piece_col(lane, index);
          if (layout::value_offset(geo, {row, col / entry_cols}) !=
              Lane::fragment_offset(tile, lane, index / 2) + 4 * piece_register(index, half))
            return false;
          for (int chunk = 0; chunk < Lane::kPieceChunks; ++chunk) {
            const int slice = index / Lane::kSlicePieces;
            const int shift = field_shift(kElem, index % Lane::kSlicePieces, half, chunk);
            const int field = kElem == 1 ? shift / 8 : shift % 16 / 4;
            const int nibble =
                kElem == 1 ? 2 * (lane % 4) + shift % 8 / 4 : lane % 4 + shift / 16 * 4;
            const auto place = layout::nibble_offset(geo, {row, col / Lane::kChunkCols + chunk});
            if (place.word != Lane::words_offset(tile, lane / 4 * 4 + field) + 4 * slice ||
                place.nibble != nibble)
              return false;
          }
        }
  return true;
}
static_assert(lane_agrees<1>() && lane_agrees<2>() && lane_agrees<4>());

}  // namespace detail
}  // namespace heddle
