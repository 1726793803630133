#pragma once
// The fetching thread of a block: tiles of B, a slice of each for every block of the cluster, and
// blocks of A where they go through shared memory.

#include "kernels/arch/bulk_copy.cuh"
#include "kernels/arch/tensor_copy.cuh"
#include "kernels/hopper/pipeline.cuh"
#include "kernels/hopper/weights.cuh"

namespace heddle {

template <int kElem, int kGroups, int kRowBlocks, int kTokens, bool kNMajor, bool kStaged>
class HopperProducer {
 public:
  using Shared = HopperShared<kElem, kGroups, kRowBlocks, kTokens, kStaged>;

  __device__ __forceinline__ explicit HopperProducer(const HopperArgs& args)
      : args_(args), rank_(block_rank(args)) {}

  __device__ __forceinline__ void run() {
    RingPlace at;
#pragma unroll 1
    for (HopperWalker walker(args_); walker.live(); walker.next()) {
      const OutputPlace place = walker.place();
      const int token = place.n * kTokens, batch = args_.batched ? place.batch : 0;
      const int row_block = walker.row_block(place, kGroups * kRowBlocks);
#pragma unroll 1
      for (int unit = walker.segment.begin; unit < walker.segment.end; ++unit) {
        // The parity before the first phase counts as over: a fresh stage is empty.
        arch::mbarrier_wait_parity(Shared::empty(at.slot()), at.parity() ^ 1);
        arch::mbarrier_arrive_expect_tx(Shared::full(at.slot()),
                                        kTokenBytes + weight_bytes(unit) * kGroups * kRowBlocks);
        fetch_tokens(at.slot(), unit, token, batch);
        if constexpr (kStaged) fetch_weights(at.slot(), unit, row_block);
        at.advance(args_.stages);
      }
    }
  }

 private:
  static constexpr int kTokenBytes = kTokens * kHopperUnitBytes;
  static constexpr int kUnitCols = kHopperUnitBytes / kElem;
  static constexpr int kBoxTokens = 64;  // of an n-major box: 128 bytes
  using Weights = HopperWeights<kElem, kRowBlocks>;

  // This block's slice of a stage of B, to every block.
  __device__ __forceinline__ void fetch_tokens(int slot, int unit, int token, int batch) const {
    std::byte* stage = Shared::tokens(slot);
    arch::Mbarrier* full = Shared::full(slot);
    if constexpr (kNMajor) {
      const int rows = kUnitCols / args_.cluster;  // of k
#pragma unroll 1
      for (int box = 0; box < kTokens / kBoxTokens; ++box)
        copy(stage + (box * kUnitCols + rank_ * rows) * kHopperUnitBytes,
             {token + box * kBoxTokens, unit * kUnitCols + rank_ * rows, batch}, full);
    } else {
      const int tokens = kTokens / args_.cluster;
      copy(stage + rank_ * tokens * kHopperUnitBytes,
           {unit * kUnitCols, token + rank_ * tokens, batch}, full);
    }
  }

  struct Place {
    std::int32_t at[3];
  };
  __device__ __forceinline__ void copy(std::byte* to, const Place& place,
                                       arch::Mbarrier* full) const {
    if (args_.cluster == 1)
      arch::cp_async_bulk_tensor<3>(to, &args_.b, place.at, full);
    else
      arch::cp_async_bulk_tensor_multicast<3>(to, &args_.b, place.at, full,
                                              static_cast<std::uint16_t>((1 << args_.cluster) - 1));
  }

  // Bytes of a unit of 64 rows that go through shared memory.
  __device__ __forceinline__ int weight_bytes(int unit) const {
    if constexpr (!kStaged) return 0;
    const int left = static_cast<int>(args_.a.col_blocks) - Weights::first_block(unit);
    return min(left, Weights::kUnitBlocks) * Weights::kBlockBytes;
  }
  __device__ __forceinline__ void fetch_weights(int slot, int unit, int row_block) const {
    constexpr int kPlaceBytes = Weights::kUnitBlocks * Weights::kBlockBytes;
    std::byte* stage = Shared::weights(slot);
    const int last = static_cast<int>(args_.a.row_blocks) - 1;
#pragma unroll 1
    for (int i = 0; i < kGroups * kRowBlocks; ++i) {
      const std::int64_t block =
          min(row_block + i, last) * args_.a.col_blocks + Weights::first_block(unit);
      arch::cp_async_bulk(stage + i * kPlaceBytes, args_.a.blocks + block * Weights::kBlockBytes,
                          static_cast<std::uint32_t>(weight_bytes(unit)), Shared::full(slot));
    }
  }

  const HopperArgs& args_;
  const int rank_;
};

}  // namespace heddle
