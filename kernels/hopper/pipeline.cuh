#pragma once
// The ring of stages between the warp that fetches and the warpgroups that multiply, and the walk of
// a cluster through its segments. A stage has two barriers: `full`, on which the bytes land, and
// `empty`, on which every multiplying warp of every block of the cluster says that it is done: what
// one block fetches is written to all.

#include <cstddef>
#include <cstdint>

#include "kernels/arch/bulk_copy.cuh"
#include "kernels/arch/cluster.cuh"
#include "kernels/hopper/hopper.hpp"

namespace heddle {

// A place in the ring and the parity of its phase, in one register.
class RingPlace {
 public:
  __device__ __forceinline__ int slot() const { return state_ & (kParity - 1); }
  __device__ __forceinline__ std::uint32_t parity() const {
    return static_cast<std::uint32_t>(state_) / kParity;
  }
  __device__ __forceinline__ void advance(int stages) {
    ++state_;
    if (slot() == stages) state_ = (state_ & kParity) ^ kParity;
  }
  __device__ __forceinline__ int slot_before(int stages) const {
    return (slot() == 0 ? stages : slot()) - 1;
  }

 private:
  static constexpr int kParity = 256;
  int state_ = 0;
};

#if defined(HEDDLE_SIMT)
extern thread_local std::uint32_t hopper_shared[];
#else
extern __shared__ __align__(1024) std::uint32_t hopper_shared[];
#endif

// Where things lie in a block's shared memory (kernels/hopper/shape.hpp). All by name of the array: an
// address in a register would be one too many.
template <int kElem, int kGroups, int kRowBlocks, int kTokens, bool kStaged>
struct HopperShared {
  static constexpr HopperShape kShape = {kGroups, kRowBlocks, kTokens, 1, kStaged};
  static constexpr int kStageBytes = hopper_stage_bytes(kShape, kElem);

  __device__ __forceinline__ static std::byte* at(int offset) {
    return reinterpret_cast<std::byte*>(hopper_shared) + offset;
  }
  __device__ __forceinline__ static arch::Mbarrier* full(int slot) {
    return reinterpret_cast<arch::Mbarrier*>(at(8 * slot));
  }
  __device__ __forceinline__ static arch::Mbarrier* empty(int slot) {
    return full(kHopperMaxStages + slot);
  }
  __device__ __forceinline__ static int* flag(int group) {
    return reinterpret_cast<int*>(at(kHopperBarrierBytes + 4 * group));
  }
  __device__ __forceinline__ static std::byte* region(int warp) {
    return at(kHopperBarrierBytes + kHopperFlagBytes + warp * hopper_region_bytes(kShape));
  }
  __device__ __forceinline__ static std::byte* tokens(int slot) {
    return at(hopper_front_bytes(kShape) + slot * kStageBytes);
  }
  __device__ __forceinline__ static std::byte* weights(int slot) {
    return at(hopper_front_bytes(kShape) + hopper_b_bytes(kShape) + slot * kStageBytes);
  }
};

// A block's place in its cluster. A template, as is what calls it, so that targets without clusters need
// not compile it.
template <int Target = arch::kTarget>
__device__ __forceinline__ int block_rank(const HopperArgs& args) {
  return args.cluster == 1 ? 0 : static_cast<int>(arch::cluster_ctarank<Target>());
}

// Of the cluster, and of all of them. Their sizes are powers of two.
__device__ __forceinline__ int cluster_number(const HopperArgs& args) {
  return static_cast<int>(blockIdx.x) >> (__ffs(args.cluster) - 1);
}
__device__ __forceinline__ int cluster_count(const HopperArgs& args) {
  return static_cast<int>(gridDim.x) >> (__ffs(args.cluster) - 1);
}

// Runs through the segments of a cluster.
struct HopperWalker {
  const HopperArgs& args;
  Segment segment;

  __device__ __forceinline__ explicit HopperWalker(const HopperArgs& hopper_args)
      : args(hopper_args), segment(args.schedule.first_segment(cluster_number(args))) {}
  __device__ __forceinline__ bool live() const { return segment.begin < segment.end; }
  __device__ __forceinline__ void next() {
    segment = args.schedule.next_segment(segment, cluster_number(args), cluster_count(args));
  }
  __device__ __forceinline__ OutputPlace place() const { return args.raster.place(segment.tile); }
  // The first of this block's blocks of 64 rows, `each` to a block of the cluster.
  template <int Target = arch::kTarget>
  __device__ __forceinline__ int row_block(const OutputPlace& place, int each) const {
    return (place.m * args.cluster + block_rank<Target>(args)) * each;
  }
};

// All threads of a cluster meet.
template <int Target = arch::kTarget>
__device__ __forceinline__ void hopper_cluster_sync(int cluster) {
  if (cluster == 1) {
    __syncthreads();
  } else {
    arch::cluster_arrive_release<Target>();
    arch::cluster_wait_acquire<Target>();
  }
}

}  // namespace heddle
