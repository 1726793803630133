#pragma once
// Each lane asks for the entries of its pieces one by one. docs/kernels/pack_device.md.

#include "kernels/pack/device_copy.hpp"
#include "kernels/pack/device_lane.cuh"
#include "kernels/pack/header.cuh"

namespace heddle {

// A stored entry: where in its group, and its bits.
struct GroupEntry {
  int position;
  std::uint32_t bits;
};

__device__ __forceinline__ int kept_entries(DeviceKind kind) {
  return kind == DeviceKind::two_of_four ? 2 : 1;
}

template <int kElem>
__device__ __forceinline__ GroupEntry canonical_entry(const PackedSource& in, DeviceKind kind,
                                                      std::int64_t row, std::int64_t group,
                                                      int which) {
  const std::int64_t entry = group * kept_entries(kind) + which;
  const int width = kind == DeviceKind::one_of_two ? 1 : 2;  // bits of a position
  const std::byte* value = in.data + in.values + row * in.row_values + entry * kElem;
  const std::byte* byte = in.data + in.metadata + row * in.row_metadata + entry * width / 8;
  const unsigned field = static_cast<unsigned>(*byte) >> entry * width % 8;
  return {static_cast<int>(field & ((1u << width) - 1)), load_element<kElem>(value, in.align)};
}

template <int kElem>
__device__ __forceinline__ GroupEntry device_entry(const PackedSource& in, DeviceKind kind,
                                                   std::int64_t row, std::int64_t group,
                                                   int which) {
  const layout::DeviceGeometry geo = {in.rows, in.cols, kElem};
  const bool two_groups = kElem < 4 && kind == DeviceKind::one_of_two;  // share a chunk
  const std::byte* payload = in.data + 4 * kHeaderWords;
  const auto place = layout::nibble_offset(geo, {row, two_groups ? group / 2 : group});
  const unsigned nibble = load_element<4>(payload + place.word, in.align) >> 4 * place.nibble & 15u;
  int position;
  std::int64_t col = 2 * group + which;  // compressed
  if (kElem == 4) {
    position = nibble == layout::kSecondHalves ? 1 : 0;
    col = group;
  } else if (two_groups) {
    position = static_cast<int>(nibble >> 2 * (group % 2) & 1u);
    col = group;
  } else if (kind == DeviceKind::one_of_four) {
    position = layout::one_of_four_position(nibble);
    col += layout::one_of_four_slot(position);
  } else {
    position = which == 0 ? layout::nibble_first(nibble) : layout::nibble_second(nibble);
  }
  return {position, load_element<kElem>(payload + layout::value_offset(geo, {row, col}), in.align)};
}

// Entry `which` of a group of `out`; a group past its rows or columns is padding.
template <int kElem>
__device__ __forceinline__ GroupEntry source_entry(const DeviceCopyArgs& args, std::int64_t row,
                                                   std::int64_t group, int which) {
  if (row >= args.out.rows || group >= args.groups) return {which, 0};
  row += args.row;
  group += args.group;
  return args.in.in_device_order ? device_entry<kElem>(args.in, args.kind, row, group, which)
                                 : canonical_entry<kElem>(args.in, args.kind, row, group, which);
}

template <int kElem>
__device__ __forceinline__ StoredChunk source_chunk(const DeviceCopyArgs& args, std::int64_t row,
                                                    std::int64_t col) {
  const std::int64_t group = col / group_cols(args.kind);
  const GroupEntry first = source_entry<kElem>(args, row, group, 0);
  if constexpr (kElem == 4) {
    return {first.bits, first.position == 1 ? layout::kSecondHalves : layout::kFirstHalves};
  } else {
    if (args.kind == DeviceKind::one_of_four)
      return {first.bits << 8 * kElem * layout::one_of_four_slot(first.position),
              layout::one_of_four_nibble(first.position)};
    const bool two_groups = args.kind == DeviceKind::one_of_two;
    const GroupEntry second =
        source_entry<kElem>(args, row, two_groups ? group + 1 : group, two_groups ? 0 : 1);
    return {first.bits | second.bits << 8 * kElem,
            layout::make_nibble(first.position, second.position + (two_groups ? 2 : 0))};
  }
}

template <int kElem>
__global__ void __launch_bounds__(kDeviceThreads, 6)  // left alone, ptxas spills to fit more
    copy_device(const __grid_constant__ DeviceCopyArgs args) {
  using Lane = DeviceLane<kElem>;
  if (blockIdx.x == 0) write_header(args.out.data, args.header, args.out.align);
  for (std::int64_t block = blockIdx.x; block < args.out.blocks; block += gridDim.x) {
    const LanePlace at = lane_place(block, args.out);
    LaneWords<kElem> words{};
#pragma unroll 1
    for (int slice = 0; slice < Lane::kSlices; ++slice) {
      std::uint32_t fields = 0;
#pragma unroll 1
      for (int step = 0; step < Lane::kSlicePieces / 2; ++step) {
        Run<16> fragment{};
#pragma unroll
        for (int piece = 0; piece < 4; ++piece) {
          const int half = piece % 2, index = 2 * step + piece / 2;
          std::uint32_t word = 0;
#pragma unroll 1
          for (int chunk = 0; chunk < Lane::kPieceChunks; ++chunk) {
            const StoredChunk stored = source_chunk<kElem>(
                args, at.piece_row(half),
                at.piece_col<kElem>(slice * Lane::kSlicePieces + index) + chunk * Lane::kChunkCols);
            fields |= stored.nibble << field_shift(kElem, index, half, chunk);
            word |= stored.entries << (kElem == 1 ? 16 * chunk : 0);
          }
          fragment.word[piece_register(piece / 2, half)] = word;
        }
        store_fragment<kElem>(args.out, args.out.block<kElem>(block), at,
                              slice * Lane::kSlicePieces / 2 + step, fragment);
      }
      put_word(words, slice, transpose_quad<kElem>(fields, at.lane));
    }
    store_words<kElem>(args.out, args.out.block<kElem>(block), at, words);
  }
}

__global__ void __launch_bounds__(kDeviceThreads)
    copy_blocks(const __grid_constant__ BlockCopyArgs args) {
  if (blockIdx.x == 0) write_header(args.out.data, args.header, args.out.align);
  for (std::int64_t block = blockIdx.x; block < args.out.blocks; block += gridDim.x) {
    const std::int64_t row_block = args.out.col_blocks.quotient(block);
    const std::int64_t col_block = block - row_block * args.out.col_blocks.divisor;
    const std::byte* from = args.in + row_block * args.in_stride + col_block * args.block_bytes;
    std::byte* to = args.out.data + 4 * kHeaderWords + block * args.block_bytes;
    for (std::int64_t at = 16 * threadIdx.x; at < args.block_bytes; at += 16 * kDeviceThreads)
      store_run<16>(to + at, load_run<16>(from + at, args.in_align), args.out.align);
  }
}

}  // namespace heddle
