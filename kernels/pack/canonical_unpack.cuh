#pragma once
// Canonical to dense. Metadata may be anything: a position outside the group is dropped, and of two
// entries at one position the last stays (2:4 of 8- and 16-bit types: their bits are or'ed, as the
// CPU path does, which builds such a group as one integer).

#include "kernels/pack/canonical_elements.cuh"
#include "kernels/pack/canonical_fields.cuh"
#include "kernels/pack/canonical_wide.hpp"

namespace heddle {

HEDDLE_HD constexpr bool merges_duplicates(int elem_bytes, int keep, int group) {
  return elem_bytes < 4 && keep == 2 && group == 4;
}

// ---- a lane a group -----------------------------------------------------------------------------

// The entries of a group; of kCount, only `keep` are stored.
template <int kElemBytes, int kCount, bool kWhole>
__device__ __forceinline__ Elements<kElemBytes, kCount> load_stored(const ConstCanonicalBlob& in,
                                                                    std::int64_t row,
                                                                    std::int64_t group, int keep) {
  Elements<kElemBytes, kCount> values{};
  if (group >= in.groups) return values;
  const std::byte* from = in.values_row(row) + group * keep * kElemBytes;
  if constexpr (kWhole) {
    values = load_elements<kElemBytes, kCount>(from);
  } else {
#pragma unroll
    for (int e = 0; e < kCount; ++e)
      if (e < keep) values.put(e, load_element<kElemBytes>(from + e * kElemBytes, in.values_align));
  }
  return values;
}

template <int kElemBytes, int kGroup, int kCount>
__device__ __forceinline__ Elements<kElemBytes, kGroup> spread(
    const Elements<kElemBytes, kCount>& values, std::uint32_t field, int keep) {
  constexpr int kBits = position_bits(kGroup);
  const bool merge = merges_duplicates(kElemBytes, keep, kGroup);
  Elements<kElemBytes, kGroup> x{};
#pragma unroll
  for (int i = 0; i < kGroup; ++i) {
    std::uint32_t element = 0;
#pragma unroll
    for (int e = 0; e < kCount; ++e) {
      const bool here = e < keep && (field >> kBits * e & ((1u << kBits) - 1)) == unsigned(i);
      if (here) element = (merge ? element : 0u) | values.get(e);
    }
    x.put(i, element);
  }
  return x;
}

// kSteps times 32 groups of a row, loads first. kWhole: accesses are of whole groups, half of
// which are kept.
template <int kElemBytes, int kGroup, bool kWhole, int kSteps>
__device__ __forceinline__ void unpack_steps(const CanonicalUnpackArgs& args,
                                             const TileLine& line) {
  const ConstCanonicalBlob& in = args.in;
  constexpr int kCount = kWhole ? kGroup / 2 : kGroup;
  const int keep = kWhole ? kCount : in.keep;
  const std::int64_t row = line.slow, first = line.fast + threadIdx.x % 32;
  Elements<kElemBytes, kCount> values[kSteps];
#pragma unroll
  for (int s = 0; s < kSteps; ++s)
    values[s] = load_stored<kElemBytes, kCount, kWhole>(in, row, first + 32 * s, keep);
  std::uint32_t field[kSteps];
  load_fields<kGroup>(in, keep, row, line.fast, field);
#pragma unroll
  for (int s = 0; s < kSteps; ++s)
    store_group<kElemBytes, kGroup, kWhole>(args.out, row, first + 32 * s,
                                            spread<kElemBytes, kGroup>(values[s], field[s], keep));
}

// kWhole: everything about the blob and the line allows it.
template <int kElemBytes, int kGroup>
__device__ __forceinline__ bool unpacks_whole(const CanonicalUnpackArgs& args,
                                              const TileLine& line) {
  return 2 * args.in.keep == kGroup &&
         args.in.values_align >= Elements<kElemBytes, kGroup / 2>::kRunBytes &&
         whole_groups<kElemBytes, kGroup>(args.out, line);
}

template <int kElemBytes, int kGroup>
__global__ void __launch_bounds__(kTileThreads, blocks_per_sm(kGroup))
    unpack_groups(const __grid_constant__ CanonicalUnpackArgs args) {
  const int warp = uniform_warp();
  const Tiling tiling{args.in.groups, args.in.rows};
  const std::int64_t tiles = tiling.tiles();
  for (std::int64_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    const TileLine line = tile_line(tiling, tile, warp);
    if (line.slow >= args.in.rows) continue;
    const bool whole = unpacks_whole<kElemBytes, kGroup>(args, line);
    constexpr int kSteps = steps_in_flight(kGroup);
    const int steps = steps_of(line, args.in.groups);
#pragma unroll 1
    for (int s = 0; s < steps; s += whole ? kSteps : 1) {
      const TileLine at{line.fast + 32 * s, line.slow};
      if (whole)
        unpack_steps<kElemBytes, kGroup, true, kSteps>(args, at);
      else
        unpack_steps<kElemBytes, kGroup, false, 1>(args, at);
    }
  }
}

// ---- a lane an element --------------------------------------------------------------------------

template <int kElemBytes>
__device__ __forceinline__ void unpack_seats(const CanonicalUnpackArgs& args, const Seating& at,
                                             std::int64_t row, std::int64_t group) {
  const ConstCanonicalBlob& in = args.in;
  const std::int64_t entry = group * in.keep;  // the group's first
  const bool stored = at.position < in.keep && group < in.groups;
  const int position =
      stored ? position_at(in.metadata_row(row), entry + at.position, in.bits) : -1;
  int found = -1;  // the last entry at this lane's position
  for (int e = 0; e < in.keep; ++e)
    if (__shfl_sync(~0u, position, e, at.seats) == at.position) found = e;
  const std::int64_t col = group * in.group + at.position;
  if (at.position >= in.group || col >= in.cols) return;
  std::uint32_t x = 0;
  if (found >= 0)
    x = load_element<kElemBytes>(in.values_row(row) + (entry + found) * kElemBytes,
                                 in.values_align);
  store_element<kElemBytes>(args.out.at(row, col), x, args.out.align);
}

template <int kElemBytes>
__global__ void __launch_bounds__(kWideThreads, blocks_per_sm(1))
    unpack_seated(const __grid_constant__ CanonicalUnpackArgs args) {
  const int warp = uniform_warp();
  const Seating at = seating(args.in.group, threadIdx.x % 32);
  const UnitRange range = units_of(args.in);
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kWideWarps;
  for (std::int64_t unit = static_cast<std::int64_t>(blockIdx.x) * kWideWarps + warp;
       unit < range.units; unit += stride) {
    const std::int64_t row = unit / range.row_units;
    const std::int64_t first = unit % range.row_units * kUnitGroups;
#pragma unroll 1
    for (int g = 0; g < kUnitGroups; g += at.groups())
      unpack_seats<kElemBytes>(args, at, row, first + g + at.slot);
  }
}

}  // namespace heddle
