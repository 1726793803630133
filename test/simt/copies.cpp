// Asynchronous copies: what may not be touched while they are under way, and when they land.
#include <algorithm>
#include <cstring>

#include "test/simt/block.hpp"

namespace heddle::simt {
namespace {

Place site_place(const void* site) { return {nullptr, 0, site}; }

}  // namespace

void Block::source_written(const void* address, std::size_t bytes, const void* site) {
  const char* a = static_cast<const char*>(address);
  for (const auto& [id, copy] : copies_) {
    if (a >= copy.from + copy.source_bytes || copy.from >= a + bytes) continue;
    const auto meets = [&](const Copy::Row& row) {
      return a < row.global + row.bytes && row.global < a + bytes;
    };
    if (!copy.tensor || std::any_of(copy.rows.begin(), copy.rows.end(), meets)) {
      source_overwritten(*this, id, site);
    }
  }
}

void Block::source_overwritten(Block& home, std::uint32_t id, const void* site) {
  Copy& copy = home.copies_.at(id);
  if (copy.reported) return;
  copy.reported = true;
  find(Kind::source_overwritten,
       "the source of a copy of " + std::to_string(copy.bytes) + " bytes written before its wait",
       site_place(site), issuer(copy));
}

void Block::copy(void* to, const void* from, unsigned bytes, unsigned source_bytes, void* mbarrier,
                 const void* site) {
  const std::size_t alignment = mbarrier ? 16 : bytes;
  const bool size_ok = mbarrier ? bytes % 16 == 0 : bytes == 4 || bytes == 8 || bytes == 16;
  if (!size_ok || source_bytes > bytes) {
    find(Kind::instruction,
         "asynchronous copy of " + std::to_string(bytes) + " bytes, " +
             std::to_string(source_bytes) + " from the source",
         site_place(site));
    return;
  }
  void* const source = const_cast<void*>(from);
  const auto source_memory =
      source_bytes ? check(source, source_bytes, alignment, Access::read, site) : Memory::other;
  const auto memory = check(to, bytes, alignment, Access::write, site);
  if (memory == Memory::invalid || source_memory == Memory::invalid) return;

  Copy copy{self(),
            threads_[current_].group,
            static_cast<char*>(to),
            static_cast<const char*>(from),
            bytes,
            source_bytes,
            site};
  copy.mbarrier = mbarrier;
  if (mbarrier && (memory != Memory::shared || source_memory == Memory::shared)) {
    stop(Kind::instruction, "a bulk copy that is not from global to shared memory",
         site_place(site));
  }
  const std::uint32_t id = ++next_copy_;
  if (source_bytes) copy.snapshot.assign(copy.from, copy.from + source_bytes);
  if (source_memory == Memory::shared) {
    shared_access(*this, source, source_bytes, Access::read, site);
    worker_.shadow.source_held(from, source_bytes, id);
  } else if (source_memory == Memory::global || source_bytes == 0) {
    global_access(from, source_bytes, Access::read, site);
    traffic_.note(current_ / 32, current_ % 32, site, Space::global_load, from, source_bytes);
  }
  if (mbarrier) {
    copy.snapshot.resize(bytes);
    land_at_wait(*this, std::move(copy), site_place(site));
    return;
  }
  if (memory == Memory::shared) {
    shared_access(*this, to, bytes, Access::write, site);  // it may land from now on
    worker_.shadow.copy_issued(to, bytes, id);
    traffic_.note(current_ / 32, current_ % 32, site, Space::async_store, to, bytes);
  } else if (memory == Memory::global) {
    source_written(to, bytes, site);
    traffic_.note(current_ / 32, current_ % 32, site, Space::global_store, to, bytes);
  }
  copies_.emplace(id, std::move(copy));
  threads_[current_].copies.push_back(id);
}

// One that lands on an mbarrier, in this block's shared memory or a peer's.
void Block::land_at_wait(Block& home, Copy copy, Place place) {
  void* const object = copy.mbarrier;
  for_mbarrier(home, object, place);
  shared_access(home, copy.to, copy.bytes, Access::write, copy.site);  // it may land from now on
  traffic_.count_bulk(copy.bytes);
  const std::uint32_t id = ++home.next_copy_;
  home.worker_.shadow.copy_issued(copy.to, copy.bytes, id);
  home.copies_.emplace(id, std::move(copy));
  Mbarrier& m = home.mbarriers_.at(object);
  if (completable(home, object, m, place)) home.wake_waiters(m);
}

void Block::land(std::uint32_t id, const void* site) {
  const auto found = copies_.find(id);
  Copy& copy = found->second;
  if (copy.tensor) {
    land_tensor(id, copy, site);
  } else {
    const bool changed = std::memcmp(copy.snapshot.data(), copy.from, copy.source_bytes) != 0;
    // By another block: only now does it show.
    if (changed) source_overwritten(*this, id, site);
    std::memcpy(copy.to, copy.from, copy.source_bytes);
    std::memset(copy.to + copy.source_bytes, 0, copy.bytes - copy.source_bytes);
  }
  if (launch.global.valid(copy.to, copy.bytes)) {
    global_access(copy.to, copy.bytes, Access::write, copy.site);
  }
  Shadow& shadow = worker_.shadow;
  if (shadow.contains(copy.to)) {
    const unsigned writer = copy.mbarrier ? copies_clock() : self();
    shadow.copy_landed(clocks_, writer, copy.to, copy.bytes, site, copy.mbarrier != nullptr);
  }
  if (shadow.contains(copy.from)) shadow.source_held(copy.from, copy.source_bytes, 0);
  copies_.erase(found);
}

void Block::land_before(std::uint32_t group, const void* site) {
  std::vector<std::uint32_t>& mine = threads_[current_].copies;
  const auto open = std::find_if(mine.begin(), mine.end(),
                                 [&](std::uint32_t id) { return copies_.at(id).group >= group; });
  std::for_each(mine.begin(), open, [&](std::uint32_t id) { land(id, site); });
  mine.erase(mine.begin(), open);
}

void Block::wait_copies(std::uint32_t left_open, const void* site) {
  const std::uint32_t committed = threads_[current_].group;
  land_before(committed - std::min(committed, left_open), site);
}

void Block::wait_all_copies(const void* site) { land_before(UINT32_MAX, site); }

}  // namespace heddle::simt
