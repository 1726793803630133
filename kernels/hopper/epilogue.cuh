#pragma once
// What happens to a segment's accumulators. A whole tile: each warp by itself takes its 16 rows a few
// tokens at a time through a region of shared memory, [token][16 rows, permuted], and out to D. A part
// of a split tile: a slot of the workspace, in the order of the registers; the last warpgroup to
// arrive adds the slots up in ascending order of their clusters, in its own registers.

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/arch/barrier.cuh"
#include "kernels/arch/fence.cuh"
#include "kernels/arch/global.cuh"
#include "kernels/arch/thread.cuh"
#include "kernels/hopper/pipeline.cuh"
#include "kernels/hopper/results16.cuh"
#include "kernels/matmul/output.cuh"

namespace heddle {

// This thread's warpgroup, and its place there.
__device__ __forceinline__ int group_number() { return static_cast<int>(arch::tid_x() / 128); }
__device__ __forceinline__ int group_thread() { return static_cast<int>(arch::tid_x() % 128); }
__device__ __forceinline__ int lane_number() { return static_cast<int>(arch::tid_x() % 32); }

// The threads of a warpgroup meet. Barrier 0 is the block's.
__device__ __forceinline__ void group_sync() {
  constexpr std::uint32_t kThreads = 128;
  const int group = group_number();
  if (group == 0)
    arch::bar_sync<1>(kThreads);
  else if (group == 1)
    arch::bar_sync<2>(kThreads);
  else
    arch::bar_sync<3>(kThreads);
}

template <typename Sum, typename Shared, int kGroups, int kRowBlocks, int kTokens>
class HopperEpilogue {
 public:
  static constexpr int kSums = kTokens / 2;  // of a lane, per row block
  using Sums = Sum[kRowBlocks][kSums];

  __device__ __forceinline__ explicit HopperEpilogue(const HopperArgs& args) : args_(args) {}

  // Takes the sums of a segment of `tile`.
  __device__ __forceinline__ void finish(Sums& sums, std::int32_t tile) {
    const Schedule& schedule = args_.schedule;
    if (tile < schedule.split_tiles) {
      const int first = static_cast<int>(schedule.first_owner(tile));
      const int owners = static_cast<int>(schedule.last_owner(tile)) - first + 1;
      if (owners > 1) {
        deposit(sums, slot(tile, cluster_number(args_)));
        if (!last_to_arrive(tile, owners)) return;
        add_slots(sums, tile, first, owners);
      }
    }
    emit_tile(sums, args_.raster.place(tile));
  }

 private:
  static constexpr bool kIntegers = std::is_same_v<Sum, std::int32_t>;
  static constexpr HopperShape kShape = {kGroups, kRowBlocks, kTokens, 1, false};
  static constexpr int kTurnTokens = hopper_out_tokens(kShape);
  static constexpr int kTurns = kTokens / kTurnTokens;  // of a row block
  static constexpr int kVectors = kSums / 4;            // 16-byte pieces of a lane's sums
  static constexpr int kRows = layout::kRowTile;

  struct alignas(16) Four {
    Sum v[4];
  };

  // ---- split tiles ----

  // This thread's part of the slot that a cluster has for a tile.
  __device__ __forceinline__ Four* slot(std::int32_t tile, int cluster_number) const {
    const std::int64_t number = args_.schedule.slot(tile, cluster_number);
    const std::int64_t block = number * args_.cluster + block_rank(args_);
    return reinterpret_cast<Four*>(args_.slots) +
           (block * kGroups + group_number()) * (kRowBlocks * kVectors * 128) + group_thread();
  }

  __device__ __forceinline__ void deposit(const Sums& sums, Four* to) const {
#pragma unroll
    for (int r = 0; r < kRowBlocks; ++r)
#pragma unroll
      for (int i = 0; i < kVectors; ++i) {
        Four four;
#pragma unroll
        for (int e = 0; e < 4; ++e) four.v[e] = sums[r][4 * i + e];
        arch::st_global_cg(to + (r * kVectors + i) * 128, four);
      }
  }

