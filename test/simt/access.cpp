// The memory rules of a block: bounds, alignment, races, and asynchronous copies.
#include <algorithm>
#include <cstring>

#include "test/simt/block.hpp"

namespace heddle::simt {
namespace {

Place site_place(const void* site) { return {nullptr, 0, site}; }

const char* verb(Access kind) {
  switch (kind) {
    case Access::read: return "read of ";
    case Access::write: return "write of ";
    case Access::atomic: return "atomic on ";
  }
  return "";
}

}  // namespace

std::string bytes_text(Access kind, std::size_t bytes) {
  return verb(kind) + std::to_string(bytes) + " bytes";
}

Block::Memory Block::check(void* address, std::size_t bytes, std::size_t alignment, Access kind,
                           const void* site) {
  const auto value = reinterpret_cast<std::uintptr_t>(address);
  char* const a = static_cast<char*>(address);
  const auto misaligned = [&](const std::string& where) {
    find(Kind::misaligned,
         bytes_text(kind, bytes) + " at " + where + ": the address is not a multiple of " +
             std::to_string(alignment),
         site_place(site));
  };
  if (value < 65536) {
    // Going on would end the process.
    stop(Kind::out_of_bounds, bytes_text(kind, bytes) + " at address " + std::to_string(value),
         site_place(site));
  }
  if (worker_.shadow.contains(a)) {
    const Worker::Dynamic* in = nullptr;
    for (const Worker::Dynamic& d : worker_.dynamic) {
      if (a >= d.begin && a < d.end) in = &d;
    }
    const auto offset = static_cast<std::size_t>(in ? a - in->begin : 0);
    const bool inside = !in || offset + bytes <= launch.dynamic_shared;
    if (!inside) {
      find(Kind::out_of_bounds,
           bytes_text(kind, bytes) + " at dynamic shared memory, byte " + std::to_string(offset) +
               " of " + std::to_string(launch.dynamic_shared),
           site_place(site));
      return Memory::invalid;
    }
    if (value % alignment) misaligned("shared memory");
    return Memory::shared;
  }
  if (!launch.global.in_region(a)) return Memory::other;
  if (!launch.global.valid(a, bytes)) {
    find(Kind::out_of_bounds, bytes_text(kind, bytes) + " at " + launch.global.describe(a),
         site_place(site));
    return Memory::invalid;
  }
  if (value % alignment) misaligned(launch.global.describe(a));
  return Memory::global;
}

void Block::access(void* address, std::size_t bytes, std::size_t alignment, Access kind,
                   const void* site) {
  const char* stack = threads_[current_].stack_low;
  if (static_cast<std::size_t>(static_cast<char*>(address) - stack) < Worker::stack_bytes) return;
  const Memory memory = check(address, bytes, alignment, kind, site);
  if (memory == Memory::shared) {
    shared_access(address, bytes, kind, site);
  } else if (memory != Memory::global) {
    return;
  } else {
    if (kind != Access::read) source_written(address, bytes, site);
    global_access(address, bytes, kind, site);
  }
  if (kind == Access::atomic) return;
  const bool read = kind == Access::read, shared = memory == Memory::shared;
  const Space space = shared ? (read ? Space::shared_load : Space::shared_store)
                             : (read ? Space::global_load : Space::global_store);
  traffic_.note(current_ / 32, current_ % 32, site, space, address, bytes);
}

void Block::shared_access(void* address, std::size_t bytes, Access kind, const void* site) {
  const auto conflict = worker_.shadow.access(clocks_, current_, address, bytes, kind, site);
  if (!conflict.race && !conflict.uninitialised && !conflict.copy_in && !conflict.copy_out) return;
  const std::string what = bytes_text(kind, bytes);
  if (conflict.race) {
    find(Kind::shared_race, what + ", unordered with another thread's access", site_place(site),
         party(conflict.with));
  }
  if (conflict.uninitialised) {
    find(Kind::uninitialised, what + ", not all written before", site_place(site));
  }
  if (conflict.copy_in) {
    find(Kind::early_copy_access, what + " before the wait that lands the copy", site_place(site),
         issuer(copies_.at(conflict.copy_in)));
  }
  if (conflict.copy_out) source_overwritten(conflict.copy_out, site);
}

void Block::source_written(const void* address, std::size_t bytes, const void* site) {
  const char* a = static_cast<const char*>(address);
  for (const auto& [id, copy] : copies_) {
    if (a < copy.from + copy.source_bytes && copy.from < a + bytes) source_overwritten(id, site);
  }
}

void Block::source_overwritten(std::uint32_t id, const void* site) {
  Copy& copy = copies_.at(id);
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

  const std::uint32_t id = ++next_copy_;
  Copy copy{current_,
            threads_[current_].group,
            static_cast<char*>(to),
            static_cast<const char*>(from),
            bytes,
            source_bytes,
            site,
            mbarrier,
            {}};
  if (source_bytes) copy.snapshot.assign(copy.from, copy.from + source_bytes);
  if (source_memory == Memory::shared) {
    shared_access(source, source_bytes, Access::read, site);
    worker_.shadow.source_held(from, source_bytes, id);
  } else if (source_memory == Memory::global || source_bytes == 0) {
    global_access(from, source_bytes, Access::read, site);
    traffic_.note(current_ / 32, current_ % 32, site, Space::global_load, from, source_bytes);
  }
  if (memory == Memory::shared) {
    shared_access(to, bytes, Access::write, site);  // it may land from now on
    worker_.shadow.copy_issued(to, bytes, id);
    if (!mbarrier) {
      traffic_.note(current_ / 32, current_ % 32, site, Space::async_store, to, bytes);
    }
  } else if (memory == Memory::global) {
    source_written(to, bytes, site);
    traffic_.note(current_ / 32, current_ % 32, site, Space::global_store, to, bytes);
  }
  copies_.emplace(id, std::move(copy));
  if (!mbarrier) threads_[current_].copies.push_back(id);
}

void Block::land(std::uint32_t id, const void* site) {
  const auto found = copies_.find(id);
  Copy& copy = found->second;
  const bool changed = std::memcmp(copy.snapshot.data(), copy.from, copy.source_bytes) != 0;
  if (changed) source_overwritten(id, site);  // by another block: only now does it show
  std::memcpy(copy.to, copy.from, copy.source_bytes);
  std::memset(copy.to + copy.source_bytes, 0, copy.bytes - copy.source_bytes);
  if (launch.global.valid(copy.to, copy.bytes)) {
    global_access(copy.to, copy.bytes, Access::write, copy.site);
  }
  Shadow& shadow = worker_.shadow;
  if (shadow.contains(copy.to)) shadow.copy_landed(clocks_, current_, copy.to, copy.bytes, site);
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

void Block::mbarrier_init(void* object, unsigned arrivals, Place place) {
  access(object, 8, 8, Access::write, place.address);
  std::memset(object, 0, 8);
  mbarriers_[object] = Mbarrier{};
  mbarriers_[object].expected = arrivals;
}

Block::Mbarrier& Block::mbarrier_at(void* object, Place place) {
  access(object, 8, 8, Access::atomic, place.address);
  const auto found = mbarriers_.find(object);
  if (found == mbarriers_.end()) stop(Kind::instruction, "not an initialised mbarrier", place);
  return found->second;
}

void Block::mbarrier_arrive(void* object, unsigned bytes, Place place) {
  Mbarrier& m = mbarrier_at(object, place);
  if (m.arrived == m.expected) {
    stop(Kind::instruction, "more arrivals at an mbarrier than its phase expects", place);
  }
  ++m.arrived;
  m.bytes += bytes;
  clocks_.release(current_, m.filling);
  idle_since_.reset();
  if (m.bytes == 0) try_complete(object, m, place);
}

// Ends the phase when nothing but queued copies is missing, landing them.
void Block::try_complete(void* key, Mbarrier& m, Place place) {
  if (m.arrived < m.expected) return;
  std::int64_t queued = 0;
  std::vector<std::uint32_t> ids;
  for (const auto& [id, copy] : copies_) {
    if (copy.mbarrier != key) continue;
    queued += copy.bytes;
    ids.push_back(id);
  }
  if (queued < m.bytes) return;
  if (queued > m.bytes) {
    stop(Kind::instruction,
         std::to_string(queued) + " bytes copied to an mbarrier that was told " +
             std::to_string(m.bytes),
         place);
  }
  for (const std::uint32_t id : ids) land(id, place.address);
  clocks_.release(current_, m.filling);  // the landed bytes count as this thread's writes
  m.complete = std::move(m.filling);
  m.filling = nullptr;
  m.arrived = 0;
  m.bytes = 0;
  ++m.phase;
  idle_since_.reset();
}

void Block::mbarrier_wait(void* object, unsigned parity, Place place) {
  for (;;) {
    Mbarrier& m = mbarrier_at(object, place);
    if ((m.phase & 1) == (parity & 1)) try_complete(object, m, place);
    if ((m.phase & 1) != (parity & 1)) {
      if (m.complete) clocks_.acquire(current_, m.complete);
      return;
    }
    yield(place);
  }
}

}  // namespace heddle::simt
