#pragma once
// A lane loads runs of whole groups, ranks in registers and stores mask bytes.

#include "kernels/access.cuh"
#include "kernels/mask/best_mask.hpp"
#include "kernels/mask/select.cuh"

namespace heddle {

template <bool kFast>
__device__ __forceinline__ std::uint32_t ranking_key(const RankRule& rule, std::uint32_t bits) {
  return kFast ? float_magnitude_key(rule, bits) : rank_key(rule, bits);
}

// Items of a line that lie before `end`, at most a tile's.
__device__ __forceinline__ int items_before(std::int64_t end, std::int64_t line_fast) {
  const std::int64_t left = end - line_fast;
  return static_cast<int>(left < kTileFast ? left : kTileFast);
}

// Whole groups of adjacent elements, packed as they lie in memory.
template <int kElemBytes, int kGroup>
struct AdjacentGroups {
  static constexpr int kElems = run_elems(kElemBytes, kGroup);
  static constexpr int kBytes = kElemBytes * kElems;
  static constexpr int kRuns = kBytes / kMaskRunBytes;
  static constexpr int kInFlight = 2;  // of these, loaded before one is used
  Run<kMaskRunBytes> run[kRuns];

  template <bool kAligned>
  __device__ __forceinline__ void load(const std::byte* p, int align) {
#pragma unroll
    for (int i = 0; i < kRuns; ++i)
      run[i] = kAligned ? load_run<kMaskRunBytes>(p + i * kMaskRunBytes)
                        : load_run<kMaskRunBytes>(p + i * kMaskRunBytes, align);
  }
  __device__ __forceinline__ std::uint32_t element(int i) const {
    constexpr int kPerRun = kElems / kRuns;
    return element_of<kElemBytes>(run[i / kPerRun], i % kPerRun);
  }
};

// A group whose elements are `step` bytes apart.
template <int kElemBytes, int kGroup>
struct ScatteredGroup {
  static constexpr int kInFlight = kGroup > 4 ? 2 : kTileSteps;
  std::uint32_t bits[kGroup];

