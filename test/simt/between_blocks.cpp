// The memory rules between blocks: who may touch global memory that another block has written.
#include <algorithm>

#include "test/simt/block.hpp"

namespace heddle::simt {
namespace {

std::string text(Index3 i) {
  return "(" + std::to_string(i.x) + "," + std::to_string(i.y) + "," + std::to_string(i.z) + ")";
}

}  // namespace

// Of bytes inside a buffer. Atomics leave no trace: whoever meets them is ordered by them or asks
// for nothing more.
void Block::global_access(const void* address, std::size_t bytes, Access kind, const void* site) {
  const char* a = static_cast<const char*>(address);
  for (; bytes > GlobalOrder::most_bytes; bytes -= GlobalOrder::most_bytes) {
    global_access(a, GlobalOrder::most_bytes, kind, site);
    a += GlobalOrder::most_bytes;
  }
  const GlobalOrder::Writer writing{reinterpret_cast<std::uintptr_t>(site), self(), number_,
                                    clocks_.now(self())};
  const auto others = kind == Access::write ? launch.order.write(a, bytes, writing)
                                            : launch.order.others(a, bytes, number_);
  for (unsigned i = 0; i < others.count; ++i) {
    const GlobalOrder::Writer& writer = others.who[i];
    if (knows(writer)) continue;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): a return address
    const auto* place = reinterpret_cast<const void*>(static_cast<std::uintptr_t>(writer.site));
    find(Kind::global_race,
         bytes_text(kind, bytes) + " at " + launch.global.describe(a) + ", written by block " +
             text(unflatten(writer.block, launch.grid)) + " and not acquired from it",
         {nullptr, 0, site}, where(writer.thread % size_, {nullptr, 0, place}));
  }
}

// Blocks of a cluster have their clocks in common, and what they acquired.
bool Block::knows(const GlobalOrder::Writer& writer) const {
  const unsigned cluster = writer.block / cluster_.blocks();
  if (cluster == cluster_.number() && clocks_.ordered(writer.thread, writer.clock, self())) {
    return true;
  }
  const auto& acquired = cluster_.acquired;
  return std::any_of(acquired.rbegin(), acquired.rend(), [&](const Cluster::Acquired& a) {
    return clocks_.ordered(a.thread, a.clock, self()) &&
           a.known.covers(cluster, writer.thread, writer.clock);
  });
}

Knowledge Block::release() {
  Knowledge all;
  for (const Cluster::Acquired& a : cluster_.acquired) {
    if (clocks_.ordered(a.thread, a.clock, self())) all.learn(a.known);
  }
  all.learn(cluster_.number(), clocks_.seen(self()));
  return all;
}

void Block::acquire() {
  Knowledge& found = threads_[current_].found;
  if (found.empty()) return;
  cluster_.acquired.push_back({self(), clocks_.now(self()), std::move(found)});
  found = Knowledge();
}

void Block::fence_gpu() {
  acquire();
  threads_[current_].released = release();
}

void Block::before_atomic(const void* object, bool orders) {
  if (!launch.global.in_region(object)) return;
  const Knowledge& released = threads_[current_].released;
  if (orders) {
    launch.order.put(object, release());
  } else if (!released.empty()) {
    launch.order.put(object, released);
  }
}

void Block::after_atomic(const void* object, bool orders) {
  if (!launch.global.in_region(object)) return;
  launch.order.take(object, threads_[current_].found);
  if (orders) acquire();
}

}  // namespace heddle::simt
