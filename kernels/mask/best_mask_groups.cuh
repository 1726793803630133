#pragma once
// A lane loads runs of whole groups, ranks in registers and stores mask bytes.

#include "kernels/access.cuh"
#include "kernels/mask/best_mask.hpp"
#include "kernels/mask/select.cuh"

namespace heddle {

// Keys in two operations: min(bits & magnitude, top). The rule of floats by magnitude is one; under
// any other, elements are first replaced by their keys, which fit in their place.
struct Keys {
  std::uint32_t magnitude, top;
  bool replaced;

  __device__ __forceinline__ explicit Keys(const BestMask& problem)
      : magnitude(problem.float_magnitude ? problem.rule.magnitude : ~0u),
        top(problem.float_magnitude ? problem.rule.nan : ~0u),
        replaced(!problem.float_magnitude) {}
  __device__ __forceinline__ std::uint32_t key(std::uint32_t bits) const {
    return min(bits & magnitude, top);
  }
};

// The key of the general rule in an element's bytes. No number's key reaches the top one.
template <int kElemBytes>
__device__ __forceinline__ std::uint32_t narrow_key(const RankRule& rule, std::uint32_t bits) {
  return min(rank_key(rule, bits), ~0u >> (32 - 8 * kElemBytes));
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
  static constexpr int kPerRun = kElems / kRuns;
  Run<kMaskRunBytes> run[kRuns];

  template <bool kAligned>
  __device__ __forceinline__ void load(const std::byte* p, int align) {
#pragma unroll
    for (int i = 0; i < kRuns; ++i)
      run[i] = kAligned ? load_run<kMaskRunBytes>(p + i * kMaskRunBytes)
                        : load_run<kMaskRunBytes>(p + i * kMaskRunBytes, align);
  }
  __device__ __forceinline__ std::uint32_t element(int i) const {
    return element_of<kElemBytes>(run[i / kPerRun], i % kPerRun);
  }
  __device__ __forceinline__ void replace_by_keys(const RankRule& rule) {
#pragma unroll
    for (int r = 0; r < kRuns; ++r) {
      Run<kMaskRunBytes> keys{};
#pragma unroll
      for (int i = 0; i < kPerRun; ++i)
        put_element<kElemBytes>(keys, i,
                                narrow_key<kElemBytes>(rule, element_of<kElemBytes>(run[r], i)));
      run[r] = keys;
    }
  }
};

// Bit i of `bits` as byte i.
template <int kBytes>
__device__ __forceinline__ Run<kBytes> mask_bytes(unsigned bits) {
  Run<kBytes> run;
#pragma unroll
  for (int w = 0; w < Run<kBytes>::kWords; ++w)
    run.word[w] = (bits >> 4 * w & 0xFu) * 0x00204081u & 0x01010101u;  // bit i to bit 8 * i
  return run;
}

// Along the lines of memory: this lane's runs are every 32nd from `from` on, up to `left` runs, of
// which it takes kInFlight. kAligned: matrix and mask, to whole accesses.
template <int kElemBytes, int kGroup, bool kAligned, int kInFlight>
__device__ __forceinline__ void best_mask_along(const BestMask& problem, const Keys& keys,
                                                const std::byte* from, std::byte* to, int left) {
  using Groups = AdjacentGroups<kElemBytes, kGroup>;
  Groups x[kInFlight] = {};
#pragma unroll
  for (int s = 0; s < kInFlight; ++s)
    if (32 * s < left)
      x[s].template load<kAligned>(from + 32 * s * Groups::kBytes, problem.matrix.align);
  if (keys.replaced) {
#pragma unroll
    for (int s = 0; s < kInFlight; ++s) x[s].replace_by_keys(problem.rule);
  }
#pragma unroll
  for (int s = 0; s < kInFlight; ++s) {
    unsigned bits = 0;
#pragma unroll
    for (int first = 0; first < Groups::kElems; first += kGroup) {
      std::uint32_t key[kGroup];
#pragma unroll
      for (int i = 0; i < kGroup; ++i) key[i] = keys.key(x[s].element(first + i));
      bits |= best_entries<kGroup, kElemBytes>(key, problem.keep) << first;
    }
    if (32 * s >= left) continue;
    const Run<Groups::kElems> mask = mask_bytes<Groups::kElems>(bits);
    if constexpr (kAligned)
      store_run<Groups::kElems>(to + 32 * s * Groups::kElems, mask);
    else
      store_run<Groups::kElems>(to + 32 * s * Groups::kElems, mask, problem.mask.align);
  }
}

// Groups that are taken element by element: in order col those of 32 rows a step, in order row what
// is left of a row, less than a run.
struct Scattered {
  const std::byte* from;  // the lane's first group
  std::byte* to;
  int count;  // columns that exist from its first on; a group has at most kGroup
  int left;   // rows from the lane's first on
  int rows;   // the same of the warp's first lane
};

// A group of each of kSteps steps. kWhole: no column is absent, and elements are aligned. An absent
// column gets key 0 and, being behind, loses the tie with any that exists.
template <int kElemBytes, int kGroup, bool kWhole, int kSteps>
__device__ __forceinline__ void best_mask_across(const BestMask& problem, const Keys& keys,
                                                 const std::byte* from, std::byte* to, int left,
                                                 int count) {
  const ConstMatrix& matrix = problem.matrix;
  std::uint32_t x[kSteps][kGroup] = {};
#pragma unroll
  for (int s = 0; s < kSteps; ++s)
#pragma unroll
    for (int i = 0; i < kGroup; ++i)
      if (32 * s < left && (kWhole || i < count))
        x[s][i] = load_element<kElemBytes>(from + 32 * s * kElemBytes + i * matrix.col_step,
                                           kWhole ? kElemBytes : matrix.align);
  if (keys.replaced) {
#pragma unroll
    for (int s = 0; s < kSteps; ++s)
#pragma unroll
      for (int i = 0; i < kGroup; ++i) x[s][i] = narrow_key<kElemBytes>(problem.rule, x[s][i]);
  }
#pragma unroll
  for (int s = 0; s < kSteps; ++s) {
    std::uint32_t key[kGroup];
#pragma unroll
    for (int i = 0; i < kGroup; ++i) key[i] = kWhole || i < count ? keys.key(x[s][i]) : 0u;
    const unsigned bits = best_entries<kGroup, kElemBytes>(key, problem.keep);
#pragma unroll
    for (int i = 0; i < kGroup; ++i)
      if (32 * s < left && (kWhole || i < count))
        to[32 * s + i * problem.mask.col_step] = static_cast<std::byte>(bits >> i & 1u);
  }
}

template <int kElemBytes, int kGroup>
__device__ __forceinline__ void best_mask_scattered(const BestMask& problem, const Keys& keys,
                                                    const Scattered& at) {
  constexpr int kInFlight = kGroup == 8 ? 2 : kTileSteps;
  if (at.count < kGroup || problem.matrix.align < kElemBytes) {
#pragma unroll 1
    for (int row = 0; row < at.rows; row += 32)
      best_mask_across<kElemBytes, kGroup, false, 1>(problem, keys, at.from + row * kElemBytes,
                                                     at.to + row, at.left - row, at.count);
    return;
  }
#pragma unroll 1
  for (int row = 0; row < kTileFast; row += 32 * kInFlight)
    best_mask_across<kElemBytes, kGroup, true, kInFlight>(problem, keys, at.from + row * kElemBytes,
                                                          at.to + row, at.left - row, kGroup);
}

// Columns are adjacent: kTileFast runs of row line.slow. Returns what they leave.
template <int kElemBytes, int kGroup>
__device__ __forceinline__ Scattered best_mask_row_line(const BestMask& problem, const Keys& keys,
                                                        const TileLine& line, int lane) {
  using Groups = AdjacentGroups<kElemBytes, kGroup>;
  const ConstMatrix& matrix = problem.matrix;
  const std::int64_t runs = matrix.cols / Groups::kElems, run = line.fast + lane;
  const int whole = items_before(runs, line.fast);
  const std::byte* from = matrix.at(line.slow, 0) + run * Groups::kBytes;
  std::byte* to = problem.mask.at(line.slow, 0) + run * Groups::kElems;
  constexpr int kInFlight = 2;  // runs, loaded before one is used
  const bool aligned = matrix.align >= kMaskRunBytes && problem.mask.align >= Groups::kElems;
#pragma unroll 1
  for (int s = 0; 32 * s < whole; s += aligned ? kInFlight : 1) {
    const std::byte* at = from + 32 * s * Groups::kBytes;
    std::byte* out = to + 32 * s * Groups::kElems;
    const int left = whole - lane - 32 * s;
    if (aligned)
      best_mask_along<kElemBytes, kGroup, true, kInFlight>(problem, keys, at, out, left);
    else
      best_mask_along<kElemBytes, kGroup, false, 1>(problem, keys, at, out, left);
  }
  // What is left of the row, less than a run: a lane for every group.
  const int rest = static_cast<int>(matrix.cols % Groups::kElems) - lane * kGroup;
  if (whole == kTileFast || rest <= 0) return {};
  const std::int64_t col = runs * Groups::kElems + lane * kGroup;
  return {matrix.at(line.slow, col), problem.mask.at(line.slow, col), rest, 1, 1};
}

// Rows are adjacent: group line.slow of kTileFast rows.
template <int kElemBytes, int kGroup>
__device__ __forceinline__ Scattered col_line(const BestMask& problem, const TileLine& line,
                                              int lane) {
  const std::int64_t row = line.fast + lane, col = line.slow * kGroup;
  const int rows = items_before(problem.matrix.rows, line.fast);
  const std::int64_t cols = problem.matrix.cols - col;
  return {problem.matrix.at(row, col), problem.mask.at(row, col),
          static_cast<int>(cols < kGroup ? cols : kGroup), rows - lane, rows};
}

template <int kElemBytes, int kGroup>
__global__ void __launch_bounds__(kTileThreads)
    best_mask_groups(const __grid_constant__ BestMaskGroupsArgs args) {
  const int warp = static_cast<int>(threadIdx.x / 32), lane = static_cast<int>(threadIdx.x % 32);
  const BestMask& problem = args.problem;
  const Keys keys(problem);
  for (std::int64_t tile = blockIdx.x; tile < args.tiles; tile += gridDim.x) {
    const TileLine line = tile_line(args.tiling, tile, warp);
    if (line.slow >= args.tiling.slow) continue;
    best_mask_scattered<kElemBytes, kGroup>(
        problem, keys,
        args.by_rows ? best_mask_row_line<kElemBytes, kGroup>(problem, keys, line, lane)
                     : col_line<kElemBytes, kGroup>(problem, line, lane));
  }
}

}  // namespace heddle
