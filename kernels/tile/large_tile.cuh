#pragma once
// What the kernels of large tiles share: 32 / side tiles a warp, `side` lanes each.

#include "kernels/access.cuh"
#include "kernels/arch/warp.cuh"
#include "kernels/tile/large_tile.hpp"
#include "kernels/tile/tile_weight.hpp"

namespace heddle {

// A warp's tiles in shared memory. Lanes along a row or down a column, of all its tiles at once,
// meet 32 banks.
template <int kSide>
struct LargeTiles {
  static constexpr int kTiles = 32 / kSide;
  static constexpr int kPitch = kSide + 1;
  std::int32_t entry[kTiles * kSide * kPitch];
  std::int32_t price[32];  // of the lane's column
  std::uint32_t row[32];   // of the lane's row: bit c, whether column c is kept
};

// This lane's tile, and the lane's number in it.
template <int kSide>
struct LargeLane {
  int first;  // lane 0 of the tile in the warp
  int lane;   // row or column
  int group, keep;
  std::int64_t row, col;  // of the matrix, where the tile starts
  bool exists;

  __device__ __forceinline__ LargeLane(const LargeTileArgs& args, std::int64_t first_tile) {
    constexpr int kTiles = 32 / kSide;
    const int in_warp = static_cast<int>(threadIdx.x % 32);
    lane = in_warp % kSide;
    first = in_warp - lane;
    group = args.problem.pattern.group;
    keep = args.problem.pattern.keep;
    const std::int64_t tile = first_tile + (kTiles == 1 ? 0 : in_warp / kSide);
    exists = tile < args.tiles;
    const std::int64_t slow = args.tiles_across.quotient(tile);
    const std::int64_t fast = tile - slow * args.tiles_across.divisor;
    row = (args.by_cols ? fast : slow) * group;
    col = (args.by_cols ? slow : fast) * group;
  }
  // The lane is a row or column of the group.
  __device__ __forceinline__ bool in_group() const { return lane < group; }
  __device__ __forceinline__ int entry(int r, int c) const {
    return first * LargeTiles<kSide>::kPitch + r * LargeTiles<kSide>::kPitch + c;
  }
  template <class T>
  __device__ __forceinline__ T of_lane(T value, int other) const {
    return arch::shfl_idx(value, first + other);
  }
  // Bit i: the predicate of lane i of the tile.
  __device__ __forceinline__ std::uint32_t ballot(bool predicate) const {
    return arch::vote_ballot(predicate) >> first & (~0u >> (32 - kSide));
  }
};

// The tile's weights as their bits; zero beyond matrix and group. A warp calls it together.
template <int kSide>
__device__ __forceinline__ void load_weights(const LargeTileArgs& args, const LargeLane<kSide>& at,
                                             LargeTiles<kSide>& tiles) {
  const ConstMatrix& m = args.problem.matrix;
  const int size = args.problem.type == DataType::f32                                          ? 4
                   : args.problem.type == DataType::f16 || args.problem.type == DataType::bf16 ? 2
                                                                                               : 1;
#pragma unroll 4
  for (int line = 0; line < kSide; ++line) {
    const int r = args.by_cols ? at.lane : line, c = args.by_cols ? line : at.lane;
    std::uint32_t weight = 0;
    if (at.exists && r < at.group && c < at.group && at.row + r < m.rows && at.col + c < m.cols) {
      const std::byte* p = m.at(at.row + r, at.col + c);
      const std::uint32_t bits = size == 4   ? load_element<4>(p, m.align)
                                 : size == 2 ? load_element<2>(p, m.align)
                                             : load_element<1>(p, m.align);
      weight = tile::weight_bits(args.problem.type, args.problem.ranking, bits);
    }
    tiles.entry[at.entry(r, c)] = static_cast<std::int32_t>(weight);
  }
  __syncwarp();
}

// `kept`: of the lane's row. A warp calls it together.
template <int kSide>
__device__ __forceinline__ void store_rows(const LargeTileArgs& args, const LargeLane<kSide>& at,
                                           std::uint32_t kept) {
  const Matrix& m = args.problem.mask;
#pragma unroll 1
  for (int line = 0; line < at.group; ++line) {
    const std::uint32_t of_line = at.of_lane(kept, line);
    const int r = args.by_cols ? at.lane : line, c = args.by_cols ? line : at.lane;
    const std::uint32_t bits = args.by_cols ? kept : of_line;
    if (at.exists && at.in_group() && at.row + r < m.rows && at.col + c < m.cols)
      *m.at(at.row + r, at.col + c) = static_cast<std::byte>(bits >> c & 1u);
  }
}

}  // namespace heddle
