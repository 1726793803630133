#include "bench/gpu/bandwidth_rate.hpp"

#include "kernels/arch/bulk_copy.cuh"
#include "kernels/arch/cluster.cuh"
#include "kernels/arch/fence.cuh"
#include "kernels/arch/global.cuh"
#include "kernels/arch/target.cuh"
#include "kernels/arch/tensor_copy.cuh"

namespace heddle::bench::gpu {

#if defined(HEDDLE_SIMT)
extern thread_local std::uint32_t bandwidth_shared[];
HEDDLE_SIMT_DYNAMIC_SHARED(std::uint32_t, bandwidth_shared);
#else
extern __shared__ __align__(1024) std::uint32_t bandwidth_shared[];
#endif

namespace {

__device__ __forceinline__ uint4* shared_vectors() {
  return reinterpret_cast<uint4*>(bandwidth_shared);
}

__device__ __forceinline__ void add(uint4& sum, const uint4& value) {
  sum.x ^= value.x;
  sum.y ^= value.y;
  sum.z ^= value.z;
  sum.w ^= value.w;
}
// The compiler must not know that nobody wants it.
__device__ __forceinline__ void leave(const BandwidthArgs& args, const uint4& sum) {
  const std::uint32_t word = sum.x ^ sum.y ^ sum.z ^ sum.w;
  if (args.sums != nullptr)
    args.sums[blockIdx.x * blockDim.x + threadIdx.x] = word;
  else if (args.rounds < 0)
    *const_cast<std::byte*>(args.data) = static_cast<std::byte>(word);
}

// A quarter of a warp reads 128 bytes that lie together: no bank twice. Each round begins a warp's
// width further, so that no round knows what the one before read.
__global__ void __launch_bounds__(kReadThreads, 1)
    shared_read_kernel(const __grid_constant__ BandwidthArgs args) {
  constexpr int kVectors = kReadThreads * kReadVectors;
  const auto* from = reinterpret_cast<const uint4*>(args.data);
  const int thread = static_cast<int>(threadIdx.x);
  for (int i = thread; i < kVectors; i += kReadThreads) shared_vectors()[i] = from[i];
  __syncthreads();
  uint4 sum = {};
  int at = thread;
#pragma unroll 4
  for (int round = 0; round < args.rounds; ++round) {
#pragma unroll
    for (int i = 0; i < kReadVectors; ++i)
      add(sum, shared_vectors()[(at + i * kReadThreads) % kVectors]);
    at += 32;
  }
  leave(args, sum);
}

// Blocks side by side walk through the data, past L1.
__global__ void __launch_bounds__(kReadThreads, 1)
    l2_read_kernel(const __grid_constant__ BandwidthArgs args) {
  uint4 sum = {};
  int chunk = static_cast<int>(blockIdx.x) % args.chunks;
  const int step = static_cast<int>(gridDim.x) % args.chunks;
#pragma unroll 2
  for (int round = 0; round < args.rounds; ++round) {
    const auto* from = reinterpret_cast<const uint4*>(args.data) +
                       std::size_t{static_cast<unsigned>(chunk)} * (kReadChunkBytes / 16) +
                       threadIdx.x;
    uint4 value[kReadVectors];
#pragma unroll
    for (int i = 0; i < kReadVectors; ++i)
      value[i] = arch::ld_global_nc_no_allocate(from + i * kReadThreads);
#pragma unroll
    for (const uint4& v : value) add(sum, v);
    chunk += step;
    if (chunk >= args.chunks) chunk -= args.chunks;
  }
  leave(args, sum);
}

// Copies into the stages of a ring. A stage is read where the sums are wanted, else only awaited.
template <bool kTensor>
class CopyBlock {
 public:
  __device__ __forceinline__ explicit CopyBlock(const BandwidthArgs& args)
      : args_(args),
        rank_(args.cluster == 1 ? 0 : static_cast<int>(arch::cluster_ctarank())),
        first_(static_cast<int>(blockIdx.x) / args.cluster % args.chunks),
        step_(static_cast<int>(gridDim.x) / args.cluster % args.chunks) {}

  __device__ __forceinline__ void run() {
    start();
    uint4 sum = {};
    int slot = 0;
    std::uint32_t parity = 0;
#pragma unroll 1
    for (int round = 0; round < args_.rounds; ++round) {
      arch::mbarrier_wait_parity(full(slot), parity);
      if (args_.sums != nullptr) read(slot, sum);
      __syncthreads();
      if (threadIdx.x == 0) {
        release(slot, parity);
        if (round + kCopyStages < args_.rounds) fetch(slot);
      }
      if (++slot == kCopyStages) {
        slot = 0;
        parity ^= 1;
      }
    }
    leave(args_, sum);
  }