  template <bool kAligned>
  __device__ __forceinline__ void load(const std::byte* p, std::int64_t step, int align) {
#pragma unroll
    for (int i = 0; i < kGroup; ++i)
      bits[i] = kAligned ? load_run<kElemBytes>(p + i * step).word[0]
                         : load_element<kElemBytes>(p + i * step, align);
  }
  __device__ __forceinline__ std::uint32_t element(int i) const { return bits[i]; }
};

// The best of the group of x that starts at element `first`.
template <int kElemBytes, int kGroup, bool kFast, class Elements>
__device__ __forceinline__ unsigned best_of(const BestMask& problem, const Elements& x,
                                            int first = 0) {
  std::uint32_t key[kGroup];
#pragma unroll
  for (int i = 0; i < kGroup; ++i) key[i] = ranking_key<kFast>(problem.rule, x.element(first + i));
  return best_entries<kGroup, kElemBytes>(key, problem.keep);
}

// Bit i of `bits` as byte i.
template <int kBytes>
__device__ __forceinline__ Run<kBytes> mask_bytes(unsigned bits) {
  Run<kBytes> run;
#pragma unroll
  for (int w = 0; w < Run<kBytes>::kWords; ++w)
    run.word[w] = (bits >> 4 * w & 0xFu) * 0x00204081u & 0x01010101u;  // bit i to bit 8 * i
  return run;
}

// A group at the end of a row, of which `count` columns exist. An absent one gets key 0 and, being
// behind, loses the tie with any that exists.
template <int kElemBytes, int kGroup, bool kFast>
__device__ __forceinline__ void best_mask_last(const BestMask& problem, std::int64_t row,
                                               std::int64_t col, int count) {
  const ConstMatrix& matrix = problem.matrix;
  std::uint32_t key[kGroup];
#pragma unroll
  for (int i = 0; i < kGroup; ++i) {
    key[i] = 0;
    if (i < count)
      key[i] = ranking_key<kFast>(problem.rule,
                                  load_element<kElemBytes>(matrix.at(row, col + i), matrix.align));
  }
  const unsigned bits = best_entries<kGroup, kElemBytes>(key, problem.keep);
  for (int i = 0; i < count; ++i)
    *problem.mask.at(row, col + i) = static_cast<std::byte>(bits >> i & 1u);
}

// Along the lines of memory: this lane's runs are every 32nd from `from` on, up to `left` runs.
template <int kElemBytes, int kGroup, bool kFast>
__device__ __forceinline__ void best_mask_along(const BestMask& problem, const std::byte* from,
                                                std::byte* to, int left) {
  using Groups = AdjacentGroups<kElemBytes, kGroup>;
  Groups x[Groups::kInFlight] = {};
  if (problem.matrix.align >= kMaskRunBytes) {
#pragma unroll
    for (int s = 0; s < Groups::kInFlight; ++s)
      if (32 * s < left) x[s].template load<true>(from + 32 * s * Groups::kBytes, 0);
  } else {
#pragma unroll
    for (int s = 0; s < Groups::kInFlight; ++s)
      if (32 * s < left)
        x[s].template load<false>(from + 32 * s * Groups::kBytes, problem.matrix.align);
  }
#pragma unroll
  for (int s = 0; s < Groups::kInFlight; ++s) {
    unsigned bits = 0;
#pragma unroll
    for (int first = 0; first < Groups::kElems; first += kGroup)
      bits |= best_of<kElemBytes, kGroup, kFast>(problem, x[s], first) << first;
    if (32 * s < left)
      store_run<Groups::kElems>(to + 32 * s * Groups::kElems, mask_bytes<Groups::kElems>(bits),
                                problem.mask.align);
  }
}

// Groups across the lines of memory: of every 32nd row from `from` on, as far as `left` rows go.
template <int kElemBytes, int kGroup, bool kFast>
__device__ __forceinline__ void best_mask_across(const BestMask& problem, const std::byte* from,
                                                 std::byte* to, int left) {
  using Group = ScatteredGroup<kElemBytes, kGroup>;
  const ConstMatrix& matrix = problem.matrix;
  Group x[Group::kInFlight] = {};
  if (matrix.align >= kElemBytes) {
#pragma unroll
    for (int s = 0; s < Group::kInFlight; ++s)
      if (32 * s < left) x[s].template load<true>(from + 32 * s * kElemBytes, matrix.col_step, 0);
  } else {
#pragma unroll
    for (int s = 0; s < Group::kInFlight; ++s)
      if (32 * s < left)
        x[s].template load<false>(from + 32 * s * kElemBytes, matrix.col_step, matrix.align);
  }
#pragma unroll
  for (int s = 0; s < Group::kInFlight; ++s) {
    const unsigned bits = best_of<kElemBytes, kGroup, kFast>(problem, x[s]);
    if (32 * s >= left) continue;
#pragma unroll
    for (int i = 0; i < kGroup; ++i)
      to[32 * s + i * problem.mask.col_step] = static_cast<std::byte>(bits >> i & 1u);
  }
}

// Columns are adjacent: kTileFast runs of row line.slow.
template <int kElemBytes, int kGroup, bool kFast>
__device__ __forceinline__ void best_mask_row_line(const BestMask& problem, const TileLine& line,
                                                   int lane) {
  using Groups = AdjacentGroups<kElemBytes, kGroup>;
  const ConstMatrix& matrix = problem.matrix;
  const std::int64_t runs = matrix.cols / Groups::kElems, run = line.fast + lane;
  const int whole = items_before(runs, line.fast);
  const std::byte* from = matrix.at(line.slow, 0) + run * Groups::kBytes;
  std::byte* to = problem.mask.at(line.slow, 0) + run * Groups::kElems;
#pragma unroll 1
  for (int s = 0; 32 * s < whole; s += Groups::kInFlight)
    best_mask_along<kElemBytes, kGroup, kFast>(problem, from + 32 * s * Groups::kBytes,
                                               to + 32 * s * Groups::kElems, whole - lane - 32 * s);
  // What is left of the row, less than a run: a lane for every group.
  const int rest = static_cast<int>(matrix.cols % Groups::kElems) - lane * kGroup;
  if (whole < kTileFast && rest > 0)
    best_mask_last<kElemBytes, kGroup, kFast>(
        problem, line.slow, runs * Groups::kElems + lane * kGroup, rest < kGroup ? rest : kGroup);
}

// Rows are adjacent: group line.slow of kTileFast rows.
template <int kElemBytes, int kGroup, bool kFast>
__device__ __forceinline__ void best_mask_col_line(const BestMask& problem, const TileLine& line,
                                                   int lane) {
  constexpr int kStep = ScatteredGroup<kElemBytes, kGroup>::kInFlight;
  const ConstMatrix& matrix = problem.matrix;
  const std::int64_t row = line.fast + lane, col = line.slow * kGroup;
  const int rows = items_before(matrix.rows, line.fast);
  if (matrix.cols - col < kGroup) {
    for (int i = lane; i < rows; i += 32)
      best_mask_last<kElemBytes, kGroup, kFast>(problem, line.fast + i, col,
                                                static_cast<int>(matrix.cols - col));
    return;
  }
  const std::byte* from = matrix.at(0, col) + row * kElemBytes;
  std::byte* to = problem.mask.at(0, col) + row;
#pragma unroll 1
  for (int s = 0; 32 * s < rows; s += kStep)
    best_mask_across<kElemBytes, kGroup, kFast>(problem, from + 32 * s * kElemBytes, to + 32 * s,
                                                rows - lane - 32 * s);
}

template <int kElemBytes, int kGroup, bool kFast>
__global__ void __launch_bounds__(kTileThreads)
    best_mask_groups(const __grid_constant__ BestMaskGroupsArgs args) {
  const int warp = static_cast<int>(threadIdx.x / 32), lane = static_cast<int>(threadIdx.x % 32);
  for (std::int64_t tile = blockIdx.x; tile < args.tiles; tile += gridDim.x) {
    const TileLine line = tile_line(args.tiling, tile, warp);
    if (line.slow >= args.tiling.slow) continue;
    if (args.by_rows)
      best_mask_row_line<kElemBytes, kGroup, kFast>(args.problem, line, lane);
    else
      best_mask_col_line<kElemBytes, kGroup, kFast>(args.problem, line, lane);
  }
}

}  // namespace heddle
