#include "bench/gpu/baseline.hpp"

#include <algorithm>
#include <stdexcept>

#include "bench/rounds.hpp"

namespace heddle::bench::gpu {
namespace {

constexpr int kTrials = 5;

// The dense matrix, repeated: data like any, not zeros.
Memory repeated(const Memory& data, std::size_t bytes) {
  Memory out(bytes);
  for (std::size_t done = 0; done < bytes;) {
    const std::size_t step = std::min(data.bytes(), bytes - done);
    std::memcpy(out.data() + done, data.data(), step);
    done += step;
  }
  return out;
}

}  // namespace

void launch_marked(const Recording& batch, const Stream& stream, Mark& begin, Mark& end) {
  begin.set(stream);
  batch.launch(stream);
  end.set(stream);
}

Baseline::Baseline(const Stream& stream, const Buffers& data, std::size_t traffic,
                   std::size_t l2_bytes)
    : bytes_((traffic / 2 + 15) / 16 * 16) {
  const Rotation turns = rotation(2 * bytes_, l2_bytes);
  scale_ = static_cast<double>(traffic) / static_cast<double>(2 * bytes_ * turns.calls);
  const Memory source = repeated(data.dense, bytes_);
  for (std::size_t i = 0; i < turns.sets; ++i) {
    from_.emplace_back(bytes_);
    to_.emplace_back(bytes_);
    upload(from_.back().data(), source.data(), bytes_);
  }
  // Once outside of a capture: a kernel's first launch may load its code.
  for (Copy* copy : {copy_by_runtime, copy_by_kernel})
    copy(to_[0].data(), from_[0].data(), bytes_, stream);
  stream.wait();
  by_runtime_ = record(stream, copy_by_runtime, turns.calls);
  by_kernel_ = record(stream, copy_by_kernel, turns.calls);
  check(stream, *by_runtime_, source);
  check(stream, *by_kernel_, source);
  std::vector<double> runtime, kernel;
  for (int i = 0; i < kTrials; ++i) {
    const Seconds seconds = measure(stream);
    runtime.push_back(seconds.runtime);
    kernel.push_back(seconds.kernel);
  }
  kernel_is_faster_ = quantile(kernel, 0.5) < quantile(runtime, 0.5);
}

std::unique_ptr<Recording> Baseline::record(const Stream& stream, Copy* copy,
                                            std::size_t calls) const {
  return std::make_unique<Recording>(stream, [this, &stream, copy, calls] {
    for (std::size_t i = 0; i < calls; ++i)
      copy(to_[i % to_.size()].data(), from_[i % from_.size()].data(), bytes_, stream);
  });
}

void Baseline::check(const Stream& stream, const Recording& copies, const Memory& source) const {
  for (const DeviceMemory& to : to_) fill(to.data(), kPoison, bytes_);
  copies.launch(stream);
  stream.wait();
  const Memory got(bytes_);
  for (const DeviceMemory* to : {&to_.front(), &to_.back()}) {
    download(got.data(), to->data(), bytes_);
    if (std::memcmp(got.data(), source.data(), bytes_) != 0)
      throw std::runtime_error("the copy of the baseline is wrong");
  }
}

Baseline::Seconds Baseline::measure(const Stream& stream) const {
  Mark runtime_begin, runtime_end, kernel_begin, kernel_end;
  by_kernel_->launch(stream);  // the device is busy while the timed batches are enqueued
  launch_marked(*by_runtime_, stream, runtime_begin, runtime_end);
  launch_marked(*by_kernel_, stream, kernel_begin, kernel_end);
  stream.wait();
  return {for_traffic(runtime_end.seconds_since(runtime_begin)),
          for_traffic(kernel_end.seconds_since(kernel_begin))};
}

}  // namespace heddle::bench::gpu
