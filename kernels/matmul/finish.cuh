#pragma once
// What happens to a segment's accumulators: through shared memory, summed over the warps that share
// k, and out to D; or to a slot of the workspace, if other blocks own parts of the tile.
//
// The warps take turns, staged_warps at a time, so that registers need no run-time number. A turn has
// a region for each of its warps, [token][64 rows, padded]. Warps that share k follow each other; if
// they are more than a turn, those of later turns add to what lies there.
//
//     turn 0   warp 0 -> region 0   warp 1 -> region 1        (two a turn, four sharing k)
//     turn 1   warp 2 += region 0   warp 3 += region 1        -> outputs of one 64-row piece
//
// A *piece* is what the warps of one (m, n) have together: 64 rows x 8 * tiles tokens of the tile. A
// slot holds a tile piece by piece, each [token][64 rows].

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/arch/fence.cuh"
#include "kernels/arch/fragment.cuh"
#include "kernels/arch/global.cuh"
#include "kernels/matmul/matmul.hpp"
#include "kernels/matmul/output.cuh"

namespace heddle {

// A thread's place in its block.
struct WarpPlace {
  int lane;
  int m, n, k;  // of the warp

  __device__ __forceinline__ explicit WarpPlace(const TileShape& shape) {
    const int warp = static_cast<int>(threadIdx.x) / 32;
    lane = static_cast<int>(threadIdx.x) % 32;
    k = warp % shape.warps_k;
    m = warp / shape.warps_k % shape.warps_m;
    n = warp / (shape.warps_k * shape.warps_m);
  }
};

// Four sums, down the rows: one access of 16 bytes.
template <typename Sum>
struct alignas(16) Sums4 {
  Sum v[kMathRows];
};

template <typename T>
__device__ __forceinline__ T load_staged(const void* shared) {
  const uint4 w = *static_cast<const uint4*>(shared);
  T value;
  static_assert(sizeof value == sizeof w);
  __builtin_memcpy(&value, &w, sizeof value);
  return value;
}
template <typename T>
__device__ __forceinline__ void store_staged(void* shared, const T& value) {
  uint4 w;
  static_assert(sizeof value == sizeof w);
  __builtin_memcpy(&w, &value, sizeof w);
  *static_cast<uint4*>(shared) = w;
}

template <typename Sum, int kTiles>
class Finisher {
 public:
  using Fragment = arch::FragmentC<Sum>;

  __device__ __forceinline__ Finisher(const MatmulArgs& args, Sum* staged, int* flag)
      : args_(args), shape_(args.shape), staged_(staged), flag_(flag) {}

  // Takes the accumulators of a segment of `tile`.
  __device__ __forceinline__ void finish(const Fragment (&acc)[kRowTiles][kTiles],
                                         std::int64_t tile) {
    const Schedule& schedule = args_.schedule;
    Sharing sharing{tile, 0, 1};
    if (tile < schedule.split_tiles) {
      sharing.first = schedule.first_owner(tile);
      sharing.owners = schedule.last_owner(tile) - sharing.first + 1;
    }
    const OutputPlace place = args_.raster.place(tile);
    bool from_slots = false;
#pragma unroll 1
    for (int turn = 0;;) {
      if (!from_slots && static_cast<int>(threadIdx.x) / (32 * kTurnWarps) == turn)
        stage(acc, turn);
      __syncthreads();
      if ((turn + 1) * kTurnWarps % shape_.warps_k == 0) {  // pieces are complete
        const int parts = min(shape_.warps_k, kTurnWarps);
        const Pieces pieces{((turn + 1) * kTurnWarps - 1) / shape_.warps_k + 1 - kTurnWarps / parts,
                            kTurnWarps / parts, parts};
        if (sharing.owners > 1 && !from_slots) {
          deposit(tile, pieces);
        } else {
          results(place, pieces, sharing, from_slots);
          __syncthreads();
          emit(place, pieces);
        }
        __syncthreads();
      }
      if (++turn < kTurns) continue;
      if (sharing.owners == 1 || from_slots || !last_to_arrive(sharing)) return;
      from_slots = true;
      turn = 0;
    }
  }

