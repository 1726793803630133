#pragma once
// Entries of a blob of either order to a canonical one: a lane an entry, then a lane a byte of
// metadata. What is stored stays as it is; an illegal position moves like any other.

#include "kernels/layout/one_of_four.hpp"
#include "kernels/pack/canonical_elements.cuh"
#include "kernels/pack/canonical_fields.cuh"

namespace heddle {

// A source gives the bits of an entry of a row, and its position in its group.
template <int kElemBytes>
struct CanonicalEntries {
  const ConstCanonicalBlob& from;

  __device__ __forceinline__ std::uint32_t value(std::int64_t row, std::int64_t entry) const {
    return load_element<kElemBytes>(from.values_row(row) + entry * kElemBytes, from.values_align);
  }
  __device__ __forceinline__ int position(std::int64_t row, std::int64_t entry) const {
    return position_at(from.metadata_row(row), entry, from.bits);
  }
};

// Patterns in the hardware's chunks: see docs/formats.md, "The hardware's row".
template <int kElemBytes>
struct DeviceEntries {
  const DevicePayload& from;

  __device__ __forceinline__ layout::DeviceGeometry geometry() const {
    return {from.rows, from.cols, kElemBytes};
  }
  __device__ __forceinline__ bool one_of_four() const { return from.group == 4 && from.keep == 1; }

  __device__ __forceinline__ unsigned nibble(std::int64_t row, std::int64_t chunk) const {
    const layout::NibbleOffset at = layout::nibble_offset(geometry(), {row, chunk});
    return static_cast<unsigned>(from.data[at.word + at.nibble / 2]) >> 4 * (at.nibble % 2) & 15u;
  }
  __device__ __forceinline__ int position(std::int64_t row, std::int64_t entry) const {
    if constexpr (kElemBytes == 4) return layout::half_pair_position(nibble(row, entry));
    if (one_of_four()) return layout::one_of_four_position(nibble(row, entry));
    const unsigned bits = nibble(row, entry / 2) >> 2 * (entry % 2);  // its entry's position
    return static_cast<int>(bits & (from.group == 2 ? 1u : 3u));
  }
  __device__ __forceinline__ std::uint32_t value(std::int64_t row, std::int64_t entry) const {
    std::int64_t col = entry;  // of the hardware's row
    if (one_of_four()) col = 2 * entry + layout::one_of_four_slot(position(row, entry));
    return load_element<kElemBytes>(from.data + layout::value_offset(geometry(), {row, col}),
                                    from.align);
  }
};

template <int kElemBytes>
HEDDLE_HD CanonicalEntries<kElemBytes> entries_of(const ConstCanonicalBlob& from) {
  return {from};
}
template <int kElemBytes>
HEDDLE_HD DeviceEntries<kElemBytes> entries_of(const DevicePayload& from) {
  return {from};
}

// Calls item(row, index) for the indexes below `width` of all rows, a lane each.
template <class Item>
__device__ __forceinline__ void for_items(std::int64_t width, std::int64_t rows, const Item& item) {
  const Tiling tiling{width, rows};
  const std::int64_t tiles = tiling.tiles();
  for (std::int64_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    const TileLine line = tile_line(tiling, tile, threadIdx.x / 32);
    if (line.slow >= rows) continue;
    for (int s = 0; s < kTileSteps; ++s) {
      const std::int64_t index = line.fast + threadIdx.x % 32 + 32 * s;
      if (index < width) item(line.slow, index);
    }
  }
}

template <int kElemBytes, class Source>
__global__ void __launch_bounds__(kTileThreads, 4)
    copy_to_canonical(const __grid_constant__ CanonicalCopyArgs<Source> args) {
  write_frame(args.out, args.header);
  const CanonicalBlob& out = args.out;
  const auto source = entries_of<kElemBytes>(args.from);
  const std::int64_t entries = out.groups * out.keep;
  for_items(entries, out.rows, [&](std::int64_t row, std::int64_t entry) {
    store_element<kElemBytes>(out.values_row(row) + entry * kElemBytes,
                              source.value(args.row + row, args.entry + entry), out.values_align);
  });
  for_items(out.metadata_step, out.rows, [&](std::int64_t row, std::int64_t byte) {
    out.metadata_row(row)[byte] = metadata_byte(byte, entries, out.bits, [&](std::int64_t entry) {
      return source.position(args.row + row, args.entry + entry);
    });
  });
}

}  // namespace heddle