 private:
  __device__ __forceinline__ static std::byte* stage(int slot) {
    return reinterpret_cast<std::byte*>(bandwidth_shared) + slot * kCopyStageBytes;
  }
  __device__ __forceinline__ static arch::Mbarrier* full(int slot) {
    return reinterpret_cast<arch::Mbarrier*>(stage(kCopyStages)) + slot;
  }
  __device__ __forceinline__ static arch::Mbarrier* empty(int slot) {
    return full(kCopyStages + slot);
  }
  __device__ __forceinline__ static void meet() {
    arch::cluster_arrive_release();
    arch::cluster_wait_acquire();
  }

  __device__ __forceinline__ void start() {
    if (threadIdx.x == 0) {
#pragma unroll 1
      for (int slot = 0; slot < kCopyStages; ++slot) {
        arch::mbarrier_init(full(slot), 1);
        arch::mbarrier_init(empty(slot), static_cast<std::uint32_t>(args_.cluster));
      }
      arch::fence_mbarrier_init();
    }
    if (args_.cluster > 1)
      meet();
    else
      __syncthreads();
    chunk_ = first_;
    if (threadIdx.x == 0)
#pragma unroll 1
      for (int slot = 0; slot < min(kCopyStages, args_.rounds); ++slot) fetch(slot);
  }

  // This block's share of a stage, to all of the cluster; the others send theirs.
  __device__ __forceinline__ void fetch(int slot) {
    arch::mbarrier_arrive_expect_tx(full(slot), kCopyStageBytes);
    if constexpr (kTensor) {
      const int rows = kCopyStageBytes / kCopyRowBytes / args_.cluster;
      const std::int32_t at[2] = {0, (chunk_ * args_.cluster + rank_) * rows};
      std::byte* to = stage(slot) + rank_ * rows * kCopyRowBytes;
      if (args_.cluster == 1)
        arch::cp_async_bulk_tensor<2>(to, &args_.map, at, full(slot));
      else
        arch::cp_async_bulk_tensor_multicast<2>(
            to, &args_.map, at, full(slot), static_cast<std::uint16_t>((1 << args_.cluster) - 1));
    } else {
      arch::cp_async_bulk(stage(slot),
                          args_.data + std::size_t{static_cast<unsigned>(chunk_)} * kCopyStageBytes,
                          kCopyStageBytes, full(slot));
    }
    chunk_ += step_;
    if (chunk_ >= args_.chunks) chunk_ -= args_.chunks;
  }

  __device__ __forceinline__ void read(int slot, uint4& sum) const {
    const auto* from = reinterpret_cast<const uint4*>(stage(slot));
#pragma unroll
    for (int i = 0; i < kCopyStageBytes / 16 / kCopyThreads; ++i)
      add(sum, from[i * kCopyThreads + static_cast<int>(threadIdx.x)]);
  }

  // No block sends, or ends, before all of the cluster are done with the stage.
  __device__ __forceinline__ void release(int slot, std::uint32_t parity) const {
    if (args_.cluster == 1) return;
#pragma unroll 1
    for (int rank = 0; rank < args_.cluster; ++rank)
      arch::mbarrier_arrive_cluster(arch::mapa(empty(slot), static_cast<std::uint32_t>(rank)));
    arch::mbarrier_wait_parity(empty(slot), parity);
  }

  const BandwidthArgs& args_;
  const int rank_, first_, step_;
  int chunk_ = 0;
};

template <bool kTensor>
__global__ void __launch_bounds__(kCopyThreads)
    l2_copy_kernel(const __grid_constant__ BandwidthArgs args) {
  if constexpr (arch::kHasTensorCopy && (!kTensor || arch::kHasMulticast))
    CopyBlock<kTensor>(args).run();
}

}  // namespace

Kernel bandwidth_rate_kernel(const BandwidthRate& rate) {
  switch (rate.way) {
    case BandwidthWay::shared_read: return make_kernel(shared_read_kernel, "shared_read");
    case BandwidthWay::l2_read: return make_kernel(l2_read_kernel, "l2_read");
    case BandwidthWay::l2_bulk: return make_kernel(l2_copy_kernel<false>, "l2_bulk");
    case BandwidthWay::l2_tensor: return make_kernel(l2_copy_kernel<true>, "l2_tensor");
  }
  return {};
}

}  // namespace heddle::bench::gpu
