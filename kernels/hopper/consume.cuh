#pragma once
// A warpgroup that multiplies. A comes from global memory `kAhead` units before its use; a unit's
// registers are loaded again as soon as the products that read them are done, which is known one unit
// later. docs/kernels/hopper.md.

#include <cstddef>
#include <cstdint>

#include "kernels/arch/dependent.cuh"
#include "kernels/hopper/epilogue.cuh"
#include "kernels/hopper/multiply.cuh"
#include "kernels/hopper/pipeline.cuh"
#include "kernels/hopper/weights.cuh"
#include "kernels/layout/matrix_descriptor.hpp"

namespace heddle {

template <Multiply kMultiply, int kGroups, int kRowBlocks, int kTokens, bool kNMajor, bool kStaged>
class HopperConsumer {
 public:
  static constexpr int kElem = kMultiplyBytes<kMultiply>;
  using Shared = HopperShared<kElem, kGroups, kRowBlocks, kTokens, kStaged>;

  __device__ __forceinline__ explicit HopperConsumer(const HopperArgs& args)
      : args_(args), walker_(args), epilogue_(args) {}

  __device__ __forceinline__ void run() {
    start_segment();  // A does not depend on the kernel ahead
    arch::griddepcontrol_wait();
    arch::griddepcontrol_launch_dependents();
#pragma unroll 1
    while (walker_.live()) {
      Sum sums[kRowBlocks][kTokens / 2];
      multiply_segment(sums);
      const std::int32_t tile = walker_.segment.tile;
      if constexpr (kEarly) next_segment();
      epilogue_.finish(sums, tile);
      if constexpr (!kEarly) next_segment();
    }
  }

 private:
  static constexpr int kAhead = hopper_units_ahead(Shared::kShape);
  // Three warpgroups, or two of 128 rows, have too few registers to hold A while they write results.
  static constexpr bool kEarly = kGroups < 3 && kRowBlocks == 1;
  using Sum = Accumulator<kMultiply>;
  using Weights = HopperWeights<kElem, kRowBlocks>;
  using Unit = HopperUnit<kElem, kRowBlocks>;

  __device__ __forceinline__ void next_segment() {
    walker_.next();
    start_segment();
  }
  // The first units of the segment that the walker is at.
  __device__ __forceinline__ void start_segment() {
#pragma unroll
    for (Unit& unit : units_) unit = {};  // so that nothing of the segment before is kept
    if (!walker_.live()) return;
    const int row_block = walker_.row_block(walker_.place(), kGroups * kRowBlocks);
    weights_.start(args_.a, row_block + group_number() * kRowBlocks, walker_.segment.begin);
    if constexpr (!kStaged) {
      const int units = walker_.segment.end - walker_.segment.begin;
#pragma unroll
      for (int i = 0; i < kAhead; ++i)
        if (i < units) load_weights(i, walker_.segment.begin + i);
    }
  }
  __device__ __forceinline__ void load_weights(int i, int unit) {
    weights_.template load<kTokens <= 64>(units_[i], args_.a, unit);
  }

  // sums = the products of all units of the segment.
  __device__ __forceinline__ void multiply_segment(Sum (&sums)[kRowBlocks][kTokens / 2]) {
    bool first = true;
    int left = walker_.segment.end - walker_.segment.begin;
#pragma unroll 1
    while (left > 0) {
#pragma unroll
      for (int i = 0; i < kAhead; ++i) {
        if (left == 0) break;
        arch::mbarrier_wait_parity(Shared::full(ring_.slot()), ring_.parity());
        if constexpr (kStaged) load_staged(i, walker_.segment.end - left);
        arch::wgmma_fence();
        multiply_unit(sums, i, !first);
        arch::wgmma_commit_group();
        if (!first) {
          arch::wgmma_wait_group<1>();  // the unit before
          release(ring_.slot_before(args_.stages));
          if constexpr (!kStaged)
            if (left >= kAhead)
              load_weights((i + kAhead - 1) % kAhead, walker_.segment.end - left + kAhead - 1);
        }
        first = false;
        ring_.advance(args_.stages);
        --left;
      }
    }
    arch::wgmma_wait_group<0>();
#pragma unroll
    for (int r = 0; r < kRowBlocks; ++r) arch::wgmma_keep(sums[r]);
    release(ring_.slot_before(args_.stages));
  }

  __device__ __forceinline__ void load_staged(int i, int unit) {
    constexpr int kGroupBytes = kRowBlocks * Weights::kUnitBlocks * Weights::kBlockBytes;
    weights_.load_staged(units_[i], Shared::weights(ring_.slot()) + group_number() * kGroupBytes,
                         args_.a, unit);
  }

  __device__ __forceinline__ void multiply_unit(Sum (&sums)[kRowBlocks][kTokens / 2], int i,
                                                bool accumulate) const {
    constexpr int kSecond = Unit::kWords - 1;  // the metadata word of the second step
    const std::uint64_t b = stage_descriptor(Shared::tokens(ring_.slot()));
#pragma unroll
    for (int r = 0; r < kRowBlocks; ++r)
      warpgroup_multiply<kMultiply, kTokens, 0, kNMajor>(sums[r], units_[i].values[0][r], b,
                                                         units_[i].metadata[0][r], accumulate);
#pragma unroll
    for (int r = 0; r < kRowBlocks; ++r)
      warpgroup_multiply<kMultiply, kTokens, 1, kNMajor>(sums[r], units_[i].values[1][r],
                                                         b + kStepBytes / 16,
                                                         units_[i].metadata[kSecond][r], true);
  }

  // This warp is done with a stage: every block of the cluster may hear it, since each fills a slice.
  __device__ __forceinline__ void release(int slot) const {
    arch::Mbarrier* empty = Shared::empty(slot);
    if constexpr (kStaged) __syncwarp();  // the lanes' own reads too
    if (args_.cluster == 1) {
      if (lane_number() == 0) arch::mbarrier_arrive(empty);
    } else if (lane_number() < args_.cluster) {
      arch::mbarrier_arrive_cluster(arch::mapa(empty, static_cast<std::uint32_t>(lane_number())));
    }
  }

  // B of a stage, 128-byte swizzle. k-major: rows are tokens, eight of them an atom. n-major: rows are
  // k, eight of them an atom of 64 tokens; the next 64 tokens are a box further.
  static constexpr int kAtomBytes = 8 * kHopperUnitBytes;
  static constexpr int kBoxBytes = kHopperUnitBytes / kElem * kHopperUnitBytes;
  static constexpr int kStepBytes = kNMajor ? 4 * kAtomBytes : kHopperUnitBytes / 2;
  __device__ __forceinline__ static std::uint64_t stage_descriptor(const std::byte* stage) {
    return arch::matrix_descriptor(stage, kNMajor ? kBoxBytes : 16, kAtomBytes,
                                   TensorSwizzle::b128);
  }

  const HopperArgs& args_;
  HopperWalker walker_;
  HopperEpilogue<Sum, Shared, kGroups, kRowBlocks, kTokens> epilogue_;
  RingPlace ring_;
  Weights weights_;
  Unit units_[kAhead];
};

}  // namespace heddle
