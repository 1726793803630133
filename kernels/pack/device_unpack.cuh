#pragma once
// The mirror image of device_pack.cuh: a warp reads a row tile's fragments and writes dense runs.

#include "kernels/pack/device_lane.cuh"
#include "kernels/pack/device_unpack.hpp"

namespace heddle {

template <int kElem>
__device__ __forceinline__ void unpack_slice(const DeviceUnpackArgs& args, const LanePlace& at,
                                             int slice, const SlicePairs<kElem>& pairs) {
  using Lane = DeviceLane<kElem>;
  const std::int64_t row = at.piece_row(0);
  const std::int64_t col = at.piece_col<kElem>(slice * Lane::kSlicePieces);
  const bool whole = whole_runs<kElem, kPieceBytes>(args.out, at);
#pragma unroll
  for (int index = 0; index < Lane::kSlicePieces; ++index)
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const Run<8> dense = dense_piece<kElem>(args.kind, pairs.of[index], half);
      const std::int64_t r = row + 8 * half, c = col + 4 * Lane::kPieceCols * index;
      if (whole)
        store_run<8>(args.out.data + r * args.out.row_step + c * kElem, dense);
      else
        store_elements<kElem, Lane::kPieceCols>(args.out, r, c, dense);
    }
}

template <int kElem>
__global__ void __launch_bounds__(kDeviceThreads)
    unpack_device(const __grid_constant__ DeviceUnpackArgs args) {
  for (std::int64_t index = blockIdx.x; index < args.in.blocks; index += gridDim.x) {
    const LanePlace at = lane_place(index, args.in);
    const std::byte* block = args.in.block<kElem>(index);
    const LaneWords<kElem> words = load_words<kElem>(args.in, block, at);
#pragma unroll 1
    for (int slice = 0; slice < DeviceLane<kElem>::kSlices; ++slice)
      unpack_slice<kElem>(args, at, slice,
                          load_pairs<kElem>(args.in, block, at, slice, word_of(words, slice)));
  }
}

}  // namespace heddle
