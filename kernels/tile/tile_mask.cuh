#pragma once
// A lane takes 4 lines x 16 bytes, solves their tiles in registers and stores mask bytes. Tiles left
// undecided are then searched by the whole warp, one after the other.

#include "kernels/access.cuh"
#include "kernels/tile/search.cuh"
#include "kernels/tile/solve.cuh"
#include "kernels/tile/tile_mask.hpp"

namespace heddle {

HEDDLE_HD constexpr DataType data_type(TileKind kind) {
  switch (kind) {
    case TileKind::f16: return DataType::f16;
    case TileKind::bf16: return DataType::bf16;
    case TileKind::f8e4m3: return DataType::f8e4m3;
    case TileKind::f8e5m2: return DataType::f8e5m2;
    case TileKind::i8: return DataType::i8;
    default: return DataType::f32;
  }
}

// 4 lines x 16 bytes.
template <int kElem>
struct TileUnit {
  static constexpr int kTiles = 4 / kElem;
  static constexpr int kCols = 16 / kElem;
  std::uint32_t word[4][4];

  __device__ __forceinline__ TileBits<kElem> tile(int t) const {
    TileBits<kElem> bits;
#pragma unroll
    for (int r = 0; r < 4; ++r)
#pragma unroll
      for (int i = 0; i < kElem; ++i) bits.word[kElem * r + i] = word[r][kElem * t + i];
    return bits;
  }
};

// Searches tile t of every lane whose bit t of `asks` is set: `tile` as it lies in memory. A warp
// calls it together.
template <TileKind kKind, int kTiles>
__device__ __forceinline__ void search_asked(const tile::MaskList& list, bool flipped,
                                             const TileBits<tile_elem(kKind)> (&tile)[kTiles],
                                             unsigned asks, TileColumns (&columns)[kTiles]) {
  constexpr int kElem = tile_elem(kKind), kPer = 4 / kElem;
  constexpr std::uint32_t kMask = kElem == 4 ? ~0u : (1u << 8 * kElem % 32) - 1;
  const int lane = static_cast<int>(threadIdx.x % 32);
  // Entry `lane` of the tile as the caller means it, where the lane's lines are.
  const int row = flipped ? lane % 4 : lane / 4 % 4, col = flipped ? lane / 4 % 4 : lane % 4;
#pragma unroll 1
  for (;;) {
    const std::uint32_t asking = arch::vote_ballot(asks != 0);
    if (asking == 0) return;
    const int owner = __ffs(static_cast<int>(asking)) - 1;
    const int t = __ffs(static_cast<int>(arch::shfl_idx(asks, owner))) - 1;
    std::uint32_t word = 0;
#pragma unroll
    for (int i = 0; i < 4 * kElem; ++i) {
      std::uint32_t mine = tile[0].word[i];
#pragma unroll
      for (int other = 1; other < kTiles; ++other)
        if (t == other) mine = tile[other].word[i];
      const std::uint32_t theirs = arch::shfl_idx(mine, owner);
      if (kElem * row + col / kPer == i) word = theirs;
    }
    const std::uint32_t element = word >> 8 * kElem * (col % kPer) & kMask;
    const std::uint32_t weight =
        lane < tile::kEntries ? tile::weight_bits(data_type(kKind), Ranking::magnitude, element)
                              : 0u;
    const TileColumns found = columns_of(search_list(list, weight, lane));
    if (lane != owner) continue;
    asks &= asks - 1;
#pragma unroll
    for (int i = 0; i < kTiles; ++i)
      if (i == t) columns[i] = found;
  }
}

// Zero where the matrix has no element.
template <int kElem, bool kWhole>
__device__ __forceinline__ TileUnit<kElem> load_unit(const ConstMatrix& m, std::int64_t row,
                                                     std::int64_t col) {
  TileUnit<kElem> unit;
#pragma unroll
  for (int r = 0; r < 4; ++r) {
    Run<16> run{};
    if constexpr (kWhole) {
      run = load_run<16>(m.at(row + r, col));
    } else {
#pragma unroll
      for (int i = 0; i < TileUnit<kElem>::kCols; ++i)
        if (row + r < m.rows && col + i < m.cols)
          put_element<kElem>(run, i, load_element<kElem>(m.at(row + r, col + i), m.align));
    }
#pragma unroll
    for (int w = 0; w < 4; ++w) unit.word[r][w] = run.word[w];
  }
  return unit;
}

// lines[t]: tile t's mask by lines, byte c of `lines[t] >> r` & 1 the entry (r, c).
template <int kElem, bool kWhole>
__device__ __forceinline__ void store_unit(const Matrix& m, std::int64_t row, std::int64_t col,
                                           const TileColumns (&lines)[4 / kElem]) {
  constexpr int kTiles = TileUnit<kElem>::kTiles;
#pragma unroll
  for (int r = 0; r < 4; ++r) {
    if constexpr (kWhole) {
      Run<4 * kTiles> run;
#pragma unroll
      for (int t = 0; t < kTiles; ++t) run.word[t] = lines[t] >> r & 0x01010101u;
      store_run<4 * kTiles>(m.at(row + r, col), run);
    } else {
#pragma unroll
      for (int i = 0; i < 4 * kTiles; ++i)
        if (row + r < m.rows && col + i < m.cols)
          *m.at(row + r, col + i) = static_cast<std::byte>(lines[i / 4] >> (8 * (i % 4) + r) & 1u);
    }
  }
}

// Two blocks on a multiprocessor are enough: left alone, ptxas spills to have room for four.
template <TileKind kKind, TileRule kRule>
__global__ void __launch_bounds__(kTileMaskThreads, 2)
    tile_mask(const __grid_constant__ TileMaskArgs args) {
  constexpr int kElem = tile_elem(kKind), kTiles = TileUnit<kElem>::kTiles;
  const ConstMatrix& matrix = args.problem.matrix;
  const Matrix& mask = args.problem.mask;
  const int lane = static_cast<int>(threadIdx.x % 32);
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kTileMaskThreads;
  std::int64_t first =
      static_cast<std::int64_t>(blockIdx.x) * kTileMaskThreads + (threadIdx.x - threadIdx.x % 32);
#pragma unroll 1
  for (; first < args.units; first += stride) {  // of the warp
    const std::int64_t unit = first + lane;
    const std::int64_t line = args.units_across.quotient(unit);
    const std::int64_t row = 4 * line;
    const std::int64_t col = (unit - line * args.units_across.divisor) * TileUnit<kElem>::kCols;
    const bool whole =
        args.aligned && row + 4 <= matrix.rows && col + TileUnit<kElem>::kCols <= matrix.cols;
    TileUnit<kElem> x;
    if (whole)
      x = load_unit<kElem, true>(matrix, row, col);
    else
      x = load_unit<kElem, false>(matrix, row, col);
    if (args.problem.ranking == Ranking::value) {
#pragma unroll
      for (int r = 0; r < 4; ++r) drop_negative<kKind>(x.word[r]);
    }
    TileBits<kElem> tile[kTiles];
    TileColumns columns[kTiles];
    unsigned asks = 0;
#pragma unroll
    for (int t = 0; t < kTiles; ++t) {
      tile[t] = x.tile(t);
      TileBits<kElem> bits = tile[t];
      if (args.flipped) bits = transpose_tile(bits);
      const TileAnswer answer = solve_tile<kKind, kRule>(bits);
      columns[t] = answer.columns;
      if (!answer.certain && unit < args.units) asks |= 1u << t;
    }
    if constexpr (kRule != TileRule::greedy)
      search_asked<kKind, kTiles>(args.list, args.flipped, tile, asks, columns);
    if (args.flipped) {
#pragma unroll
      for (int t = 0; t < kTiles; ++t) columns[t] = transpose_flags(columns[t]);
    }
    if (whole)
      store_unit<kElem, true>(mask, row, col, columns);
    else
      store_unit<kElem, false>(mask, row, col, columns);
  }
}

}  // namespace heddle
