#pragma once
// The sparse GEMM kernel: docs/kernels/stream.md and docs/kernels/tile.md.
//
//     n ->                  a block: warps_m x warps_n warps over an output tile,
//   m +----+----+           warps_k deep. A warp: 64 rows x 8 * kTiles tokens.
//   | | w0 | w2 |
//   v +----+----+           A  global -> registers, one or two units ahead, in fragment order
//     | w1 | w3 |           B  global -> ring of stages in shared memory -> ldmatrix
//     +----+----+           D  accumulators -> shared memory -> global, or a slot

#include <cstddef>
#include <cstdint>

#include "kernels/arch/dependent.cuh"
#include "kernels/arch/fence.cuh"
#include "kernels/matmul/finish.cuh"
#include "kernels/matmul/matmul.hpp"
#include "kernels/matmul/multiply.cuh"
#include "kernels/matmul/tokens.cuh"
#include "kernels/matmul/weights.cuh"
#include "kernels/matmul/widen.cuh"

namespace heddle {

// Runs through the steps of a block's segments. Weights, tokens and products each have their own: the
// first two are ahead.
struct Walker {
  Segment segment;  // begin is the step

  __device__ __forceinline__ explicit Walker(const MatmulArgs& args)
      : segment(args.schedule.first_segment(blockIdx.x)) {}
  __device__ __forceinline__ bool live() const { return segment.begin < segment.end; }
  __device__ __forceinline__ void next_segment(const MatmulArgs& args) {
    segment = args.schedule.next_segment(segment, blockIdx.x, gridDim.x);
  }
  // Whether that began another segment.
  __device__ __forceinline__ bool advance(const MatmulArgs& args) {
    if (++segment.begin < segment.end) return false;
    next_segment(args);
    return true;
  }
};

// acc += a * b for one step of a unit. The stage is the block's, the reader knows the warp's part.
template <Multiply kMultiply, int kStep, TokenPath kPath, int kTiles>
__device__ __forceinline__ void multiply_step(
    const WeightUnit<kMultiplyBytes<kMultiply>>& a, const TokenReader<kPath>& tokens,
    const std::byte* stage, arch::FragmentC<Accumulator<kMultiply>> (&acc)[kRowTiles][kTiles]) {
  constexpr int kWord = kUnitWords<kMultiplyBytes<kMultiply>> == 2 ? kStep : 0;
  arch::FragmentB<4> next = tokens.load(stage, kStep, 0);
#pragma unroll
  for (int j = 0; j < kTiles; ++j) {
    const arch::FragmentB<4> b = next;
    if (j + 1 < kTiles) next = tokens.load(stage, kStep, j + 1);
#pragma unroll
    for (int t = 0; t < kRowTiles; ++t)
      acc[t][j] =
          multiply<kMultiply, kStep>(a.values[kStep][t], b, acc[t][j], a.metadata[kWord][t]);
  }
}

// The same for 8-bit floats by way of f16. Many accumulators leave room for half of the widened
// fragments of A; tokens are then widened twice.
template <int kStep, int kTiles>
__device__ __forceinline__ void multiply_step_widened(
    const MatmulArgs& args, const WeightUnit<1>& a, const TokenReader<TokenPath::k_major>& tokens,
    const std::byte* stage, int lane, arch::FragmentC<float> (&acc)[kRowTiles][kTiles]) {
  constexpr int kTogether = kTiles < 8 ? kRowTiles : kRowTiles / 2;
#pragma unroll
  for (int first = 0; first < kRowTiles; first += kTogether) {
    WidenedA wide[kTogether];
#pragma unroll
    for (int t = 0; t < kTogether; ++t)
      wide[t] = widen(a.values[kStep][first + t], a.metadata[kStep][first + t], args.a.e4m3, lane);
#pragma unroll
    for (int j = 0; j < kTiles; ++j) {
      const WidenedB b = widen(tokens.load(stage, kStep, j), args.b.e4m3, lane);
#pragma unroll
      for (int t = 0; t < kTogether; ++t) {
        arch::FragmentC<float>& sum = acc[first + t][j];
        sum = arch::mma_sp_f16_k32<0>(wide[t].values[0], b.values[0], sum, wide[t].metadata);
        sum = arch::mma_sp_f16_k32<1>(wide[t].values[1], b.values[1], sum, wide[t].metadata);
      }
    }
  }
}

// Until all but the newest stages - 2 groups of copies have landed.
__device__ __forceinline__ void wait_for_stage(int stages) {
  if (stages == 2)
    arch::cp_async_wait_group<0>();
  else if (stages == 3)
    arch::cp_async_wait_group<1>();
  else
    arch::cp_async_wait_group<2>();
}

#if defined(HEDDLE_SIMT)
extern thread_local std::uint32_t matmul_shared[];
#else
extern __shared__ __align__(128) std::uint32_t matmul_shared[];
#endif

// The work of one block.
template <Multiply kMultiply, TokenPath kPath, int kTiles>
class MatmulBlock {
 public:
  static constexpr int kElem = kMultiplyBytes<kMultiply>;
  static constexpr int kAhead = units_ahead(kTiles);
  using Sum = Accumulator<kMultiply>;

