// The memory rules of a block: bounds, alignment, races, the two proxies.
#include "test/simt/block.hpp"

namespace heddle::simt {
namespace {

Place site_place(const void* site) { return {nullptr, 0, site}; }

const char* verb(Access kind) {
  switch (kind) {
    case Access::read: return "read of ";
    case Access::write: return "write of ";
    case Access::atomic: return "atomic on ";
    case Access::async_read: return "asynchronous read of ";
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
  if (static_cast<std::size_t>(static_cast<char*>(address) - stack) < Worker::stack_bytes) {
    if (warpgroups_) warpgroups_->stack_access(address, bytes, kind != Access::read, site);
    return;
  }
  const Memory memory = check(address, bytes, alignment, kind, site);
  if (memory == Memory::shared) {
    shared_access(*this, address, bytes, kind, site);
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

// Shared memory of this block, or of a peer.
void Block::shared_access(Block& home, void* address, std::size_t bytes, Access kind,
                          const void* site) {
  const auto conflict = home.worker_.shadow.access(clocks_, self(), address, bytes, kind, site);
  if (!conflict.race && !conflict.uninitialised && !conflict.copy_in && !conflict.copy_out &&
      !conflict.unfenced) {
    return;
  }
  std::string what = bytes_text(kind, bytes);
  if (&home != this) what += " in the shared memory of rank " + std::to_string(home.rank_);
  if (conflict.race) {
    find(Kind::shared_race, what + ", unordered with another thread's access", site_place(site),
         party(conflict.with));
  }
  if (conflict.uninitialised) {
    find(Kind::uninitialised, what + ", not all written before", site_place(site));
  }
  if (conflict.unfenced) {
    find(Kind::missing_proxy_fence, what + ", written with no fence.proxy.async since",
         site_place(site), party(conflict.unfenced_writer));
  }
  if (conflict.copy_in) {
    find(Kind::early_copy_access, what + " before the wait that lands the copy", site_place(site),
         issuer(home.copies_.at(conflict.copy_in)));
  }
  if (conflict.copy_out) source_overwritten(home, conflict.copy_out, site);
}

void Block::async_read(const void* shared, std::size_t bytes, const void* site) {
  void* const address = const_cast<void*>(shared);
  if (check(address, bytes, 16, Access::async_read, site) != Memory::shared) return;
  shared_access(*this, address, bytes, Access::async_read, site);
}

}  // namespace heddle::simt
