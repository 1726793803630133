#include "test/simt/memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <new>

#include "test/simt/simt.hpp"

namespace heddle::simt {
namespace {

constexpr std::size_t region_bytes = std::size_t{1} << 36;  // addresses only, until touched
constexpr std::size_t align_up(std::size_t n, std::size_t a) { return (n + a - 1) / a * a; }

struct Device {
  std::mutex mutex;
  char* region = nullptr;
  std::size_t used = 0;
  unsigned allocations = 0;
  std::map<char*, GlobalMap::Range> live;

  Device() {
    // Readable and writable throughout: a stray access is reported and the test goes on.
    void* p = mmap(nullptr, region_bytes, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) throw std::bad_alloc();
    region = static_cast<char*>(p);
  }
};

Device& device() {
  static Device instance;
  return instance;
}

}  // namespace

void* allocate_global(std::size_t bytes, std::size_t shift) {
  Device& d = device();
  const std::lock_guard lock(d.mutex);
  const std::size_t begin = align_up(d.used + red_zone, 4096) + shift;
  if (begin + bytes + red_zone > region_bytes) throw std::bad_alloc();
  d.used = begin + bytes;
  char* payload = d.region + begin;
  std::memset(payload, 0xFF, bytes);
  d.live[payload] = {payload, payload + bytes, ++d.allocations};
  return payload;
}

void free_global(void* payload) {
  Device& d = device();
  const std::lock_guard lock(d.mutex);
  d.live.erase(static_cast<char*>(payload));
  if (!d.live.empty()) return;
  madvise(d.region, align_up(d.used + red_zone, 4096), MADV_DONTNEED);
  d.used = 0;
  d.allocations = 0;
}

std::size_t live_global() {
  Device& d = device();
  const std::lock_guard lock(d.mutex);
  return d.live.size();
}

GlobalMap::GlobalMap() {
  Device& d = device();
  const std::lock_guard lock(d.mutex);
  for (const auto& [begin, range] : d.live) ranges_.push_back(range);
}

bool GlobalMap::in_region(const void* address) const {
  return static_cast<std::size_t>(static_cast<const char*>(address) - device().region) <
         region_bytes;
}

const GlobalMap::Range* GlobalMap::below(const void* address) const {
  const auto after =
      std::upper_bound(ranges_.begin(), ranges_.end(), static_cast<const char*>(address),
                       [](const char* a, const Range& r) { return a < r.begin; });
  return after == ranges_.begin() ? nullptr : &after[-1];
}

bool GlobalMap::valid(const void* address, std::size_t bytes) const {
  const Range* range = below(address);
  return range && static_cast<const char*>(address) + bytes <= range->end;
}

std::string GlobalMap::describe(const void* address) const {
  const char* a = static_cast<const char*>(address);
  const Range* range = below(address);
  if (!range && !ranges_.empty()) range = &ranges_.front();
  if (!range) return "no buffer";
  // Nearer to the next one: an index below zero.
  if (range != &ranges_.back() && range[1].begin - a < a - range->end) ++range;
  return "buffer " + std::to_string(range->number) + ", byte " + std::to_string(a - range->begin) +
         " of " + std::to_string(range->end - range->begin);
}

}  // namespace heddle::simt
