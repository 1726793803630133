#pragma once
// A warp reads a row tile as unpacking does, and checks chunk by chunk.

#include "kernels/pack/device_lane.cuh"
#include "kernels/pack/device_verify.hpp"
#include "kernels/pack/header.cuh"
#include "kernels/report/tally.cuh"

namespace heddle {

template <int kElem>
__device__ __forceinline__ bool chunk_is_legal(DeviceKind kind, unsigned nibble) {
  if constexpr (kElem == 4)
    return nibble == layout::kFirstHalves || nibble == layout::kSecondHalves;
  if (!layout::is_legal_nibble(nibble)) return false;
  if (kind == DeviceKind::one_of_two)
    return layout::nibble_first(nibble) < 2 && layout::nibble_second(nibble) >= 2;
  return kind != DeviceKind::one_of_four || layout::is_one_of_four_nibble(nibble);
}

// What is wrong with the chunk at (row, col), if anything; the first rule broken counts.
template <int kElem>
__device__ __forceinline__ DeviceFault chunk_fault(const DeviceVerifyArgs& args, std::int64_t row,
                                                   std::int64_t col, const StoredChunk& stored) {
  const unsigned nibble = stored.nibble;
  if (!chunk_is_legal<kElem>(args.kind, nibble)) return DeviceFault::position;
  if (row >= args.in.rows || col >= args.in.cols) {
    const unsigned lowest = kElem < 4 && args.kind == DeviceKind::one_of_two
                                ? layout::make_nibble(0, 2)
                                : layout::make_nibble(0, 1);
    return nibble == lowest && stored.entries == 0 ? DeviceFault::none : DeviceFault::padding;
  }
  const auto past_end = [&](int position) { return col + position >= args.in.cols; };
  if constexpr (kElem == 4) {
    return past_end(nibble == layout::kSecondHalves ? 1 : 0) && stored.entries != 0
               ? DeviceFault::value
               : DeviceFault::none;
  } else {
    const std::uint32_t entry[2] = {entry_of<kElem>(stored, 0), entry_of<kElem>(stored, 1)};
    if ((past_end(layout::nibble_first(nibble)) && entry[0] != 0) ||
        (past_end(layout::nibble_second(nibble)) && entry[1] != 0))
      return DeviceFault::value;
    if (args.kind == DeviceKind::one_of_two && past_end(2) && layout::nibble_second(nibble) != 2)
      return DeviceFault::padding;  // the second group of the chunk is padding
    if (args.kind == DeviceKind::one_of_four) {
      const bool second_kept = layout::one_of_four_slot(layout::one_of_four_position(nibble)) == 1;
      if ((second_kept ? entry[0] : entry[1]) != 0) return DeviceFault::filler;
    }
    return DeviceFault::none;
  }
}

template <int kElem>
__device__ __forceinline__ void verify_slice(const DeviceVerifyArgs& args, const LanePlace& at,
                                             int slice, const SlicePairs<kElem>& pairs,
                                             Findings& findings) {
  using Lane = DeviceLane<kElem>;
#pragma unroll
  for (int index = 0; index < Lane::kSlicePieces; ++index)
#pragma unroll
    for (int half = 0; half < 2; ++half)
#pragma unroll
      for (int chunk = 0; chunk < Lane::kPieceChunks; ++chunk) {
        const std::int64_t row = at.piece_row(half);
        const std::int64_t col =
            at.piece_col<kElem>(slice * Lane::kSlicePieces + index) + chunk * Lane::kChunkCols;
        const DeviceFault fault =
            chunk_fault<kElem>(args, row, col, chunk_of<kElem>(pairs.of[index], half, chunk));
        if (fault != DeviceFault::none)
          findings.add(static_cast<unsigned long long>(
              (row * (args.groups + 1) + col / group_cols(args.kind)) * kFindingKinds +
              static_cast<int>(fault)));
      }
}

template <int kElem>
__global__ void __launch_bounds__(kDeviceThreads)
    verify_device(const __grid_constant__ DeviceVerifyArgs args) {
  Findings findings;
  if (blockIdx.x == 0 && header_differs(args.in.data, args.header, args.in.align))
    findings.add(static_cast<unsigned long long>(DeviceFault::header));
  for (std::int64_t index = blockIdx.x; index < args.in.blocks; index += gridDim.x) {
    const LanePlace at = lane_place(index, args.in);
    const std::byte* block = args.in.block<kElem>(index);
    const LaneWords<kElem> words = load_words<kElem>(args.in, block, at);
#pragma unroll 1
    for (int slice = 0; slice < DeviceLane<kElem>::kSlices; ++slice)
      verify_slice<kElem>(args, at, slice,
                          load_pairs<kElem>(args.in, block, at, slice, word_of(words, slice)),
                          findings);
  }
  publish(args.tally, findings);
}

}  // namespace heddle
