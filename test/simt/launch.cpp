// Spreads the blocks of a launch over OS threads and gathers what they found.
#include <link.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <numeric>
#include <random>
#include <set>
#include <thread>
#include <tuple>

#include "test/simt/block.hpp"

namespace heddle::simt {
namespace {

constexpr std::size_t most_findings = 100;

std::vector<void* (*)()>& dynamic_arrays() {
  static std::vector<void* (*)()> arrays;
  return arrays;
}

// Stacks and shadow pages outlive a launch: mapping them costs more than most kernels.
std::mutex cache_mutex;
std::vector<std::unique_ptr<Worker>> cache;

std::unique_ptr<Worker> take_worker() {
  const std::lock_guard lock(cache_mutex);
  if (cache.empty()) return std::make_unique<Worker>();
  auto worker = std::move(cache.back());
  cache.pop_back();
  return worker;
}

void give_back(std::unique_ptr<Worker> worker) {
  const std::lock_guard lock(cache_mutex);
  cache.push_back(std::move(worker));
}

// `__shared__` is thread_local: shared memory is this OS thread's part of the program's TLS
// segment. The testbed's own thread locals lie there too; no kernel touches them.
void attach_shared(Worker& worker) {
  struct Segment {
    char* base = nullptr;
    std::size_t size = 0;
  } segment;
  dl_iterate_phdr(
      [](dl_phdr_info* program, std::size_t, void* out) {
        auto* found = static_cast<Segment*>(out);
        for (int i = 0; i < program->dlpi_phnum; ++i) {
          if (program->dlpi_phdr[i].p_type != PT_TLS) continue;
          *found = {static_cast<char*>(program->dlpi_tls_data), program->dlpi_phdr[i].p_memsz};
        }
        return 1;  // the first entry is the program itself
      },
      &segment);
  worker.shadow.attach(segment.base, segment.size);
  worker.shared = segment.base;
  worker.dynamic.clear();
  for (auto address : dynamic_arrays()) {
    char* begin = static_cast<char*>(address());
    worker.dynamic.push_back({begin, begin + dynamic_shared_limit});
  }
}

std::string refusal(Extent grid, Extent block, std::size_t dynamic_shared, unsigned cluster) {
  const std::uint64_t threads = std::uint64_t{block.x} * block.y * block.z;
  if (threads == 0 || threads > 1024 || block.z > 64) {
    return "block of " + std::to_string(threads) + " threads: must be 1 to 1024, z to 64";
  }
  if (grid.x > 0x7FFFFFFFu || grid.y > 65535 || grid.z > 65535) {
    return "grid " + std::to_string(grid.x) + " x " + std::to_string(grid.y) + " x " +
           std::to_string(grid.z) + ": must be below 2^31 x 2^16 x 2^16";
  }
  if (std::uint64_t{grid.x} * grid.y * grid.z == 0) return "empty grid";
  if (cluster == 0 || cluster > Cluster::most_blocks || grid.x % cluster) {
    return "clusters of " + std::to_string(cluster) + " blocks in a grid of " +
           std::to_string(grid.x) + " along x: must be 1 to 8 and divide it";
  }
  if (dynamic_shared > dynamic_shared_limit) {
    return std::to_string(dynamic_shared) + " bytes of dynamic shared memory: must be at most " +
           std::to_string(dynamic_shared_limit);
  }
  return "";
}

// Which block comes when: the last to arrive somewhere is not always the last of the grid.
std::vector<unsigned> turns(unsigned blocks, const Schedule& schedule) {
  std::vector<unsigned> order(blocks);
  std::iota(order.begin(), order.end(), 0u);
  if (schedule.order == Order::backward) std::reverse(order.begin(), order.end());
  if (schedule.order == Order::random) {
    std::shuffle(order.begin(), order.end(), std::mt19937_64(schedule.seed));
  }
  return order;
}

}  // namespace

DynamicShared::DynamicShared(void* (*address)()) { dynamic_arrays().push_back(address); }

Report launch(Extent grid, Extent block, std::size_t dynamic_shared,
              const std::function<void()>& kernel, const Options& options) {
  Report report{options.problem, options.schedule, {}, 0, {}};
  if (const std::string why = refusal(grid, block, dynamic_shared, options.cluster); !why.empty()) {
    report.findings.push_back({Kind::bad_launch, why, {}, {}, {}});
    report.occurrences = 1;
    return report;
  }
  const GlobalMap global;
  GlobalOrder order(global);
  const Launch state{grid, block, dynamic_shared, kernel, options, global, order};
  const unsigned threads = block.x * block.y * block.z;
  const unsigned clusters = grid.x * grid.y * grid.z / options.cluster;
  const std::vector<unsigned> turn = turns(clusters, options.schedule);
  std::atomic<unsigned> next = 0;
  std::mutex mutex;
  std::vector<std::pair<unsigned, Finding>> findings;

  const auto run = [&](Worker& worker, Cluster& cluster, unsigned number) {
    Block running(state, worker, cluster, number);
    running.run();
    const std::lock_guard lock(mutex);
    report.counters += running.counters;
    report.occurrences += running.occurrences;
    for (Finding& f : running.findings) findings.emplace_back(number, std::move(f));
  };
  const auto work = [&] {
    auto worker = take_worker();
    attach_shared(*worker);
    for (unsigned i; (i = next++) < clusters;) {
      Cluster cluster(options.cluster, threads, turn[i]);
      const unsigned first = turn[i] * options.cluster;
      std::vector<std::thread> peers;
      for (unsigned rank = 1; rank < options.cluster; ++rank) {
        peers.emplace_back([&, number = first + rank] {
          auto own = take_worker();
          attach_shared(*own);
          run(*own, cluster, number);
          give_back(std::move(own));
        });
      }
      run(*worker, cluster, first);
      for (std::thread& peer : peers) peer.join();
    }
    give_back(std::move(worker));
  };
  unsigned workers = options.workers ? options.workers : std::thread::hardware_concurrency();
  workers = std::clamp(workers / options.cluster, 1u, clusters);
  std::vector<std::thread> helpers;
  for (unsigned i = 1; i < workers; ++i) helpers.emplace_back(work);
  work();
  for (std::thread& helper : helpers) helper.join();

  std::stable_sort(findings.begin(), findings.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::set<std::tuple<Kind, const void*, unsigned, const void*>> seen;
  for (auto& [number, f] : findings) {
    const Place& place = f.at.place;
    const void* other = f.other ? f.other->place.address : nullptr;
    const void* key = place.address ? place.address : place.file;
    if (report.findings.size() < most_findings &&
        seen.insert({f.kind, key, place.line, other}).second) {
      report.findings.push_back(std::move(f));
    }
  }
  return report;
}

}  // namespace heddle::simt
