#pragma once
// Where weights and scores have one order, a lane scores four neighbours of eight rows; where they
// do not, a warp turns a square through shared memory.

#include "kernels/access.cuh"
#include "kernels/arch/arithmetic.cuh"
#include "kernels/number.cuh"
#include "kernels/score/score.hpp"

namespace heddle {

// The score's bits.
__device__ __forceinline__ std::uint32_t scored(ScoreFormula formula, float w, float c) {
  switch (formula) {
    case ScoreFormula::magnitude: return one_nan_bits(fabsf(w));
    case ScoreFormula::product: return one_nan_bits(arch::mul_rn(fabsf(w), c));
    default: {
      const float ratio = arch::div_rn(w, c);
      return one_nan_bits(arch::mul_rn(ratio, ratio));
    }
  }
}

// The value of column `i` of the caller's; 0 where the formula reads none.
__device__ __forceinline__ float column_value(const ScoreArgs& args, std::int64_t i) {
  if (args.formula == ScoreFormula::magnitude) return 0.0f;
  return __uint_as_float(load_element<4>(args.columns + 4 * i, args.columns_align));
}

template <Number kType>
__device__ __forceinline__ void score_element(const ScoreArgs& args, std::int64_t row,
                                              std::int64_t col) {
  const float w =
      value_of<kType>(load_element<bytes_of(kType)>(args.weight.at(row, col), args.weight.align));
  const std::uint32_t score = scored(args.formula, w, column_value(args, args.by_row ? row : col));
  store_element<4>(args.scores.at(row, col), score, args.scores.align);
}

// Four neighbours of `rows` rows, aligned.
template <Number kType>
__device__ __forceinline__ void score_lane(const ScoreArgs& args, std::int64_t row, int rows,
                                           std::int64_t col) {
  constexpr int kBytes = bytes_of(kType), kAhead = kBytes == 4 ? kScoreRows / 2 : kScoreRows;
  Run<16> c{};
  if (!args.by_row && args.formula != ScoreFormula::magnitude)
    c = load_run<16>(args.columns + 4 * col, args.columns_align);
#pragma unroll 1
  for (int begin = 0; begin < rows; begin += kAhead, row += kAhead) {
    Run<kScoreRun * kBytes> x[kAhead] = {};
#pragma unroll
    for (int r = 0; r < kAhead; ++r)
      if (begin + r < rows) x[r] = load_run<kScoreRun * kBytes>(args.weight.at(row + r, col));
#pragma unroll
    for (int r = 0; r < kAhead; ++r) {
      if (begin + r >= rows) return;
      const float of_row = args.by_row ? column_value(args, row + r) : 0.0f;
      Run<16> out;
#pragma unroll
      for (int i = 0; i < kScoreRun; ++i)
        out.word[i] = scored(args.formula, value_of<kType>(element_of<kBytes>(x[r], i)),
                             args.by_row ? of_row : __uint_as_float(c.word[i]));
      store_run<16>(args.scores.at(row + r, col), out);
    }
  }
}

// Two blocks at least: by its own choice of registers ptxas spills around the division.
template <Number kType>
__global__ void __launch_bounds__(kScoreThreads, 2)
    score_runs(const __grid_constant__ ScoreArgs args) {
  constexpr int kWarps = kScoreThreads / 32;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const bool aligned = args.weight.align >= kScoreRun * bytes_of(kType) && args.scores.align >= 16;
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kWarps;
  for (std::int64_t tile = static_cast<std::int64_t>(blockIdx.x) * kWarps + threadIdx.x / 32;
       tile < args.tiles; tile += stride) {
    const std::int64_t first = tile % args.across * kScoreCols;
    const std::int64_t row = tile / args.across * kScoreRows, below = args.weight.rows - row;
    const int rows = static_cast<int>(below < kScoreRows ? below : kScoreRows);
    const std::int64_t col = first + lane * kScoreRun;
    if (aligned && col + kScoreRun <= args.weight.cols) {
      score_lane<kType>(args, row, rows, col);
      continue;
    }
    // Element by element: what is left of a row, by its lane; where nothing is aligned, all lanes.
#pragma unroll 1
    for (int r = 0; r < rows; ++r)
#pragma unroll 1
      for (int i = 0; i < kScoreRun; ++i) {
        const std::int64_t c = aligned ? col + i : first + lane + 32 * i;
        if (c < args.weight.cols) score_element<kType>(args, row + r, c);
      }
  }
}

template <Number kType>
__global__ void __launch_bounds__(kScoreThreads)
    score_turned(const __grid_constant__ ScoreArgs args) {
  constexpr int kWarps = kScoreThreads / 32, kSide = kScoreSquare;
  // The pitch keeps columns free of bank conflicts.
  __shared__ std::uint32_t square[kWarps][kSide][kSide + 1];
  const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kWarps;
  for (std::int64_t tile = static_cast<std::int64_t>(blockIdx.x) * kWarps + warp; tile < args.tiles;
       tile += stride) {
    const std::int64_t col = tile % args.across * kSide, row = tile / args.across * kSide;
    const std::int64_t mine = col + lane;
    const bool inside = mine < args.weight.cols;
    const float c = inside && !args.by_row ? column_value(args, mine) : 0.0f;
    __syncwarp();
#pragma unroll 1
    for (int begin = 0; begin < kSide; begin += kScoreRows) {
      std::uint32_t bits[kScoreRows] = {};
#pragma unroll
      for (int r = 0; r < kScoreRows; ++r)
        if (inside && row + begin + r < args.weight.rows)
          bits[r] = load_element<bytes_of(kType)>(args.weight.at(row + begin + r, mine),
                                                  args.weight.align);
#pragma unroll
      for (int r = 0; r < kScoreRows; ++r) {
        if (!inside || row + begin + r >= args.weight.rows) continue;
        const float value = args.by_row ? column_value(args, row + begin + r) : c;
        square[warp][begin + r][lane] = scored(args.formula, value_of<kType>(bits[r]), value);
      }
    }
    __syncwarp();
#pragma unroll 8
    for (int i = 0; i < kSide; ++i)
      if (col + i < args.weight.cols && row + lane < args.weight.rows)
        store_element<4>(args.scores.at(row + lane, col + i), square[warp][lane][i],
                         args.scores.align);
  }
}

}  // namespace heddle
