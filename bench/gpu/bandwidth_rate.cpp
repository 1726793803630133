#include "bench/gpu/bandwidth_rate.hpp"

namespace heddle::bench::gpu {
namespace {

std::uint32_t word_of(const std::uint32_t* data, std::size_t vector) {
  const std::uint32_t* v = data + 4 * vector;
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

bool copies(const BandwidthRate& rate) {
  return rate.way == BandwidthWay::l2_bulk || rate.way == BandwidthWay::l2_tensor;
}

// Where a stage's 16 bytes at `vector` come from: tensor copies swizzle rows of 128.
std::size_t source_of(const BandwidthRate& rate, std::size_t vector) {
  return rate.way == BandwidthWay::l2_tensor ? vector ^ (vector / 8 % 8) : vector;
}

}  // namespace

int bandwidth_threads(const BandwidthRate& rate) {
  return copies(rate) ? kCopyThreads : kReadThreads;
}

int bandwidth_chunk_bytes(const BandwidthRate& rate) {
  return copies(rate) ? kCopyStageBytes : kReadChunkBytes;
}

std::size_t bandwidth_shared_bytes(const BandwidthRate& rate) {
  if (rate.way == BandwidthWay::l2_read) return 0;
  if (rate.way == BandwidthWay::shared_read) return kReadChunkBytes;
  return kCopyStages * (kCopyStageBytes + 2 * 8);
}

std::vector<std::uint32_t> bandwidth_sums(const BandwidthRate& rate, const std::uint32_t* data,
                                          int chunks, int rounds, int block, int blocks) {
  const auto threads = static_cast<std::size_t>(bandwidth_threads(rate));
  const std::size_t vectors = static_cast<std::size_t>(bandwidth_chunk_bytes(rate)) / 16;
  std::vector<std::uint32_t> sums(threads);
  for (int round = 0; round < rounds; ++round) {
    const auto chunk =
        static_cast<std::size_t>(block / rate.cluster + round * (blocks / rate.cluster)) %
        static_cast<std::size_t>(chunks);
    for (std::size_t i = 0; i < vectors; ++i) {
      const std::size_t at = rate.way == BandwidthWay::shared_read
                                 ? (i + 32 * static_cast<std::size_t>(round)) % vectors
                                 : chunk * vectors + source_of(rate, i);
      sums[i % threads] ^= word_of(data, at);
    }
  }
  return sums;
}

std::string to_string(const BandwidthRate& rate) {
  static constexpr const char* kNames[] = {"shared_read", "l2_read", "l2_bulk", "l2_tensor"};
  const std::string name = kNames[static_cast<int>(rate.way)];
  return rate.cluster == 1 ? name : name + "_cluster" + std::to_string(rate.cluster);
}

}  // namespace heddle::bench::gpu
