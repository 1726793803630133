#pragma once
// A thread block packs 64 x 64 blocks, a warp a row tile of each. docs/kernels/pack_device.md.

#include "kernels/pack/device_lane.cuh"
#include "kernels/pack/device_pack.hpp"
#include "kernels/pack/header.cuh"
#include "kernels/report/tally.cuh"

namespace heddle {

template <int kElem, DeviceKind kKind>
__device__ __forceinline__ void report_crowded(const DevicePackArgs& args, const LanePlace& at,
                                               int index, CrowdedGroups crowded,
                                               Findings& findings) {
  const std::int64_t group = at.piece_col<kElem>(index) / group_cols(kKind);
#pragma unroll 1
  for (int bit = 0; bit < 8; ++bit)
    if ((crowded >> bit & 1u) != 0)
      findings.add(
          static_cast<unsigned long long>(at.piece_row(bit / 4) * args.groups + group + bit % 4));
}

// Writes the lane's fragments of a slice and returns its fields.
template <int kElem, DeviceKind kKind, DeviceSource kSource>
__device__ __forceinline__ std::uint32_t pack_slice(const DevicePackArgs& args, std::byte* block,
                                                    const LanePlace& at, int slice,
                                                    Findings& findings) {
  using Lane = DeviceLane<kElem>;
  SliceRuns<kElem, Lane::kPieceCols, Lane::kSlicePieces> dense;
  SliceRuns<1, Lane::kPieceCols, Lane::kSlicePieces> keep;
  load_slice(args.matrix, at, slice, dense);
  if constexpr (kSource == DeviceSource::mask) load_slice(args.mask, at, slice, keep);
  std::uint32_t fields = 0;
  Run<16> fragment;
#pragma unroll
  for (int index = 0; index < Lane::kSlicePieces; ++index) {
    PiecePair pair;
    if constexpr (kSource != DeviceSource::mask) {
      constexpr bool kIntegers = kSource == DeviceSource::best_integer;
      pair = best_pieces<kElem, kKind, kIntegers>(dense.of[index], args.rule);
    } else {
      CrowdedGroups crowded;
      pair = masked_pieces<kElem, kKind>(dense.of[index], keep.of[index], crowded);
      if (crowded != 0)
        report_crowded<kElem, kKind>(args, at, slice * Lane::kSlicePieces + index, crowded,
                                     findings);
    }
    fields |= pair.nibbles << field_shift(kElem, index, 0, 0);
    fragment.word[piece_register(index, 0)] = pair.word[0];
    fragment.word[piece_register(index, 1)] = pair.word[1];
    if (index % 2 == 1)
      store_fragment<kElem>(args.out, block, at, (slice * Lane::kSlicePieces + index) / 2,
                            fragment);
  }
  return fields;
}

template <int kElem, DeviceKind kKind, DeviceSource kSource>
__global__ void __launch_bounds__(kDeviceThreads)
    pack_device(const __grid_constant__ DevicePackArgs args) {
  if (blockIdx.x == 0) write_header(args.out.data, args.header, args.out.align);
  Findings findings;
  for (std::int64_t index = blockIdx.x; index < args.out.blocks; index += gridDim.x) {
    const LanePlace at = lane_place(index, args.out);
    std::byte* block = args.out.block<kElem>(index);
    LaneWords<kElem> words{};
#pragma unroll 1
    for (int slice = 0; slice < DeviceLane<kElem>::kSlices; ++slice) {
      const std::uint32_t fields =
          pack_slice<kElem, kKind, kSource>(args, block, at, slice, findings);
      put_word(words, slice, transpose_quad<kElem>(fields, at.lane));
    }
    store_words<kElem>(args.out, block, at, words);
  }
  if constexpr (kSource == DeviceSource::mask) {
    if (args.tally != nullptr) publish(args.tally, findings);
  }
}

}  // namespace heddle
