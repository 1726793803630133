#pragma once
// Rates at which the multiprocessors are supplied: shared memory to registers, L2 to registers, L2
// to shared memory by bulk and tensor copies, the latter also to all blocks of a cluster at once.

#include <string>
#include <vector>

#include "kernels/arch/tensor_map.hpp"
#include "kernels/kernel.hpp"

namespace heddle::bench::gpu {

enum class BandwidthWay { shared_read, l2_read, l2_bulk, l2_tensor };

struct BandwidthRate {
  BandwidthWay way;
  int cluster;  // blocks that share what is copied: 1; 2 and 4 of l2_tensor
};

// Shared memory and L2 to registers: what a block reads in a round. The data is walked by chunks of
// that size; shared memory holds one of them.
inline constexpr int kReadThreads = 1024;
inline constexpr int kReadVectors = 4;  // of 16 bytes, of a thread
inline constexpr int kReadChunkBytes = kReadThreads * kReadVectors * 16;
// Copies: the stages of a block, each awaited before it is filled again.
inline constexpr int kCopyThreads = 128;
inline constexpr int kCopyStages = 8;
inline constexpr int kCopyStageBytes = 16384;
inline constexpr int kCopyRowBytes = 128;  // of a tensor, 128-byte swizzle

struct BandwidthArgs {
  TensorMap map;  // of l2_tensor: rows of kCopyRowBytes, a box of one block's share of a stage
  const std::byte* data;
  int chunks;  // of kReadChunkBytes or kCopyStageBytes
  int rounds;
  int cluster;
  std::uint32_t* sums;  // of every thread, the exclusive or of all it read; null: not wanted
};

int bandwidth_threads(const BandwidthRate& rate);
int bandwidth_chunk_bytes(const BandwidthRate& rate);
std::size_t bandwidth_shared_bytes(const BandwidthRate& rate);
/// Null where the kernel is not built for anything that has the instructions.
Kernel bandwidth_rate_kernel(const BandwidthRate& rate);
/// What the threads of block `block` of `blocks` must leave.
std::vector<std::uint32_t> bandwidth_sums(const BandwidthRate& rate, const std::uint32_t* data,
                                          int chunks, int rounds, int block, int blocks);
std::string to_string(const BandwidthRate& rate);

}  // namespace heddle::bench::gpu
