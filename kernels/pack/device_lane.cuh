#pragma once
// A lane's part of a block between memory and registers.

#include "kernels/access.cuh"
#include "kernels/matrix.hpp"
#include "kernels/pack/device_blob.hpp"
#include "kernels/pack/piece.cuh"

namespace heddle {

// A lane's row tile in a block: what each kernel asks for again and again.
struct LanePlace {
  std::int64_t row, col;  // of the dense matrix, where the block starts
  int tile, lane;

  __device__ __forceinline__ std::int64_t piece_row(int half) const {
    return row + tile * layout::kRowTile + heddle::piece_row(lane, half);
  }
  template <int kElem>
  __device__ __forceinline__ std::int64_t piece_col(int index) const {
    return col + DeviceLane<kElem>::piece_col(lane, index);
  }
};

template <class Byte>
__device__ __forceinline__ LanePlace lane_place(std::int64_t block,
                                                const BasicDeviceBlob<Byte>& blob) {
  const std::int64_t row_block = blob.col_blocks.quotient(block);
  const std::int64_t col_block = block - row_block * blob.col_blocks.divisor;
  return {row_block * layout::kBlockRows, col_block * layout::kBlockCols,
          static_cast<int>(threadIdx.x / layout::kLanes),
          static_cast<int>(threadIdx.x % layout::kLanes)};
}

// ---- dense elements -----------------------------------------------------------------------------

// True if runs of kBytes can be moved without a look: the block is inside the matrix, rows are
// contiguous and aligned. The same for all threads.
template <int kElem, int kBytes, class Byte>
__device__ __forceinline__ bool whole_runs(const BasicMatrix<Byte>& m, const LanePlace& at) {
  return m.row_major(kElem) && m.align >= kBytes && at.row + layout::kBlockRows <= m.rows &&
         at.col + layout::kBlockCols <= m.cols;
}

// kCount elements of a row, anywhere, in any order; zero past the matrix.
template <int kElem, int kCount>
__device__ __forceinline__ Run<kElem * kCount> load_elements(const ConstMatrix& m, std::int64_t row,
                                                             std::int64_t col) {
  if (m.row_major(kElem) && row < m.rows && col + kCount <= m.cols)
    return load_run<kElem * kCount>(m.at(row, col), m.align);
  Run<kElem * kCount> run{};
#pragma unroll
  for (int i = 0; i < kCount; ++i)
    if (row < m.rows && col + i < m.cols)
      put_element<kElem>(run, i, load_element<kElem>(m.at(row, col + i), m.align));
  return run;
}

// Writes those of them that are inside the matrix.
template <int kElem, int kCount>
__device__ __forceinline__ void store_elements(const Matrix& m, std::int64_t row, std::int64_t col,
                                               const Run<kElem * kCount>& run) {
  if (m.row_major(kElem) && row < m.rows && col + kCount <= m.cols)
    return store_run<kElem * kCount>(m.at(row, col), run, m.align);
#pragma unroll
  for (int i = 0; i < kCount; ++i)
    if (row < m.rows && col + i < m.cols)
      store_element<kElem>(m.at(row, col + i), element_of<kElem>(run, i), m.align);
}

// A slice's runs of 8 / kElemOfPiece elements, one for each piece: of the matrix itself, or of its
// mask. All loads are issued before any is used.
template <int kElem, int kCount, int kPieces>
struct SliceRuns {
  Run<kElem * kCount> of[kPieces][2];  // [index][half]
};

template <int kElem, int kCount, int kPieces>
__device__ __forceinline__ void load_slice(const ConstMatrix& m, const LanePlace& at, int slice,
                                           SliceRuns<kElem, kCount, kPieces>& runs) {
  using Lane = DeviceLane<kPieceBytes / kCount>;
  const std::int64_t row = at.piece_row(0);
  const std::int64_t col = at.col + Lane::piece_col(at.lane, slice * kPieces);
  if (whole_runs<kElem, kElem * kCount>(m, at)) {
    const std::byte* line[2] = {m.at(row, col), m.at(row + 8, col)};
#pragma unroll
    for (int index = 0; index < kPieces; ++index)
#pragma unroll
      for (int half = 0; half < 2; ++half)
        runs.of[index][half] = load_run<kElem * kCount>(line[half] + 4 * kCount * index * kElem);
  } else {
#pragma unroll
    for (int index = 0; index < kPieces; ++index)
#pragma unroll
      for (int half = 0; half < 2; ++half)
        runs.of[index][half] =
            load_elements<kElem, kCount>(m, row + 8 * half, col + 4 * kCount * index);
  }
}

// ---- the quad's metadata ------------------------------------------------------------------------

namespace detail {

// Seen as pairs of fields of kBits: the lanes `upper` and not exchange so that the other's fields
// of one kind come beside mine of that kind. kLower has ones in the lower field of each pair.
template <int kBits, std::uint32_t kLower>
__device__ __forceinline__ std::uint32_t exchange(std::uint32_t fields, bool upper, int lanes) {
  const std::uint32_t other = __shfl_xor_sync(~0u, fields, lanes);
  const std::uint32_t mine = upper ? ~kLower : kLower;
  return (fields & mine) | ((upper ? other >> kBits : other << kBits) & ~mine);
}

}  // namespace detail

// Field f of lane q becomes field q of lane f, for the four lanes of each quad (field_shift says
// what a field is): fields to metadata words, and words to fields. A warp calls it together.
template <int kElem>
__device__ __forceinline__ std::uint32_t transpose_quad(std::uint32_t fields, int lane) {
  if constexpr (kElem == 1) {
    fields = detail::exchange<16, 0x0000FFFFu>(fields, (lane & 2) != 0, 2);
    return detail::exchange<8, 0x00FF00FFu>(fields, (lane & 1) != 0, 1);
  } else {
    fields = detail::exchange<8, 0x00FF00FFu>(fields, (lane & 2) != 0, 2);
    return detail::exchange<4, 0x0F0F0F0Fu>(fields, (lane & 1) != 0, 1);
  }
}

// ---- a block in memory --------------------------------------------------------------------------

template <int kElem>
using LaneWords = Run<DeviceLane<kElem>::kWordsBytes>;

// Word `slice` of a lane's one or two, without an index at run time.
template <int kBytes>
__device__ __forceinline__ void put_word(Run<kBytes>& words, int slice, std::uint32_t word) {
  if constexpr (kBytes == 4)
    words.word[0] = word;
  else if (slice == 0)
    words.word[0] = word;
  else
    words.word[1] = word;
}
template <int kBytes>
__device__ __forceinline__ std::uint32_t word_of(const Run<kBytes>& words, int slice) {
  if constexpr (kBytes == 4)
    return words.word[0];
  else
    return slice == 0 ? words.word[0] : words.word[1];
}

template <int kElem>
__device__ __forceinline__ void store_fragment(const DeviceBlob& blob, std::byte* block,
                                               const LanePlace& at, int step, const Run<16>& run) {
  store_run<16>(block + DeviceLane<kElem>::fragment_offset(at.tile, at.lane, step), run,
                blob.align);
}
template <int kElem>
__device__ __forceinline__ void store_words(const DeviceBlob& blob, std::byte* block,
                                            const LanePlace& at, const LaneWords<kElem>& words) {
  store_run<DeviceLane<kElem>::kWordsBytes>(
      block + DeviceLane<kElem>::words_offset(at.tile, at.lane), words, blob.align);
}

template <int kElem>
__device__ __forceinline__ Run<16> load_fragment(const ConstDeviceBlob& blob,
                                                 const std::byte* block, const LanePlace& at,
                                                 int step) {
  return load_run<16>(block + DeviceLane<kElem>::fragment_offset(at.tile, at.lane, step),
                      blob.align);
}
template <int kElem>
__device__ __forceinline__ LaneWords<kElem> load_words(const ConstDeviceBlob& blob,
                                                       const std::byte* block,
                                                       const LanePlace& at) {
  return load_run<DeviceLane<kElem>::kWordsBytes>(
      block + DeviceLane<kElem>::words_offset(at.tile, at.lane), blob.align);
}

// The pieces of a slice; `word` is the lane's metadata word of it. A warp calls it together.
template <int kElem>
struct SlicePairs {
  PiecePair of[DeviceLane<kElem>::kSlicePieces];
};

template <int kElem>
__device__ __forceinline__ SlicePairs<kElem> load_pairs(const ConstDeviceBlob& blob,
                                                        const std::byte* block, const LanePlace& at,
                                                        int slice, std::uint32_t word) {
  constexpr int kPieces = DeviceLane<kElem>::kSlicePieces;
  Run<16> fragment[kPieces / 2];
#pragma unroll
  for (int step = 0; step < kPieces / 2; ++step)
    fragment[step] = load_fragment<kElem>(blob, block, at, slice * kPieces / 2 + step);
  const std::uint32_t fields = transpose_quad<kElem>(word, at.lane);
  SlicePairs<kElem> pairs;
#pragma unroll
  for (int index = 0; index < kPieces; ++index) {
    const Run<16>& run = fragment[index / 2];
    pairs.of[index] = {{run.word[piece_register(index, 0)], run.word[piece_register(index, 1)]},
                       fields >> field_shift(kElem, index, 0, 0)};
  }
  return pairs;
}

}  // namespace heddle