  // Whether every other owner's slot is filled: true in exactly one cluster for each block and group.
  // It leaves the counter as it was before the launch.
  __device__ __forceinline__ bool last_to_arrive(std::int32_t tile, int owners) const {
    group_sync();
    if (group_thread() == 0) {
      std::uint32_t* counter =
          args_.counters + (tile * args_.cluster + block_rank(args_)) * kGroups + group_number();
      arch::fence_acq_rel_gpu();  // the slot, then the count
      const bool last = atomicAdd(counter, 1u) + 1 == static_cast<std::uint32_t>(owners);
      *Shared::flag(group_number()) = last;
      if (last) *counter = 0;
      arch::fence_acq_rel_gpu();  // the count, then the others' slots
    }
    group_sync();  // before the next write of the flag lies the barrier above
    return *Shared::flag(group_number()) != 0;
  }

  __device__ __forceinline__ void add_slots(Sums& sums, std::int32_t tile, int first,
                                            int owners) const {
#pragma unroll 1
    for (int owner = 0; owner < owners; ++owner) {
      const Four* from = slot(tile, first + owner);
#pragma unroll
      for (int r = 0; r < kRowBlocks; ++r)
#pragma unroll
        for (int i = 0; i < kVectors; ++i) {
          const Four four = arch::ld_global_cg(from + (r * kVectors + i) * 128);
#pragma unroll
          for (int e = 0; e < 4; ++e) {
            Sum& sum = sums[r][4 * i + e];
            sum = (owner == 0 ? Sum{} : sum) + four.v[e];
          }
        }
    }
  }

  // ---- results ----

  // What a warp writes in one turn: 16 rows x kTurnTokens from a corner, of which so many exist.
  struct Patch {
    std::int64_t row, col;
    int batch, rows, cols;
  };

  __device__ __forceinline__ void emit_tile(const Sums& sums, const OutputPlace& place) const {
    const MatmulOutput& out = args_.out;
    if constexpr (kTokens % Results16<Sum, kTokens>::kTogether == 0) {
      if (takes_results16(out)) return emit_results16(sums, place);
    }
#pragma unroll 1
    for (int turn = 0; turn < kRowBlocks * kTurns; ++turn) {
      Patch patch;
      patch.row = first_row(place, turn / kTurns);
      patch.col = std::int64_t{place.n} * kTokens + turn % kTurns * kTurnTokens;
      patch.batch = place.batch;
      patch.rows = clip(out.d.rows - patch.row, kRows);
      patch.cols = clip(out.d.cols - patch.col, kTurnTokens);
      if (patch.rows == 0 || patch.cols == 0) continue;
      stage(sums, turn);
      __syncwarp();
      results(patch);
      __syncwarp();
      emit(patch);
      __syncwarp();
    }
  }
  // Of this warp, in the group's row block r.
  __device__ __forceinline__ std::int64_t first_row(const OutputPlace& place, int r) const {
    const int block = (place.m * args_.cluster + block_rank(args_)) * kGroups + group_number();
    return (std::int64_t{block} * kRowBlocks + r) * layout::kBlockRows +
           static_cast<int>(arch::tid_x() % 128 / 32 * kRows);
  }
  __device__ __forceinline__ void emit_results16(const Sums& sums, const OutputPlace& place) const {
#pragma unroll
    for (int r = 0; r < kRowBlocks; ++r) {
      const std::int64_t row = first_row(place, r);
      if (row >= args_.out.d.rows) break;
      Results16<Sum, kTokens>(args_.out, row, std::int64_t{place.n} * kTokens, place.batch,
                              reinterpret_cast<std::byte*>(region()))
          .write(sums[r]);
    }
  }
  __device__ __forceinline__ static int clip(std::int64_t left, int most) {
    return left >= most ? most : left > 0 ? static_cast<int>(left) : 0;
  }

  // Where the region has a row of a token: two tokens fill the 32 banks once, permuted by the pair, so that
  // fragments are stored and runs in either direction are read without conflicts. Runs of four rows
  // stay together.
  __device__ __forceinline__ static int place_of(int token, int row) {
    const int pair = token / 2;
    return pair * 32 + ((token % 2 * 16 + row) ^ (pair + token / 8) % 4 * 8 ^ pair % 2 * 4);
  }

