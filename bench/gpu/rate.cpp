#include "bench/gpu/rate.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <random>
#include <stdexcept>

#include "bench/operands.hpp"
#include "host/cuda/runtime.hpp"

namespace heddle::bench::gpu {
namespace {

constexpr int kFewRounds = 3, kFewCopies = 2 * kCopyStages + 3;  // every stage is filled again
constexpr int kWaves = 16;  // of copying blocks: clusters do not fill a device evenly
constexpr std::size_t kWeightsBytes = std::size_t{8} << 20;  // that stay in L2
constexpr std::size_t kMostData = std::size_t{16} << 20;

void require(const Status& status) {
  if (!status.ok()) throw std::runtime_error(status.to_string());
}
DeviceMemory on_device(const void* data, std::size_t bytes) {
  DeviceMemory memory(bytes);
  upload(memory.data(), static_cast<const std::byte*>(data), bytes);
  return memory;
}
std::vector<std::uint32_t> from_device(const DeviceMemory& memory, std::size_t words) {
  std::vector<std::uint32_t> host(words);
  download(reinterpret_cast<std::byte*>(host.data()), memory.data(), 4 * words);
  return host;
}

bool copying(const BandwidthRate& rate) {
  return rate.way == BandwidthWay::l2_bulk || rate.way == BandwidthWay::l2_tensor;
}
// Rounds of a millisecond or so at 1.8 GHz: 2 x 8 products of tokens / 2 clocks; 128 bytes of
// shared memory or some 40 of L2 a clock.
int many_rounds(const Rate& rate) {
  if (properties().modelled) return 1;
  if (const auto* w = std::get_if<WgmmaRate>(&rate)) return 1'000 * 256 / w->tokens;
  const auto& b = std::get<BandwidthRate>(rate);
  if (copying(b)) return 4'000 / kWaves;
  return b.way == BandwidthWay::shared_read ? 4'000 : 1'000;
}

}  // namespace

const std::vector<Rate>& rates() {
  static const std::vector<Rate> all = [] {
    using enum WgmmaForm;
    std::vector<Rate> list;
    for (const WgmmaForm form : {sparse, sparse_shared, dense, sparse_global, sparse_staged})
      for (const WgmmaType type :
           {WgmmaType::bf16, WgmmaType::f16, WgmmaType::tf32, WgmmaType::s8, WgmmaType::e4m3})
        for (const int tokens : {64, 128, 256})
          if (wgmma_rate_kernel({form, type, tokens}).entry != nullptr)
            list.emplace_back(WgmmaRate{form, type, tokens});
    for (const BandwidthWay way :
         {BandwidthWay::shared_read, BandwidthWay::l2_read, BandwidthWay::l2_bulk})
      list.emplace_back(BandwidthRate{way, 1});
    for (const int cluster : {1, 2, 4})
      list.emplace_back(BandwidthRate{BandwidthWay::l2_tensor, cluster});
    return list;
  }();
  return all;
}

std::string to_string(const Rate& rate) {
  return std::visit([](const auto& r) { return gpu::to_string(r); }, rate);
}

const char* unit_of(const Rate& rate) {
  return std::holds_alternative<WgmmaRate>(rate) ? "TFLOP/s" : "GB/s";
}

WgmmaRate wgmma_bound(DataType type) {
  const auto rs = [](WgmmaType t) { return WgmmaRate{WgmmaForm::sparse, t, 256}; };
  switch (type) {
    case DataType::f16: return rs(WgmmaType::f16);
    case DataType::bf16: return rs(WgmmaType::bf16);
    case DataType::i8: return rs(WgmmaType::s8);
    case DataType::f8e4m3:
    case DataType::f8e5m2: return rs(WgmmaType::e4m3);
    default: return rs(WgmmaType::tf32);
  }
}

RateRun::RateRun(const Rate& rate) : rate_(rate) {
  if (const auto* wgmma = std::get_if<WgmmaRate>(&rate_))
    kernel_ = wgmma_rate_kernel(*wgmma);
  else
    kernel_ = bandwidth_rate_kernel(std::get<BandwidthRate>(rate_));
  if (!exists()) return;
  if (const auto* wgmma = std::get_if<WgmmaRate>(&rate_))
    prepare_wgmma(*wgmma);
  else
    prepare_bandwidth(std::get<BandwidthRate>(rate_));
}

bool RateRun::exists() const {
  const auto built = cuda::built_for(kernel_);
  if (!built.ok()) return false;
  if (std::holds_alternative<WgmmaRate>(rate_)) {
    const auto device = cuda::current_device();
    return device.ok() && device->capability == 90 && *built == 90;
  }
  const auto& rate = std::get<BandwidthRate>(rate_);
  if (rate.way == BandwidthWay::l2_tensor && *built >= 120) return false;  // no fast multicast
  return !copying(rate) || *built >= 90;
}

void RateRun::prepare_wgmma(const WgmmaRate& rate) {
  operands_ = make_wgmma_operands(rate);
  image_ = on_device(operands_.image.data(), operands_.image.size());
  copies_ = 1;
  if (rate.form == WgmmaForm::sparse_global && !operands_.weights.empty())
    copies_ = properties().modelled ? 2 : static_cast<int>(kWeightsBytes / kWgmmaWeightBytes);
  weights_ = DeviceMemory(static_cast<std::size_t>(copies_) * kWgmmaWeightBytes);
  if (!operands_.weights.empty())
    for (int copy = 0; copy < copies_; ++copy)
      upload(weights_.data() + copy * kWgmmaWeightBytes, operands_.weights.data(),
             operands_.weights.size());
  require(cuda::allow_dynamic_shared(kernel_, operands_.image.size()));
}

// A quarter of L2 at most: one partition's lines may be copied into another's.
void RateRun::prepare_bandwidth(const BandwidthRate& rate) {
  const auto chunk = static_cast<std::size_t>(bandwidth_chunk_bytes(rate));
  copies_ = static_cast<int>(
      std::max(std::min(properties().l2_bytes / 4, kMostData) / chunk, std::size_t{3}));
  const std::size_t bytes = static_cast<std::size_t>(copies_) * chunk;
  std::mt19937 random(7);
  data_.resize(bytes / 4);
  std::generate(data_.begin(), data_.end(), [&] { return static_cast<std::uint32_t>(random()); });
  bandwidth_ = on_device(data_.data(), bytes);
  if (const std::size_t shared = bandwidth_shared_bytes(rate); shared > 0)
    require(cuda::allow_dynamic_shared(kernel_, shared));
  if (rate.way != BandwidthWay::l2_tensor) return;
  TensorMapShape shape{};
  shape.base = bandwidth_.data();
  shape.elem_bytes = 2;
  shape.rank = 2;
  shape.size[0] = kCopyRowBytes / 2;
  shape.size[1] = bytes / kCopyRowBytes;
  shape.stride_bytes[0] = kCopyRowBytes;
  shape.box[0] = kCopyRowBytes / 2;
  shape.box[1] = static_cast<std::uint32_t>(kCopyStageBytes / kCopyRowBytes / rate.cluster);
  shape.swizzle = TensorSwizzle::b128;
  require(cuda::encode_tensor_map(shape, map_));
}

void RateRun::launch(const Launch& what, const Stream& stream) const {
  const Exec exec = Exec::cuda(stream.get());
  LaunchShape shape;
  shape.blocks = what.blocks;
  if (const auto* wgmma = std::get_if<WgmmaRate>(&rate_)) {
    shape.threads = kWgmmaThreads;
    shape.dynamic_shared = static_cast<std::size_t>(wgmma_image_bytes(*wgmma));
    const WgmmaRateArgs args = {image_.data(), weights_.data(), copies_, what.rounds, what.sums};
    return require(cuda::launch(exec, kernel_, shape, args));
  }
  const auto& rate = std::get<BandwidthRate>(rate_);
  shape.threads = static_cast<unsigned>(bandwidth_threads(rate));
  shape.dynamic_shared = bandwidth_shared_bytes(rate);
  shape.cluster = static_cast<unsigned>(rate.cluster);
  const BandwidthArgs args = {map_,        bandwidth_.data(), copies_,
                              what.rounds, rate.cluster,      what.sums};
  require(cuda::launch(exec, kernel_, shape, args));
}

std::string RateRun::wrong(const Stream& stream) const {
  const auto* wgmma = std::get_if<WgmmaRate>(&rate_);
  if (wgmma == nullptr) return wrong_bandwidth(std::get<BandwidthRate>(rate_), stream);
  const DeviceMemory sums(4 * kWgmmaSums);
  fill(sums.data(), kPoison, 4 * kWgmmaSums);
  launch({1, kFewRounds, reinterpret_cast<std::uint32_t*>(sums.data())}, stream);
  stream.wait();
  return wrong_wgmma_sums(operands_, from_device(sums, kWgmmaSums), kFewRounds);
}

std::string RateRun::wrong_bandwidth(const BandwidthRate& rate, const Stream& stream) const {
  const int blocks = 3 * rate.cluster, rounds = copying(rate) ? kFewCopies : kFewRounds;
  const auto threads = static_cast<std::size_t>(bandwidth_threads(rate));
  const std::size_t words = static_cast<std::size_t>(blocks) * threads;
  const DeviceMemory sums(4 * words);
  fill(sums.data(), kPoison, 4 * words);
  launch({blocks, rounds, reinterpret_cast<std::uint32_t*>(sums.data())}, stream);
  stream.wait();
  const std::vector<std::uint32_t> got = from_device(sums, words);
  for (int block = 0; block < blocks; ++block) {
    const auto want = bandwidth_sums(rate, data_.data(), copies_, rounds, block, blocks);
    for (std::size_t i = 0; i < threads; ++i) {
      const std::uint32_t there = got[static_cast<std::size_t>(block) * threads + i];
      if (there == want[i]) continue;
      char text[96];
      std::snprintf(text, sizeof text, "block %d thread %d read %08x: must be %08x", block,
                    static_cast<int>(i), there, want[i]);
      return text;
    }
  }
  return "";
}

double RateRun::enqueue(const Stream& stream) const {
  const int rounds = many_rounds(rate_), multiprocessors = properties().multiprocessors;
  if (const auto* wgmma = std::get_if<WgmmaRate>(&rate_)) {
    launch({multiprocessors, rounds, nullptr}, stream);
    return wgmma_operations(*wgmma) * rounds * multiprocessors;
  }
  const auto& rate = std::get<BandwidthRate>(rate_);
  int blocks = multiprocessors;
  if (copying(rate)) blocks = std::max(blocks / rate.cluster, 1) * rate.cluster;
  if (copying(rate) && !properties().modelled) blocks *= kWaves;
  launch({blocks, rounds, nullptr}, stream);
  return static_cast<double>(bandwidth_chunk_bytes(rate)) * rounds * blocks;
}

}  // namespace heddle::bench::gpu