 private:
  static constexpr bool kIntegers = std::is_same_v<Sum, std::int32_t>;
  static constexpr int kTurnWarps = staged_warps(kTiles);
  static constexpr int kTurns = kMatmulWarps / kTurnWarps;
  static constexpr int kPieceTokens = kTiles * kTokens;
  static constexpr int kRegion = region_elements(kTiles);

  // The blocks that own parts of a tile.
  struct Sharing {
    std::int64_t tile, first, owners;
  };
  // Pieces that a turn completed: the sum of piece first + i is that of regions
  // [i * parts, (i + 1) * parts).
  struct Pieces {
    int first, count, parts;
  };

  // A warp's accumulators to its region.
  __device__ __forceinline__ void stage(const Fragment (&acc)[kRowTiles][kTiles], int turn) {
    const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
    const bool add = turn * kTurnWarps % shape_.warps_k != 0;
    Sum* to = staged_ + warp % kTurnWarps * kRegion + 2 * (lane % 4) * kStagedStride + lane / 4;
    const auto each = [&](const auto& put) {
#pragma unroll
      for (int j = 0; j < kTiles; ++j)
#pragma unroll
        for (int t = 0; t < kRowTiles; ++t)
#pragma unroll
          for (int r = 0; r < 4; ++r)
            put(to[(j * kTokens + r % 2) * kStagedStride + t * 16 + r / 2 * 8], acc[t][j].r[r]);
    };
    if (add)
      each([](Sum& place, Sum value) { place += value; });
    else
      each([](Sum& place, Sum value) { place = value; });
  }

  // Four rows of one token of a piece; rows fastest.
  struct Item {
    int row, token, piece;  // the piece counts within its turn
  };
  static constexpr int kItemsDown = kWarpRows / kMathRows;
  static constexpr int kPieceItems = kPieceTokens * kItemsDown;
  __device__ __forceinline__ static Item item(int i) {
    return {i % kItemsDown * kMathRows, i / kItemsDown % kPieceTokens, i / kPieceItems};
  }
  __device__ __forceinline__ Sum* staged_at(const Item& at, const Pieces& pieces, int part) const {
    return staged_ + (at.piece * pieces.parts + part) * kRegion + at.token * kStagedStride + at.row;
  }
  // The run that starts at an item's first element, at most `most` long; 0 outside of D.
  __device__ __forceinline__ OutputRun run_at(const OutputPlace& place, const Pieces& pieces,
                                              const Item& at, bool down, int most) const {
    const MatmulOutput& out = args_.out;
    const int piece = pieces.first + at.piece;
    OutputRun run;
    run.row =
        (std::int64_t{place.m} * shape_.warps_m + piece % shape_.warps_m) * kWarpRows + at.row;
    run.col =
        (std::int64_t{place.n} * shape_.warps_n + piece / shape_.warps_m) * kPieceTokens + at.token;
    run.batch = place.batch;
    const std::int64_t rows = out.d.rows - run.row, cols = out.d.cols - run.col;
    const std::int64_t along = down ? rows : cols;
    run.count = rows <= 0 || cols <= 0 ? 0 : along < most ? static_cast<int>(along) : most;
    return run;
  }

  // The sums of an item over the warps that share k, in the order of the regions.
  __device__ __forceinline__ Sums4<Sum> sum_regions(const Item& at, const Pieces& pieces) const {
    Sums4<Sum> sums = load_staged<Sums4<Sum>>(staged_at(at, pieces, 0));
#pragma unroll 1
    for (int part = 1; part < pieces.parts; ++part) {
      const Sums4<Sum> more = load_staged<Sums4<Sum>>(staged_at(at, pieces, part));
#pragma unroll
      for (int i = 0; i < kMathRows; ++i) sums.v[i] += more.v[i];
    }
    return sums;
  }

  // Where a block's slot has item i of a turn's pieces.
  __device__ __forceinline__ Sums4<Sum>* slot(std::int64_t tile, std::int64_t block,
                                              const Pieces& pieces, int i) const {
    return reinterpret_cast<Sums4<Sum>*>(args_.slots + args_.schedule.slot(tile, block) *
                                                           tile_elements(shape_) * 4) +
           pieces.first * kPieceItems + i;
  }

  __device__ __forceinline__ void deposit(std::int64_t tile, const Pieces& pieces) const {
#pragma unroll 1
    for (int i = threadIdx.x; i < pieces.count * kPieceItems; i += kMatmulThreads)
      arch::st_global_cg(slot(tile, blockIdx.x, pieces, i), sum_regions(item(i), pieces));
  }

