#pragma once
// Dense to canonical: the best entries of each group, or those of a mask.

#include "kernels/mask/select.cuh"
#include "kernels/pack/canonical_elements.cuh"
#include "kernels/pack/canonical_fields.cuh"
#include "kernels/pack/canonical_wide.hpp"
#include "kernels/report/tally.cuh"

namespace heddle {

template <int kElemBytes>
__device__ __forceinline__ std::uint32_t magnitude_key(const CanonicalPackArgs& args,
                                                       std::uint32_t bits) {
  if constexpr (kElemBytes == 1) {
    if (args.integer) return rank_key(args.rule, bits);
  }
  return float_magnitude_key(args.rule, bits);
}

// ---- a lane a group -----------------------------------------------------------------------------

// The positions of the set bits, ascending.
template <int kGroup>
__device__ __forceinline__ std::uint32_t field_of(unsigned kept) {
  constexpr int kBits = position_bits(kGroup);
  std::uint32_t field = 0;
  int at = 0;
#pragma unroll
  for (int i = 0; i < kGroup; ++i) {
    const bool stored = (kept >> i & 1u) != 0;
    field |= stored ? static_cast<std::uint32_t>(i) << at : 0u;
    at += stored ? kBits : 0;
  }
  return field;
}

// Two elements of 16 bits out of four, by two positions from the lowest bits of `field`.
template <int kBits>
__device__ __forceinline__ std::uint32_t pick_two(std::uint32_t low, std::uint32_t high,
                                                  std::uint32_t field) {
  const std::uint32_t pair = (field & 3u) | (field >> kBits & 3u) << 8;
  return __byte_perm(low, high, pair * 0x22u + 0x1010u);  // bytes 2 p and 2 p + 1 of each
}

// The half of a group that is kept, in order: no index that only the run knows.
template <int kElemBytes, int kGroup>
__device__ __forceinline__ Elements<kElemBytes, kGroup / 2> kept_half(
    const Elements<kElemBytes, kGroup>& x, unsigned kept, std::uint32_t field) {
  constexpr int kKeep = kGroup / 2, kBits = position_bits(kGroup);
  Elements<kElemBytes, kKeep> half{};
  if constexpr (kElemBytes == 1 && kGroup >= 4) {
    const std::uint32_t* words = x.run[0].word;
    std::uint32_t bytes = 0;  // a nibble names one
#pragma unroll
    for (int e = 0; e < kKeep; ++e) bytes |= (field >> kBits * e & ((1u << kBits) - 1)) << 4 * e;
    half.run[0].word[0] = __byte_perm(words[0], words[kGroup / 4 - 1], bytes);
  } else if constexpr (kElemBytes == 2 && kGroup >= 4) {
    const std::uint32_t* words = x.run[0].word;
#pragma unroll
    for (int e = 0; e < kKeep; e += 2) {
      const std::uint32_t at = field >> kBits * e;
      std::uint32_t two = pick_two<kBits>(words[0], words[1], at);
      if constexpr (kGroup == 8) {
        const std::uint32_t upper = pick_two<kBits>(words[2], words[3], at);
        const std::uint32_t first = (at & 4u) != 0 ? upper : two;
        const std::uint32_t second = (at >> kBits & 4u) != 0 ? upper : two;
        two = __byte_perm(first, second, 0x7610u);
      }
      half.run[0].word[e / 2] = two;
    }
  } else {
#pragma unroll
    for (int e = 0; e < kKeep; ++e) {
      std::uint32_t value = 0;
#pragma unroll
      for (int i = e; i <= e + kGroup - kKeep; ++i) {
        const bool here = (kept >> i & 1u) != 0 && __popc(kept & ((1u << i) - 1)) == e;
        value = here ? x.get(i) : value;
      }
      half.put(e, value);
    }
  }
  return half;
}

template <int kElemBytes, int kGroup, bool kWhole>
__device__ __forceinline__ void store_kept(const CanonicalBlob& out, std::byte* to,
                                           const Elements<kElemBytes, kGroup>& x, unsigned kept,
                                           std::uint32_t field) {
  if constexpr (kWhole) {
    store_elements(to, kept_half<kElemBytes, kGroup>(x, kept, field));
  } else {
#pragma unroll
    for (int i = 0; i < kGroup; ++i) {
      if ((kept >> i & 1u) == 0) continue;
      store_element<kElemBytes>(to, x.get(i), out.values_align);
      to += kElemBytes;
    }
  }
}

template <int kElemBytes, int kGroup>
__device__ __forceinline__ unsigned best_by_magnitude(const CanonicalPackArgs& args,
                                                      const Elements<kElemBytes, kGroup>& x,
                                                      int keep) {
  std::uint32_t key[kGroup];
#pragma unroll
  for (int i = 0; i < kGroup; ++i) key[i] = float_magnitude_key(args.rule, x.get(i));
  if constexpr (kElemBytes == 1) {
    if (args.integer) {
#pragma unroll
      for (int i = 0; i < kGroup; ++i) key[i] = rank_key(args.rule, x.get(i));
    }
  }
  return best_entries<kGroup, kElemBytes>(key, keep);
}

// The elements that a mask keeps stay, the others become 0. Bit i of the result: element i stayed.
template <int kElemBytes, int kGroup>
__device__ __forceinline__ unsigned keep_masked(Elements<kElemBytes, kGroup>& x,
                                                const Elements<1, kGroup>& mask) {
  unsigned wanted = 0;
  Elements<kElemBytes, kGroup> chosen{};
#pragma unroll
  for (int i = 0; i < kGroup; ++i) {
    const bool here = mask.get(i) != 0;
    wanted |= here ? 1u << i : 0u;
    chosen.put(i, here ? x.get(i) : 0u);
  }
  x = chosen;
  return wanted;
}

// The lowest `keep` of the set bits; where they are fewer, the lowest of the others fill up.
__device__ __forceinline__ unsigned exactly(unsigned bits, int keep) {
  int count = __popc(bits);
#pragma unroll 1
  for (; count < keep; ++count) bits |= bits + 1;
#pragma unroll 1
  for (; count > keep; --count) bits ^= 0x80000000u >> __clz(static_cast<int>(bits));
  return bits;
}

// kSteps times 32 groups of a row, loads first. kWhole: accesses are of whole groups, half of
// which are kept.
template <int kElemBytes, int kGroup, bool kWhole, int kSteps>
__device__ __forceinline__ void pack_steps(const CanonicalPackArgs& args, const TileLine& line,
                                           Findings& findings) {
  const CanonicalBlob& out = args.out;
  const int keep = kWhole ? kGroup / 2 : out.keep;
  const std::int64_t row = line.slow, first = line.fast + threadIdx.x % 32;
  Elements<kElemBytes, kGroup> x[kSteps];
#pragma unroll
  for (int s = 0; s < kSteps; ++s)
    x[s] = load_group<kElemBytes, kGroup, kWhole>(args.matrix, row, first + 32 * s);
  unsigned kept[kSteps];
  if (args.mask.data != nullptr) {
    Elements<1, kGroup> mask[kSteps];
#pragma unroll
    for (int s = 0; s < kSteps; ++s)
      mask[s] = load_group<1, kGroup, kWhole>(args.mask, row, first + 32 * s);
#pragma unroll
    for (int s = 0; s < kSteps; ++s) {
      kept[s] = keep_masked(x[s], mask[s]);
      if (__popc(kept[s]) > keep)
        findings.add(static_cast<unsigned long long>(row * out.groups + first + 32 * s));
      kept[s] = exactly(kept[s], keep);
    }
  } else {
#pragma unroll
    for (int s = 0; s < kSteps; ++s) kept[s] = best_by_magnitude(args, x[s], keep);
  }
  std::uint32_t field[kSteps];
#pragma unroll
  for (int s = 0; s < kSteps; ++s) {
    const std::int64_t group = first + 32 * s;
    const bool inside = group < out.groups;
    field[s] = inside ? field_of<kGroup>(kept[s]) : 0u;
    if (inside)
      store_kept<kElemBytes, kGroup, kWhole>(out, out.values_row(row) + group * keep * kElemBytes,
                                             x[s], kept[s], field[s]);
  }
  store_fields<kGroup>(out, keep, row, line.fast, field);
}

// kWhole: everything about the blob and the line allows it.
template <int kElemBytes, int kGroup>
__device__ __forceinline__ bool packs_whole(const CanonicalPackArgs& args, const TileLine& line) {
  return 2 * args.out.keep == kGroup &&
         args.out.values_align >= Elements<kElemBytes, kGroup / 2>::kRunBytes &&
         whole_groups<kElemBytes, kGroup>(args.matrix, line) &&
         (args.mask.data == nullptr || whole_groups<1, kGroup>(args.mask, line));
}

template <int kElemBytes, int kGroup>
__global__ void __launch_bounds__(kTileThreads, blocks_per_sm(kGroup))
    pack_groups(const __grid_constant__ CanonicalPackArgs args) {
  write_frame(args.out, args.header);
  const int warp = uniform_warp();
  const Tiling tiling{args.out.groups, args.out.rows};
  const std::int64_t tiles = tiling.tiles();
  Findings findings;
  for (std::int64_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    TileLine line = tile_line(tiling, tile, warp);
    if (line.slow >= args.out.rows) continue;
    const bool whole = packs_whole<kElemBytes, kGroup>(args, line);
    constexpr int kSteps = steps_in_flight(kGroup);
    const int steps = steps_of(line, args.out.groups);
#pragma unroll 1
    for (int s = 0; s < steps; s += whole ? kSteps : 1) {
      const TileLine at{line.fast + 32 * s, line.slow};
      if (whole)
        pack_steps<kElemBytes, kGroup, true, kSteps>(args, at, findings);
      else
        pack_steps<kElemBytes, kGroup, false, 1>(args, at, findings);
    }
  }
  if (args.mask.data != nullptr) publish(args.tally, findings);
}

// ---- a lane an element --------------------------------------------------------------------------

// How many of its group's entries are ahead of the lane's: higher keys, and equal ones before it.
__device__ __forceinline__ int rank_among(std::uint32_t key, const Seating& at, int group) {
  int rank = 0;
  for (int i = 0; i < group; ++i) {
    const std::uint32_t other = __shfl_sync(~0u, key, i, at.seats);
    rank += other > key || (other == key && i < at.position);
  }
  return rank;
}

// The bits of `mine` of the lane's group, lowest position first.
__device__ __forceinline__ unsigned votes_of_group(bool mine, const Seating& at) {
  const unsigned votes = __ballot_sync(~0u, mine) >> at.slot * at.seats;
  return at.seats == 32 ? votes : votes & ((1u << at.seats) - 1);
}

// Values of one step of a unit, and their positions to `positions`. group is the lane's own.
template <int kElemBytes>
__device__ __forceinline__ void pack_seats(const CanonicalPackArgs& args, const Seating& at,
                                           std::int64_t row, std::int64_t group,
                                           std::uint8_t* positions, Findings& findings) {
  const CanonicalBlob& out = args.out;
  const std::int64_t col = group * out.group + at.position;
  const bool seated = at.position < out.group && group < out.groups;
  const bool inside = seated && col < out.cols;
  std::uint32_t x =
      inside ? load_element<kElemBytes>(args.matrix.at(row, col), args.matrix.align) : 0u;
  std::uint32_t key;
  if (args.mask.data != nullptr) {
    const bool wanted = inside && *args.mask.at(row, col) != std::byte{0};
    const int count = __popc(votes_of_group(wanted, at));
    if (at.position == 0 && seated && count > out.keep)
      findings.add(static_cast<unsigned long long>(row * out.groups + group));
    key = wanted;
    x = wanted ? x : 0u;
  } else {
    key = inside ? magnitude_key<kElemBytes>(args, x) : 0u;
  }
  const int rank = rank_among(key, at, out.group);
  const bool kept = at.position < out.group && rank < out.keep;
  const unsigned before = votes_of_group(kept, at) & ((1u << at.position) - 1);
  if (!kept || !seated) return;
  const int entry = __popc(before);
  store_element<kElemBytes>(out.values_row(row) + (group * out.keep + entry) * kElemBytes, x,
                            out.values_align);
  positions[entry] = static_cast<std::uint8_t>(at.position);
}

template <int kElemBytes>
__global__ void __launch_bounds__(kWideThreads, blocks_per_sm(1))
    pack_seated(const __grid_constant__ CanonicalPackArgs args) {
  __shared__ std::uint8_t positions[kWideWarps][kUnitGroups * 32];  // [groups * keep] of a unit
  write_frame(args.out, args.header);
  const CanonicalBlob& out = args.out;
  const int warp = uniform_warp();
  const Seating at = seating(out.group, threadIdx.x % 32);
  const UnitRange range = units_of(out);
  std::uint8_t* mine = positions[warp];
  Findings findings;
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kWideWarps;
  for (std::int64_t unit = static_cast<std::int64_t>(blockIdx.x) * kWideWarps + warp;
       unit < range.units; unit += stride) {
    const std::int64_t row = unit / range.row_units;
    const std::int64_t first = unit % range.row_units * kUnitGroups;
#pragma unroll 1
    for (int g = 0; g < kUnitGroups; g += at.groups())
      pack_seats<kElemBytes>(args, at, row, first + g + at.slot, mine + (g + at.slot) * out.keep,
                             findings);
    __syncwarp();
    const std::int64_t begin = first / kUnitGroups * out.field_bits();
    const auto left = static_cast<int>(min(out.groups - first, std::int64_t{kUnitGroups}));
    const int bytes = (left * out.field_bits() + 7) / 8;
#pragma unroll 1
    for (int b = threadIdx.x % 32; b < bytes; b += 32)
      out.metadata_row(row)[begin + b] =
          metadata_byte(b, left * out.keep, out.bits, [&](int entry) { return mine[entry]; });
    __syncwarp();  // the next unit overwrites the positions
  }
  if (args.mask.data != nullptr) publish(args.tally, findings);
}

}  // namespace heddle
