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

// kCount: room for a group's entries; keep of them are stored.
template <int kElemBytes, int kCount>
__device__ __forceinline__ Elements<kElemBytes, kCount> load_stored(const ConstCanonicalBlob& in,
                                                                    std::int64_t row,
                                                                    std::int64_t group) {
  const std::byte* from = in.values_row(row) + group * in.keep * kElemBytes;
  if (in.keep == kCount) return load_elements<kElemBytes, kCount>(from, in.values_align);
  Elements<kElemBytes, kCount> values{};
#pragma unroll
  for (int e = 0; e < kCount; ++e)
    if (e < in.keep)
      values.put(e, load_element<kElemBytes>(from + e * kElemBytes, in.values_align));
  return values;
}

template <int kElemBytes, int kGroup, int kCount>
__device__ __forceinline__ Elements<kElemBytes, kGroup> spread(
    const Elements<kElemBytes, kCount>& values, std::uint32_t field, int keep) {
  constexpr int kBits = kGroup == 2 ? 1 : kGroup == 4 ? 2 : 3;
  constexpr bool kMerge = merges_duplicates(kElemBytes, kCount, kGroup);
  Elements<kElemBytes, kGroup> x{};
#pragma unroll
  for (int i = 0; i < kGroup; ++i) {
    std::uint32_t element = 0;
#pragma unroll
    for (int e = 0; e < kCount; ++e) {
      const bool here = e < keep && (field >> kBits * e & ((1u << kBits) - 1)) == unsigned(i);
      if (here) element = (kMerge ? element : 0u) | values.get(e);
    }
    x.put(i, element);
  }
  return x;
}

template <int kElemBytes, int kGroup, int kCount>
__device__ __forceinline__ void unpack_line(const CanonicalUnpackArgs& args, const TileLine& line) {
  const ConstCanonicalBlob& in = args.in;
  const std::int64_t row = line.slow, first = line.fast + threadIdx.x % 32;
  Elements<kElemBytes, kCount> values[kTileSteps];
#pragma unroll
  for (int s = 0; s < kTileSteps; ++s) {
    values[s] = {};
    if (first + 32 * s < in.groups)
      values[s] = load_stored<kElemBytes, kCount>(in, row, first + 32 * s);
  }
  std::uint32_t field[kTileSteps];
  load_fields(in, row, line.fast, field);
#pragma unroll
  for (int s = 0; s < kTileSteps; ++s)
    store_group<kElemBytes, kGroup>(args.out, row, first + 32 * s,
                                    spread<kElemBytes, kGroup>(values[s], field[s], in.keep));
}

template <int kElemBytes, int kGroup>
__global__ void __launch_bounds__(kTileThreads, blocks_per_sm(kGroup))
    unpack_groups(const __grid_constant__ CanonicalUnpackArgs args) {
  const Tiling tiling{args.in.groups, args.in.rows};
  const std::int64_t tiles = tiling.tiles();
  for (std::int64_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    const TileLine line = tile_line(tiling, tile, threadIdx.x / 32);
    if (line.slow >= args.in.rows) continue;
    if (2 * args.in.keep == kGroup)
      unpack_line<kElemBytes, kGroup, kGroup / 2>(args, line);
    else
      unpack_line<kElemBytes, kGroup, kGroup>(args, line);
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
  const Seating at = seating(args.in.group, threadIdx.x % 32);
  const UnitRange range = units_of(args.in);
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kWideWarps;
  for (std::int64_t unit = static_cast<std::int64_t>(blockIdx.x) * kWideWarps + threadIdx.x / 32;
       unit < range.units; unit += stride) {
    const std::int64_t row = unit / range.row_units;
    const std::int64_t first = unit % range.row_units * kUnitGroups;
    for (int g = at.slot; g < kUnitGroups; g += at.groups())
      unpack_seats<kElemBytes>(args, at, row, first + g);
  }
}

}  // namespace heddle