  // The sums of an item over all slots of the tile, in ascending order of their blocks.
  __device__ __forceinline__ Sums4<Sum> sum_slots(const Sharing& sharing, const Pieces& pieces,
                                                  int i) const {
    Sums4<Sum> sums = {};
#pragma unroll 1
    for (std::int64_t block = 0; block < sharing.owners; ++block) {
      const Sums4<Sum> more =
          arch::ld_global_cg(slot(sharing.tile, sharing.first + block, pieces, i));
#pragma unroll
      for (int r = 0; r < kMathRows; ++r) sums.v[r] += more.v[r];
    }
    return sums;
  }

  // Results take the place of the first region of each piece.
  __device__ __forceinline__ void results(const OutputPlace& place, const Pieces& pieces,
                                          const Sharing& sharing, bool from_slots) const {
#pragma unroll 1
    for (int i = threadIdx.x; i < pieces.count * kPieceItems; i += kMatmulThreads) {
      const Item at = item(i);
      const OutputRun run = run_at(place, pieces, at, true, kMathRows);
      if (run.count == 0) continue;
      const Sums4<Sum> sums = from_slots ? sum_slots(sharing, pieces, i) : sum_regions(at, pieces);
      if constexpr (kIntegers) {
        if (args_.out.exact) {
          Sums4<std::int32_t> x = {};
          finish_integers(args_.out, run, sums.v, x.v);
          store_staged(staged_at(at, pieces, 0), x);
          continue;
        }
      }
      Sums4<float> x = {};
      finish_floats(args_.out, run, sums.v, x.v);
      store_staged(staged_at(at, pieces, 0), x);
    }
  }

  // Results to D: eight rows of a token, or eight tokens of a row, whichever are neighbours. Lanes
  // follow each other in memory in the first case and along the rows in the second.
  __device__ __forceinline__ void emit(const OutputPlace& place, const Pieces& pieces) const {
    const MatmulOutput& out = args_.out;
    const bool down = out.contiguous_m;
    const int starts = down ? kWarpRows / kStoreRun : kWarpRows;  // of runs in one token
    constexpr int kPieceRuns = kPieceTokens * kWarpRows / kStoreRun;
#pragma unroll 1
    for (int i = threadIdx.x; i < pieces.count * kPieceRuns; i += kMatmulThreads) {
      const int in = i % kPieceRuns;
      const Item at = {in % starts * (down ? kStoreRun : 1), in / starts * (down ? 1 : kStoreRun),
                       i / kPieceRuns};
      const OutputRun run = run_at(place, pieces, at, down, kStoreRun);
      if (run.count == 0) continue;
      const auto* from = reinterpret_cast<const std::uint32_t*>(staged_at(at, pieces, 0));
      std::uint32_t bits[kStoreRun];
      if (down) {
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          const auto four = load_staged<Sums4<std::uint32_t>>(from + half * kMathRows);
#pragma unroll
          for (int e = 0; e < kMathRows; ++e) bits[half * kMathRows + e] = four.v[e];
        }
      } else {
#pragma unroll
        for (int e = 0; e < kStoreRun; ++e) bits[e] = from[e * kStagedStride];
      }
      if (!kIntegers || !out.exact) {
#pragma unroll
        for (std::uint32_t& b : bits) b = from_float(out.type, __uint_as_float(b));
      }
      store_d(out, run, bits);
    }
  }

  // Whether every other owner's slot is filled: true in exactly one block. It leaves the counter as
  // it was before the launch.
  __device__ __forceinline__ bool last_to_arrive(const Sharing& sharing) {
    if (threadIdx.x == 0) {
      arch::fence_acq_rel_gpu();
      const auto before = atomicAdd(args_.counters + sharing.tile, 1u);
      *flag_ = before + 1 == static_cast<std::uint32_t>(sharing.owners);
      if (*flag_) args_.counters[sharing.tile] = 0;
      arch::fence_acq_rel_gpu();
    }
    __syncthreads();
    const bool last = *flag_ != 0;
    __syncthreads();  // the flag may be written again
    return last;
  }

  const MatmulArgs& args_;
  const TileShape& shape_;
  Sum* staged_;
  int* flag_;
};

}  // namespace heddle