  __device__ __forceinline__ explicit MatmulBlock(const MatmulArgs& args)
      : args_(args),
        warp_(args.shape),
        tokens_(args.shape, warp_.k, warp_.n * kTiles * kTokens, warp_.lane),
        at_(args),
        ahead_(args),
        fill_(args) {}

  __device__ __forceinline__ void run() {
    place_weights();
    place_tokens();
    start_weights<0>();  // they do not depend on the kernel ahead
    if constexpr (arch::kHasDependentLaunch) {
      arch::griddepcontrol_wait();
      arch::griddepcontrol_launch_dependents();
    }
    for (int i = 0; i + 1 < args_.stages; ++i) fill_next(i);
#pragma unroll 1
    while (at_.live()) {
      start_sums();
#pragma unroll 1
      for (;;) {
        if (step<0>()) {
          if constexpr (kAhead == 2) reload<1>();  // every segment begins with unit 0
          break;
        }
        if constexpr (kAhead == 2) {
          if (step<1>()) break;
        }
      }
      finish();
    }
  }

 private:
  // One step along k, with the weights of unit kUnit, whose registers are loaded again. Whether it was
  // the last of its segment.
  template <int kUnit>
  __device__ __forceinline__ bool step() {
    wait_for_stage(args_.stages);
    __syncthreads();  // the stage is there for all, and all are done with the one before
    fill_next(slot_ == 0 ? args_.stages - 1 : slot_ - 1);  // the one before
    const std::byte* stage = ring() + slot_ * args_.stage_bytes;
    slot_ = slot_ + 1 == args_.stages ? 0 : slot_ + 1;
    const int unit = unit_of(at_);
    multiply_weights<kUnit, 0>(stage, unit);
    weights_.template load<0>(units_[kUnit], args_.a, unit_of(ahead_), warp_.lane);
    multiply_weights<kUnit, 1>(stage, unit);
    weights_.template load<1>(units_[kUnit], args_.a, unit_of(ahead_), warp_.lane);
    advance_weights<kUnit>();
    return ++at_.segment.begin == at_.segment.end;
  }
  __device__ __forceinline__ int unit_of(const Walker& walker) const {
    return walker.segment.begin * args_.shape.warps_k + warp_.k;
  }

