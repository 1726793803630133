// Registers that warpgroups hand on, and the lane that a warp elects.
#include <algorithm>

#include "test/simt/block.hpp"

namespace heddle::simt {
namespace {

constexpr unsigned group_threads = 128;
constexpr unsigned register_file = 65536;

}  // namespace

// What a launch gives every thread; a block has no more than that to share.
unsigned Block::registers_at_start() const {
  if (launch.options.registers) return launch.options.registers;
  return std::min(248u, register_file / size_ / 8 * 8);
}

unsigned Block::spare_registers() const {
  unsigned used = 0;
  for (const Registers& g : registers_) used += g.each * group_threads;
  const auto groups = static_cast<unsigned>(registers_.size());
  return groups * group_threads * registers_at_start() - used;
}

void Block::set_registers(unsigned count, bool more, Place place) {
  if (registers_.empty()) {
    registers_.resize(size_ / group_threads);
    for (Registers& g : registers_) g.each = registers_at_start();
  }
  const char* const what = more ? "setmaxnreg.inc" : "setmaxnreg.dec";
  const unsigned number = current_ / group_threads;
  if (number >= registers_.size()) {
    stop(Kind::instruction, std::string(what) + " outside of a whole warpgroup", place);
  }
  Registers& g = registers_[number];
  if (g.arrived == 0) {
    g.asked = count;
    g.more = more;
    g.first = current_;
    g.first_place = place;
  } else if (g.asked != count || g.more != more) {
    stop(Kind::instruction, std::string(what) + ": the warps of a warpgroup disagree", place,
         where(g.first, g.first_place));
  }
  if (more ? count < g.each : count > g.each) {
    stop(Kind::instruction,
         std::string(what) + " to " + std::to_string(count) + " registers a thread, of " +
             std::to_string(g.each),
         place);
  }
  block_on(Thread::State::at_registers, what, place);
  if (++g.arrived == group_threads) grant_registers();
  suspend();
}

void Block::grant_registers() {
  for (bool again = true; again;) {
    again = false;
    for (unsigned i = 0; i < registers_.size(); ++i) {
      Registers& g = registers_[i];
      if (g.arrived < group_threads) continue;
      if (g.more && (g.asked - g.each) * group_threads > spare_registers()) continue;
      g.each = g.asked;
      g.arrived = 0;
      for (unsigned t = 0; t < group_threads; ++t) wake(i * group_threads + t);
      again = true;
    }
  }
}

// The same for one mask every time, says PTX; which one is for the schedule to say.
bool Block::elect(Place place) {
  collective("elect.sync", ~0u, nullptr, nullptr, false, place);
  const Schedule& schedule = launch.options.schedule;
  const unsigned warp = current_ / 32;
  unsigned lane = 0;
  if (schedule.order == Order::backward) lane = 31;
  if (schedule.order == Order::warp_ahead) lane = static_cast<unsigned>(schedule.seed * 5 % 32);
  if (schedule.order == Order::random) {
    lane = static_cast<unsigned>((schedule.seed * 0x9E3779B97F4A7C15u >> 32) + warp * 7) % 32;
  }
  return current_ % 32 == lane;
}

}  // namespace heddle::simt
