#pragma once
// A lane takes a group (or an element) and finds its place by dividing its number by the extents.

#include "kernels/access.cuh"
#include "kernels/arch/thread.cuh"
#include "kernels/mask/strided.hpp"
#include "kernels/report/tally.cuh"

namespace heddle {

struct StridedPlace {
  std::int64_t offset[kStridedOperands];
};

template <class Index>
__device__ __forceinline__ StridedPlace strided_place(const StridedWalk& walk, Index item) {
  StridedPlace place{};
#pragma unroll
  for (int i = 0; i < kStridedAxes; ++i) {
    if (i >= walk.count) break;
    const auto extent = static_cast<Index>(walk.extent[i]);
    const Index rest = item / extent;
    const auto at = static_cast<std::int64_t>(item - rest * extent);
#pragma unroll
    for (int op = 0; op < kStridedOperands; ++op) place.offset[op] += at * walk.step[i][op];
    item = rest;
  }
  return place;
}

// 32-bit divisions where they do: they cost a fifth.
__device__ __forceinline__ StridedPlace place_of_item(const StridedWalk& walk, std::int64_t item) {
  if (walk.items <= 0xFFFFFFFFll) return strided_place(walk, static_cast<std::uint32_t>(item));
  return strided_place(walk, static_cast<std::uint64_t>(item));
}

// Columns of group number `group` of a row.
__device__ __forceinline__ int columns_of(const StridedGroups& groups, std::int64_t group) {
  const std::int64_t left = groups.cols - group * groups.group;
  return static_cast<int>(left < groups.group ? left : groups.group);
}

template <int kElemBytes>
__global__ void __launch_bounds__(kStridedThreads)
    strided_mask(const __grid_constant__ StridedMaskArgs args) {
  __shared__ std::uint32_t key[kStridedGroup][kStridedThreads];  // a column is one lane's own
  const unsigned lane = arch::tid_x();
  const StridedGroups& groups = args.groups;
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kStridedThreads;
  for (std::int64_t item = static_cast<std::int64_t>(blockIdx.x) * kStridedThreads + lane;
       item < groups.walk.items; item += stride) {
    const StridedPlace place = place_of_item(groups.walk, item);
    const int cols = columns_of(groups, place.offset[2]);
    const std::byte* from = groups.matrix + place.offset[0];
#pragma unroll 4
    for (int i = 0; i < cols; ++i)
      key[i][lane] =
          rank_key(args.rule, load_element<kElemBytes>(from + i * groups.col_step, groups.align));
    std::byte* to = args.mask + place.offset[1];
    for (int i = 0; i < cols; ++i) {
      const std::uint32_t mine = key[i][lane];
      int rank = 0;  // how many beat it: those ahead by a tie, those behind by more
      for (int j = 0; j < cols; ++j) rank += key[j][lane] >= mine + (j >= i);
      to[i * args.mask_col_step] = static_cast<std::byte>(rank < groups.keep);
    }
  }
}

template <int kElemBytes>
__global__ void __launch_bounds__(kStridedThreads)
    strided_check(const __grid_constant__ StridedCheckArgs args) {
  const StridedGroups& groups = args.groups;
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kStridedThreads;
  Findings found;
  for (std::int64_t item = static_cast<std::int64_t>(blockIdx.x) * kStridedThreads + arch::tid_x();
       item < groups.walk.items; item += stride) {
    const StridedPlace place = place_of_item(groups.walk, item);
    const int cols = columns_of(groups, place.offset[2]);
    const std::byte* from = groups.matrix + place.offset[0];
    int nonzeros = 0;
#pragma unroll 4
    for (int i = 0; i < cols; ++i)
      nonzeros += (load_element<kElemBytes>(from + i * groups.col_step, groups.align) &
                   args.magnitude) != 0;
    if (nonzeros > groups.keep) found.add(static_cast<unsigned long long>(place.offset[1]));
  }
  publish(args.tally, found);
}

template <int kElemBytes>
__global__ void __launch_bounds__(kStridedThreads)
    strided_apply(const __grid_constant__ StridedApplyArgs args) {
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kStridedThreads;
  for (std::int64_t item = static_cast<std::int64_t>(blockIdx.x) * kStridedThreads + arch::tid_x();
       item < args.walk.items; item += stride) {
    const StridedPlace place = place_of_item(args.walk, item);
    const std::uint32_t x = load_element<kElemBytes>(args.matrix + place.offset[0], args.align);
    const bool keep = args.mask == nullptr || args.mask[place.offset[1]] != std::byte{0};
    store_element<kElemBytes>(args.out + place.offset[2], keep ? x : 0u, args.align);
  }
}

}  // namespace heddle
