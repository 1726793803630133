#include "test/simt/order.hpp"

#include <algorithm>
#include <cstring>
#include <thread>

namespace heddle::simt {

bool Knowledge::covers(unsigned block, unsigned thread, std::uint32_t clock) const {
  const auto found = blocks_.find(block);
  return found != blocks_.end() && clock <= (*found->second)[thread];
}

void Knowledge::learn(unsigned block, const Clocks& clocks) {
  Clocks& mine = blocks_[block];
  if (mine == clocks) return;
  const auto within = [](const Clocks& a, const Clocks& b) {
    return std::equal(a->begin(), a->end(), b->begin(), [](auto x, auto y) { return x <= y; });
  };
  if (!mine || within(mine, clocks)) {
    mine = clocks;
  } else if (!within(clocks, mine)) {
    auto joined = std::make_shared<std::vector<std::uint32_t>>(*mine);
    for (std::size_t i = 0; i < joined->size(); ++i) {
      (*joined)[i] = std::max((*joined)[i], (*clocks)[i]);
    }
    mine = std::move(joined);
  }
}

void Knowledge::learn(const Knowledge& more) {
  for (const auto& [block, clocks] : more.blocks_) learn(block, clocks);
}

class GlobalOrder::Pages {
 public:
  std::unique_ptr<Page> take() {
    {
      const std::lock_guard lock(mutex_);
      if (!pages_.empty()) {
        auto taken = std::move(pages_.back());
        pages_.pop_back();
        return taken;
      }
    }
    return std::make_unique<Page>();
  }
  void give(std::unique_ptr<Page> page) {
    page->cells.fill({});
    const std::lock_guard lock(mutex_);
    if (pages_.size() < most) pages_.push_back(std::move(page));
  }

 private:
  static constexpr std::size_t most = 16384;  // 256 MiB
  std::mutex mutex_;
  std::vector<std::unique_ptr<Page>> pages_;
};

GlobalOrder::Pages& GlobalOrder::spare() {
  static Pages pages;
  return pages;
}

GlobalOrder::GlobalOrder(const GlobalMap& map)
    : begin_(map.begin()),
      pages_((static_cast<std::size_t>(map.end() - map.begin()) + page_bytes - 1) / page_bytes) {}

GlobalOrder::~GlobalOrder() {
  for (const std::atomic<Page*>& entry : pages_) {
    if (Page* p = entry.load()) spare().give(std::unique_ptr<Page>(p));
  }
}

GlobalOrder::Page& GlobalOrder::at(std::size_t i) {
  std::atomic<Page*>& entry = pages_[i];
  if (Page* p = entry.load(std::memory_order_acquire)) return *p;
  auto fresh = spare().take();
  Page* nobodys = nullptr;
  if (entry.compare_exchange_strong(nobodys, fresh.get())) return *fresh.release();
  spare().give(std::move(fresh));
  return *nobodys;
}

// Visits the cells of the bytes, each page under its lock; without `make` only those there are.
template <typename F>
void GlobalOrder::in_pages(const void* address, std::size_t bytes, bool make, F visit) {
  auto at_byte = static_cast<std::size_t>(static_cast<const char*>(address) - begin_);
  for (std::size_t here; bytes; at_byte += here, bytes -= here) {
    here = std::min(bytes, page_bytes - at_byte % page_bytes);
    Page* p = make ? &at(at_byte / page_bytes)
                   : pages_[at_byte / page_bytes].load(std::memory_order_acquire);
    if (!p) continue;
    while (p->lock.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
    for (std::size_t i = 0; i < here; ++i) visit(p->cells[at_byte % page_bytes + i]);
    p->lock.clear(std::memory_order_release);
  }
}

namespace {

void note(GlobalOrder::Writers& writers, const GlobalOrder::Writer& w, unsigned block) {
  if (w.clock == 0 || w.block == block) return;
  if (writers.count) {
    const GlobalOrder::Writer& last = writers.who[writers.count - 1];
    if (last.block == w.block && last.thread == w.thread && last.clock == w.clock) return;
  }
  writers.who[writers.count++] = w;
}

}  // namespace

GlobalOrder::Writers GlobalOrder::others(const void* address, std::size_t bytes, unsigned block) {
  Writers writers;
  in_pages(address, bytes, false, [&](const Writer& cell) { note(writers, cell, block); });
  return writers;
}

GlobalOrder::Writers GlobalOrder::write(const void* address, std::size_t bytes, const Writer& me) {
  Writers writers;
  in_pages(address, bytes, true, [&](Writer& cell) {
    note(writers, cell, me.block);
    cell = me;
  });
  return writers;
}

void GlobalOrder::put(const void* object, const Knowledge& released) {
  anything_released_.store(true, std::memory_order_relaxed);
  Shard& shard = shards_[reinterpret_cast<std::uintptr_t>(object) / 4 % shards_.size()];
  const std::lock_guard lock(shard.mutex);
  shard.objects[object].learn(released);
}

void GlobalOrder::take(const void* object, Knowledge& found) {
  if (!anything_released_.load(std::memory_order_relaxed)) return;
  Shard& shard = shards_[reinterpret_cast<std::uintptr_t>(object) / 4 % shards_.size()];
  const std::lock_guard lock(shard.mutex);
  const auto it = shard.objects.find(object);
  if (it != shard.objects.end()) found.learn(it->second);
}

}  // namespace heddle::simt