  // The sums of a turn to the region. Registers have no run-time number: each turn is spelled out.
  __device__ __forceinline__ void stage(const Sums& sums, int turn) const {
    Sum* to = region();
    const int token = 2 * (lane_number() % 4), row = lane_number() / 4;
#pragma unroll
    for (int t = 0; t < kRowBlocks * kTurns; ++t) {
      if (t != turn) continue;
#pragma unroll
      for (int j = 0; j < kTurnTokens / 8; ++j)
#pragma unroll
        for (int r = 0; r < 4; ++r)
          to[place_of(8 * j + token + r % 2, row + r / 2 * 8)] =
              sums[t / kTurns][(t % kTurns * (kTurnTokens / 8) + j) * 4 + r];
    }
  }

  __device__ __forceinline__ Sum* region() const {
    return reinterpret_cast<Sum*>(Shared::region(static_cast<int>(arch::tid_x() / 32)));
  }

  // The run that starts at a place of the region.
  __device__ __forceinline__ static OutputRun run_at(const Patch& patch, int row, int token,
                                                     bool down, int most) {
    const bool there = row < patch.rows && token < patch.cols;
    const int left = down ? patch.rows - row : patch.cols - token;
    return {patch.row + row, patch.col + token, patch.batch, there ? min(left, most) : 0};
  }

  // Results take the place of the sums, four rows of a token at a time.
  __device__ __forceinline__ void results(const Patch& patch) const {
    constexpr int kDown = kRows / kMathRows;
#pragma unroll 1
    for (int i = lane_number(); i < kTurnTokens * kDown; i += layout::kLanes) {
      const int row = i % kDown * kMathRows, token = i / kDown;
      const OutputRun run = run_at(patch, row, token, true, kMathRows);
      if (run.count == 0) continue;
      auto* at = reinterpret_cast<uint4*>(region() + place_of(token, row));
      uint4 word = *at;
      Sum four[kMathRows];
      __builtin_memcpy(four, &word, sizeof word);
      if constexpr (kIntegers) {
        if (args_.out.exact) {
          std::int32_t x[kMathRows] = {};
          finish_integers(args_.out, run, four, x);
          __builtin_memcpy(&word, x, sizeof word);
          *at = word;
          continue;
        }
      }
      float x[kMathRows] = {};
      finish_floats(args_.out, run, four, x);
      __builtin_memcpy(&word, x, sizeof word);
      *at = word;
    }
  }

  // Results to D: eight rows of a token, or eight tokens of a row, whichever are neighbours.
  __device__ __forceinline__ void emit(const Patch& patch) const {
    const MatmulOutput& out = args_.out;
    const bool down = out.contiguous_m;
    const int starts = down ? kRows / kStoreRun : kRows;  // of runs in one token
    const auto* staged = reinterpret_cast<const std::uint32_t*>(region());
#pragma unroll 1
    for (int i = lane_number(); i < kTurnTokens * kRows / kStoreRun; i += layout::kLanes) {
      // Down: neighbouring lanes follow each other in memory. Across: so do those of a row.
      constexpr int kAcross = kTurnTokens / kStoreRun;
      const int row = down ? i % starts * kStoreRun : i / kAcross;
      const int token = down ? i / starts : i % kAcross * kStoreRun;
      const OutputRun run = run_at(patch, row, token, down, kStoreRun);
      if (run.count == 0) continue;
      std::uint32_t bits[kStoreRun];
      if (down) {
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          const uint4 word =
              *reinterpret_cast<const uint4*>(staged + place_of(token, row + 4 * half));
          bits[4 * half] = word.x, bits[4 * half + 1] = word.y;
          bits[4 * half + 2] = word.z, bits[4 * half + 3] = word.w;
        }
      } else {
#pragma unroll
        for (int e = 0; e < kStoreRun; ++e) bits[e] = staged[place_of(token + e, row)];
      }
      if (!kIntegers || !out.exact) {
#pragma unroll
        for (std::uint32_t& b : bits) b = from_float(out.type, __uint_as_float(b));
      }
      store_d(out, run, bits);
    }
  }

  const HopperArgs& args_;
};

}  // namespace heddle
