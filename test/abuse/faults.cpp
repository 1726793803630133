#include "test/abuse/faults.hpp"

#include <dirent.h>
#include <execinfo.h>

#include <array>
#include <atomic>
#include <cstddef>

// Ends of the program's own code.
extern "C" {
extern char __executable_start;  // NOLINT(bugprone-reserved-identifier): the linker's name
extern char etext;
}

namespace heddle::abuse {
namespace {

std::atomic<bool> armed{false};
std::atomic<bool> hit{false};
std::atomic<std::int64_t> counted{0};
Fault current;
std::array<Struck, kKinds> totals;

// The stack at the fault that fired; looked at when the fault is disarmed, for that takes memory.
std::array<void*, 64> stack;
int depth = 0;
const void* from = nullptr;

bool in_program(const void* address) {
  const char* const at = static_cast<const char*>(address);
  return at >= &__executable_start && at < &etext;
}

void book() {
  Struck& total = totals[static_cast<std::size_t>(current.kind)];
  ++total.faults;
  int frame = 0;
  while (frame < depth && stack[static_cast<std::size_t>(frame)] != from) ++frame;
  while (frame < depth && !in_program(stack[static_cast<std::size_t>(frame)])) ++frame;
  if (frame >= depth) return;
  total.sites.insert(reinterpret_cast<std::uintptr_t>(stack[static_cast<std::size_t>(frame)]));
  std::uint64_t path = 14695981039346656037u;
  for (; frame < depth; ++frame) {
    const void* const address = stack[static_cast<std::size_t>(frame)];
    if (in_program(address))
      path = (path ^ reinterpret_cast<std::uintptr_t>(address)) * 1099511628211u;
  }
  total.paths.insert(path);
}

}  // namespace

const char* name_of(Kind kind) {
  constexpr std::array<const char*, kKinds> kNames = {"allocation", "thread", "file", "cuda"};
  return kNames[static_cast<std::size_t>(kind)];
}

Armed::Armed(const Fault& fault) {
  static const int warm = backtrace(stack.data(), 2);  // its first call takes memory
  static_cast<void>(warm);
  current = fault;
  counted = 0;
  hit = false;
  depth = 0;
  armed = true;
}

Armed::~Armed() {
  armed = false;
  const std::int64_t blocks = live_blocks(), bytes = live_bytes();
  if (hit) book();
  disown(live_blocks() - blocks, live_bytes() - bytes);
}

bool Armed::fired() const { return hit; }

bool must_fail(Kind kind, const void* caller) noexcept {
  if (!armed || kind != current.kind) return false;
  const std::int64_t count = ++counted;
  if (count != current.at && !(current.from_then_on && count > current.at)) return false;
  if (!hit.exchange(true)) {
    from = caller;
    depth = backtrace(stack.data(), static_cast<int>(stack.size()));
  }
  return true;
}

int armed_error() noexcept { return current.error; }
bool armed_for_good() noexcept { return current.from_then_on; }

int open_descriptors() {
  DIR* const folder = opendir("/proc/self/fd");
  if (folder == nullptr) return -1;
  int count = 0;
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

const Struck& struck(Kind kind) { return totals[static_cast<std::size_t>(kind)]; }

}  // namespace heddle::abuse
