#include "host/cpu/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

namespace heddle::cpu {
namespace {

constexpr int kMaxThreads = 1024;

int worker_count(const Exec& exec, std::int64_t count) {
  const int hardware = static_cast<int>(std::thread::hardware_concurrency());
  const int wanted = exec.threads() > 0 ? exec.threads() : std::max(hardware, 1);
  return static_cast<int>(std::min<std::int64_t>(std::min(wanted, kMaxThreads), count));
}

struct AlignedDelete {
  void operator()(std::byte* p) const { ::operator delete[](p, std::align_val_t(64)); }
};

}  // namespace

Status run_parallel(const Exec& exec, std::int64_t count, std::size_t arena_bytes,
                    void (*call)(const void* body, std::int64_t index, Arena& arena),
                    const void* body) {
  if (count <= 0) return {};
  const int workers = worker_count(exec, count);
  arena_bytes = (arena_bytes + 63) / 64 * 64;
  // Operations without scratch memory cannot fail: callers that promise all or nothing rely on it.
  std::unique_ptr<std::byte[], AlignedDelete> scratch;
  if (arena_bytes > 0)
    scratch.reset(static_cast<std::byte*>(::operator new[](
        arena_bytes* static_cast<std::size_t>(workers) + 64, std::align_val_t(64), std::nothrow)));
  if (arena_bytes > 0 && !scratch)
    return {StatusCode::out_of_memory, "scratch memory of the CPU path"};

  std::atomic<std::int64_t> next{0};
  const auto work = [&](int worker) {
    Arena arena(scratch.get() + arena_bytes * static_cast<std::size_t>(worker), arena_bytes);
    for (;;) {
      const std::int64_t index = next.fetch_add(1, std::memory_order_relaxed);
      if (index >= count) return;
      arena.clear();
      call(body, index, arena);
    }
  };
  std::vector<std::thread> threads;
  try {
    threads.reserve(static_cast<std::size_t>(workers));
    for (int worker = 1; worker < workers; ++worker) threads.emplace_back(work, worker);
  } catch (const std::exception&) {
    // No more threads to be had: those that started, and this one, share the work.
  }
  work(0);
  for (std::thread& thread : threads) thread.join();
  return {};
}

Units::Units(std::int64_t rows, std::int64_t cols, Pattern pattern, std::int64_t unit_cols)
    : rows_(rows), cols_(cols), group_(pattern.group) {
  constexpr std::int64_t kGroupMultiple = 64;  // whole metadata bytes; 64 columns for any group
  unit_groups_ = std::max(unit_cols / group_ / kGroupMultiple * kGroupMultiple, kGroupMultiple);
  down_ = rows / kUnitRows + (rows % kUnitRows != 0);
  across_ = (cols + unit_groups_ * group_ - 1) / (unit_groups_ * group_);
}

Unit Units::operator[](std::int64_t index) const {
  Unit u;
  u.row = index / across_ * kUnitRows;
  u.rows = std::min(kUnitRows, rows_ - u.row);
  u.group = index % across_ * unit_groups_;
  u.col = u.group * group_;
  u.cols = std::min(unit_groups_ * group_, cols_ - u.col);
  u.groups = (u.cols + group_ - 1) / group_;
  return u;
}

}  // namespace heddle::cpu