  template <int kUnit>
  __device__ __forceinline__ void reload() {
    weights_.template load<0>(units_[kUnit], args_.a, unit_of(ahead_), warp_.lane);
    weights_.template load<1>(units_[kUnit], args_.a, unit_of(ahead_), warp_.lane);
    advance_weights<kUnit>();
  }
  template <int kUnit>
  __device__ __forceinline__ void start_weights() {
    reload<kUnit>();
    if constexpr (kUnit + 1 < kAhead) start_weights<kUnit + 1>();
  }
  // Behind a segment of an odd number of steps unit 1 stays empty: moving weights from one unit to the
  // other would wait for them.
  template <int kUnit>
  __device__ __forceinline__ void advance_weights() {
    if (ahead_.live()) ++ahead_.segment.begin;
    if (ahead_.live()) return;
    if constexpr (kUnit + 1 == kAhead) {
      ahead_.next_segment(args_);
      place_weights();
    } else {
      weights_.leave();
    }
  }
  __device__ __forceinline__ void place_weights() {
    if (ahead_.live())
      weights_.start_row(args_.a, row_block(ahead_), warp_.lane);
    else
      weights_.leave();
  }
  __device__ __forceinline__ int row_block(const Walker& walker) const {
    return args_.raster.place(walker.segment.tile).m * args_.shape.warps_m + warp_.m;
  }

  __device__ __forceinline__ void start_sums() {
#pragma unroll
    for (auto& row : acc_)
#pragma unroll
      for (auto& fragment : row) fragment = {};
    rows_inside_ = row_block(at_) < static_cast<int>(args_.a.row_blocks);
  }
  // Nothing outside of A is multiplied: its registers hold anything.
  template <int kUnit, int kStep>
  __device__ __forceinline__ void multiply_weights(const std::byte* stage, int unit) {
    if (!rows_inside_ ||
        WeightReader<kElem>::col_block(unit, kStep) >= static_cast<int>(args_.a.col_blocks))
      return;
    if constexpr (kMultiply == Multiply::widened)
      multiply_step_widened<kStep>(args_, units_[kUnit], tokens_, stage, warp_.lane, acc_);
    else
      multiply_step<kMultiply, kStep, kPath>(units_[kUnit], tokens_, stage, acc_);
  }

  __device__ __forceinline__ void place_tokens() {
    if (!fill_.live()) return;
    const OutputPlace place = args_.raster.place(fill_.segment.tile);
    first_token_ = place.n << args_.token_bits;
    matrix_ = args_.b.matrix.data + place.batch * args_.b.batch_step;
  }
  __device__ __forceinline__ void fill_next(int slot) {
    if (fill_.live()) {
      fill_stage<kElem, kPath>(args_,
                               {matrix_, fill_.segment.begin * args_.shape.warps_k, first_token_},
                               ring() + slot * args_.stage_bytes);
      if (fill_.advance(args_)) place_tokens();
    }
    arch::cp_async_commit_group();
  }

  __device__ __forceinline__ void finish() {
    std::byte* staged = ring() + args_.stages * args_.stage_bytes;
    auto* flag = reinterpret_cast<int*>(staged + staged_bytes(kTiles));
    Finisher<Sum, kTiles>(args_, reinterpret_cast<Sum*>(staged), flag)
        .finish(acc_, at_.segment.tile);
    at_.next_segment(args_);
  }

  __device__ __forceinline__ static std::byte* ring() {
    return reinterpret_cast<std::byte*>(matmul_shared);
  }

  const MatmulArgs& args_;
  const WarpPlace warp_;
  const TokenReader<kPath> tokens_;
  Walker at_, ahead_, fill_;
  WeightReader<kElem> weights_;        // along the row of ahead_
  bool rows_inside_ = false;           // of at_
  int first_token_ = 0;                // of fill_
  const std::byte* matrix_ = nullptr;  // of fill_
  int slot_ = 0;                       // of the ring, at the top of a step
  WeightUnit<kElem> units_[kAhead];
  arch::FragmentC<Sum> acc_[kRowTiles][kTiles];
};

// kPath: n_major, or k_major which takes every other B too.
template <Multiply kMultiply, TokenPath kPath, int kTiles>
__global__ void __launch_bounds__(kMatmulThreads, 1)
    matmul(const __grid_constant__ MatmulArgs args) {
  if constexpr (kIsThere<kMultiply>) MatmulBlock<kMultiply, kPath, kTiles>(args).run();
}

}  // namespace heddle
