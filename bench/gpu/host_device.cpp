// The parts of bench/gpu/device.hpp that a "device" in the host's memory needs, on the testbed and
// in tests: work is done when it is enqueued, a recording is a list of calls. With HEDDLE_BENCH_PLANT
// set, a byte of every result comes back wrong: the harness must notice.
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "bench/gpu/device.hpp"

namespace heddle::bench::gpu {

std::string missing_device() { return ""; }

// Small, so that a rotation has few sets and a batch few calls.
Properties properties() { return {std::size_t{1} << 10, true, 2}; }

void upload(std::byte* device, const std::byte* host, std::size_t bytes) {
  std::memcpy(device, host, bytes);
}

void download(std::byte* host, const std::byte* device, std::size_t bytes) {
  std::memcpy(host, device, bytes);
  if (std::getenv("HEDDLE_BENCH_PLANT") != nullptr) host[bytes - 1] ^= std::byte{1};
}

void fill(std::byte* device, int byte, std::size_t bytes) { std::memset(device, byte, bytes); }

Stream::Stream() = default;
Stream::~Stream() = default;

struct Mark::State {
  std::chrono::steady_clock::time_point time;
};

Mark::Mark() : state_(std::make_unique<State>()) {}
Mark::~Mark() = default;
void Mark::set(const Stream&) { state_->time = std::chrono::steady_clock::now(); }

double Mark::seconds_since(const Mark& earlier) const {
  return std::chrono::duration<double>(state_->time - earlier.state_->time).count();
}

struct Recording::State {
  std::function<void()> work;
};

Recording::Recording(const Stream&, const std::function<void()>& enqueue)
    : state_(std::make_unique<State>(State{enqueue})) {}
Recording::~Recording() = default;
void Recording::launch(const Stream&) const { state_->work(); }

void copy_by_runtime(std::byte* to, const std::byte* from, std::size_t bytes, const Stream&) {
  std::memcpy(to, from, bytes);
}

void copy_by_kernel(std::byte* to, const std::byte* from, std::size_t bytes, const Stream&) {
  std::memcpy(to, from, bytes);
}

void launch_empty(const Stream&) {}

}  // namespace heddle::bench::gpu
