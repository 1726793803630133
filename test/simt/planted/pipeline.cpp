#include "test/simt/planted/pipeline.hpp"

#include "test/simt/cuda.hpp"
// after cuda.hpp
#include "kernels/arch/cluster.cuh"
#include "kernels/arch/fence.cuh"
#include "kernels/arch/tensor_copy.cuh"
#include "kernels/arch/warp.cuh"
#include "test/simt/models/tensor_map.hpp"

namespace heddle::simt::planted {
namespace {

using arch::Mbarrier;

constexpr unsigned kStages = 2, kStageBytes = kPipelineRows * kPipelineRowBytes;

struct Shared {
  char (*stage)[kStageBytes];
  Mbarrier *full, *empty, *other;
};

__device__ void fetch(Shared& shared, const TensorMap& map, unsigned tiles, PipelineBug bug,
                      unsigned rank, unsigned blocks) {
  const auto everybody = static_cast<std::uint16_t>((1u << blocks) - 1);
  const unsigned rows = kPipelineRows / blocks;
  for (unsigned tile = 0; tile < tiles; ++tile) {
    const unsigned s = tile % kStages, round = tile / kStages;
    const unsigned off = bug == PipelineBug::wrong_empty_parity ? 0 : 1;
    if (bug != PipelineBug::no_empty_wait) {
      arch::mbarrier_wait_parity(&shared.empty[s], (round + off) & 1);
    }
    unsigned bytes = kStageBytes;
    if (bug == PipelineBug::bytes_too_few) bytes -= 128;
    if (bug == PipelineBug::bytes_too_many) bytes += 128;
    Mbarrier* full = &shared.full[s];
    arch::mbarrier_arrive_expect_tx(full, bytes);
    if (bug == PipelineBug::uninitialised_mbarrier) full = shared.other;
    char* to = shared.stage[s] + rank * rows * kPipelineRowBytes;
    if (bug == PipelineBug::misaligned_stage) to -= 64;
    if (bug == PipelineBug::half_a_pattern) to -= 512;
    const std::int32_t at[2] = {0, static_cast<std::int32_t>(tile * kPipelineRows + rank * rows)};
    auto mask = everybody;
    if (bug == PipelineBug::mask_too_few) mask ^= 1;
    if (bug == PipelineBug::mask_outside) mask |= static_cast<std::uint16_t>(1u << blocks);
    if (blocks == 1 && mask == everybody) {
      arch::cp_async_bulk_tensor<2>(to, &map, at, full);
    } else {
      arch::cp_async_bulk_tensor_multicast<2>(to, &map, at, full, mask);
    }
    if (bug == PipelineBug::mask_too_many && tile == 0) {
      arch::cp_async_bulk_tensor_multicast<2>(to, &map, at, full, 1);
    }
  }
}

__device__ float consume(Shared& shared, unsigned tiles, PipelineBug bug, unsigned rank,
                         unsigned blocks) {
  const unsigned i = threadIdx.x - 32, row = i % kPipelineRows, half = i / kPipelineRows;
  float sum = 0;
  const auto free = [&](unsigned s) {
    __syncwarp();
    if (i % 32 != 0) return;
    for (unsigned r = 0; r < blocks; ++r) {
      if (bug == PipelineBug::own_empty_only && r != rank) continue;
      arch::mbarrier_arrive_cluster(arch::mapa(&shared.empty[s], r));
      if (bug == PipelineBug::one_arrival_too_many) {
        arch::mbarrier_arrive_cluster(arch::mapa(&shared.empty[s], r));
      }
    }
  };
  for (unsigned tile = 0; tile < tiles; ++tile) {
    const unsigned s = tile % kStages, round = tile / kStages;
    const unsigned off = bug == PipelineBug::wrong_full_parity ? 1 : 0;
    if (bug != PipelineBug::plain_copy_read || i != 40) {
      arch::mbarrier_wait_parity(&shared.full[s], (round + off) & 1);
    }
    if (bug == PipelineBug::early_empty) free(s);
    for (unsigned chunk = 4 * half; chunk < 4 * half + 4; ++chunk) {
      const char* at = shared.stage[s] + row * kPipelineRowBytes + (chunk ^ (row & 7)) * 16;
      for (unsigned x = 0; x < 4; ++x) sum += reinterpret_cast<const float*>(at)[x];
    }
    if (bug != PipelineBug::early_empty) free(s);
  }
  return sum;
}

__global__ void pipeline_kernel(const __grid_constant__ TensorMap map, PipelineBug planted,
                                unsigned tiles, float* out) {
  __shared__ __align__(1024) char room[1 + kStages][kStageBytes];
  __shared__ Mbarrier full[kStages], empty[kStages], other;
  Shared shared{room + 1, full, empty, &other};
  const unsigned rank = arch::cluster_ctarank(), blocks = arch::cluster_nctarank();
  const auto bug = rank == (blocks > 1 ? 1u : 0u) ? planted : PipelineBug::none;
  if (threadIdx.x == 0) {
    for (unsigned s = 0; s < kStages; ++s) {
      arch::mbarrier_init(&shared.full[s], 1);
      arch::mbarrier_init(&shared.empty[s], 2 * blocks);
    }
    if (bug != PipelineBug::no_init_fence) arch::fence_mbarrier_init();
  }
  if (planted == PipelineBug::no_first_barrier) {
    __syncthreads();
  } else {
    arch::cluster_arrive_release();
    arch::cluster_wait_acquire();
  }
  if (threadIdx.x < 32) {
    if (arch::elect_sync()) fetch(shared, map, tiles, bug, rank, blocks);
  } else {
    out[blockIdx.x * 64 + threadIdx.x - 32] = consume(shared, tiles, bug, rank, blocks);
  }
  if (planted == PipelineBug::no_last_barrier) return;
  arch::cluster_arrive_release();
  arch::cluster_wait_acquire();
}

__global__ void ping_pong_kernel(unsigned rounds, unsigned* flag) {
  __shared__ Mbarrier ball;
  const unsigned rank = arch::cluster_ctarank();
  if (threadIdx.x == 0) {
    arch::mbarrier_init(&ball, 1);
    arch::fence_mbarrier_init();
  }
  arch::cluster_arrive_release();
  arch::cluster_wait_acquire();
  for (unsigned i = 0; threadIdx.x == 0 && i < rounds; ++i) {
    if (rank == 1) arch::mbarrier_wait_parity(&ball, i & 1);
    arch::mbarrier_arrive_cluster(arch::mapa(&ball, 1 - rank));
    if (rank == 0) arch::mbarrier_wait_parity(&ball, i & 1);
    while (atomicAdd(flag, 0) / 2 != i) __nanosleep(10);
    atomicAdd(flag, 1);
    while (atomicAdd(flag, 0) / 2 == i) __nanosleep(10);
  }
  arch::cluster_arrive_release();
  arch::cluster_wait_acquire();
}

}  // namespace

Report ping_pong(unsigned rounds, const Options& options) {
  GlobalBuffer<unsigned> flag(std::vector<unsigned>{0});
  Options o = options;
  o.cluster = 2;
  return launch(
      {2}, {32}, 0, [&, p = flag.data()] { ping_pong_kernel(rounds, p); }, o);
}

const char* name(PipelineBug bug) {
  static constexpr const char* names[] = {"none",
                                          "wrong_full_parity",
                                          "wrong_empty_parity",
                                          "no_empty_wait",
                                          "early_empty",
                                          "own_empty_only",
                                          "mask_too_few",
                                          "mask_too_many",
                                          "mask_outside",
                                          "bytes_too_few",
                                          "bytes_too_many",
                                          "no_init_fence",
                                          "no_first_barrier",
                                          "no_last_barrier",
                                          "one_arrival_too_many",
                                          "uninitialised_mbarrier",
                                          "misaligned_stage",
                                          "half_a_pattern",
                                          "plain_copy_read"};
  return names[static_cast<int>(bug)];
}

Report pipeline(PipelineBug bug, unsigned cluster, unsigned clusters, unsigned tiles,
                GlobalBuffer<float>& in, GlobalBuffer<float>& out, const Options& options) {
  TensorMapShape shape{};
  shape.base = in.data();
  shape.elem_bytes = 4;
  shape.rank = 2;
  shape.size[0] = 32;
  shape.size[1] = in.size() / 32;
  shape.stride_bytes[0] = kPipelineRowBytes;
  shape.box[0] = 32;
  shape.box[1] = kPipelineRows / cluster;
  shape.swizzle = TensorSwizzle::b128;
  TensorMap map;
  encode(shape, map);
  Options o = options;
  o.cluster = cluster;
  return launch(
      {cluster * clusters}, {96}, 0, [&, p = out.data()] { pipeline_kernel(map, bug, tiles, p); },
      o);
}

}  // namespace heddle::simt::planted
