#include "test/simt/report.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <map>
#include <mutex>
#include <sstream>

namespace heddle::simt {
namespace {

// "file:line" of the place, and of the kernel's line where it was inlined, "access.cuh:28 in
// mask.cuh:40": the caller's of an instruction wrapper, else the outermost. "" where there is no
// debug info or no addr2line.
std::string ask_addr2line(const char* program, std::uintptr_t offset) {
  char command[1024];
  std::snprintf(command, sizeof command, "addr2line -i -e '%s' 0x%zx 2>/dev/null", program,
                static_cast<std::size_t>(offset));
  std::FILE* pipe = popen(command, "r");
  if (!pipe) return "";
  std::string inner, outer;
  bool in_wrapper = true;
  for (char line[2048]; std::fgets(line, sizeof line, pipe) && line[0] != '?';) {
    std::string path = line;
    if (path.find("/include/c++/") != std::string::npos) continue;
    const bool wrapper = path.find("/kernels/arch/") != std::string::npos;
    path.resize(path.find_first_of(" \n"));
    path.erase(0, path.rfind('/') + 1);
    if (inner.empty()) {
      inner = outer = path;
      in_wrapper = wrapper;
    } else if (!in_wrapper || outer == inner || wrapper) {
      outer = path;
      if (!wrapper && in_wrapper) break;
    }
  }
  pclose(pipe);
  return inner == outer ? inner : inner + " in " + outer;
}

std::string symbolise(const void* address) {
  static std::mutex mutex;
  static std::map<const void*, std::string> known;
  const std::lock_guard lock(mutex);
  std::string& text = known[address];
  if (!text.empty()) return text;
  Dl_info info{};
  // A return address may already belong to the next line: look one byte before it.
  const auto at = reinterpret_cast<std::uintptr_t>(address) - 1;
  if (dladdr(address, &info) && info.dli_fname) {
    const auto base = reinterpret_cast<std::uintptr_t>(info.dli_fbase);
    char program[512] = "";
    if (readlink("/proc/self/exe", program, sizeof program - 1) > 0) {
      text = ask_addr2line(program, at - base);
    }
    if (text.empty()) {
      std::ostringstream out;
      out << (info.dli_sname ? info.dli_sname : "site") << "+0x" << std::hex << at - base;
      text = out.str();
    }
  } else {
    text = "an unknown site";
  }
  return text;
}

std::ostream& operator<<(std::ostream& out, const Where& where) {
  if (where.rank >= 0) out << "rank " << where.rank << " ";
  if (where.copy) return out << "copy issued at " << where.place.text();
  return out << "warp " << where.warp << " lane " << where.lane << " at " << where.place.text();
}

}  // namespace

std::string Place::text() const {
  if (file) {
    const std::string path = file;
    return path.substr(path.rfind('/') + 1) + ":" + std::to_string(line);
  }
  return address ? symbolise(address) : "the end of the kernel";
}

const char* name(Kind kind) {
  switch (kind) {
    case Kind::bad_launch: return "bad launch";
    case Kind::shared_race: return "shared memory race";
    case Kind::global_race: return "global memory race";
    case Kind::uninitialised: return "uninitialised shared read";
    case Kind::out_of_bounds: return "out-of-bounds access";
    case Kind::misaligned: return "misaligned access";
    case Kind::divergent_barrier: return "divergent barrier";
    case Kind::exit_at_barrier: return "exit while others wait";
    case Kind::deadlock: return "deadlock";
    case Kind::warp_mask: return "wrong warp mask";
    case Kind::early_copy_access: return "early access to an asynchronous copy";
    case Kind::source_overwritten: return "overwritten source of an asynchronous copy";
    case Kind::early_register_access: return "early access to registers of a wgmma";
    case Kind::missing_proxy_fence: return "missing proxy fence";
    case Kind::exited_block: return "access to a block that may have returned";
    case Kind::instruction: return "bad instruction operand";
  }
  return "?";
}

void Traffic::operator+=(const Traffic& more) {
  instructions += more.instructions;
  units += more.units;
  ideal += more.ideal;
}

void Counters::operator+=(const Counters& more) {
  global_load += more.global_load;
  global_store += more.global_store;
  shared_load += more.shared_load;
  shared_store += more.shared_store;
  async_store += more.async_store;
  bulk_bytes += more.bulk_bytes;
  mma += more.mma;
  wgmma += more.wgmma;
  matrix_loads += more.matrix_loads;
}

std::string Schedule::text() const {
  static constexpr const char* names[] = {"forward", "backward", "random", "warp_ahead"};
  return std::string(names[static_cast<int>(order)]) + " seed " + std::to_string(seed);
}

std::vector<Schedule> schedules(unsigned count) {
  std::vector<Schedule> all{{Order::forward, 0}, {Order::backward, 0}};
  for (std::uint64_t warp = 0; warp < 4; ++warp) all.push_back({Order::warp_ahead, warp});
  for (std::uint64_t seed = 1; all.size() < count; ++seed) all.push_back({Order::random, seed});
  all.resize(count);
  return all;
}

std::string Report::text() const {
  std::ostringstream out;
  for (const Finding& f : findings) {
    out << problem << ": " << name(f.kind) << ": " << f.what << "; schedule " << schedule.text()
        << ", block (" << f.block.x << "," << f.block.y << "," << f.block.z << ") " << f.at;
    if (f.other) out << "; other: " << *f.other;
    out << "\n";
  }
  return out.str();
}

}  // namespace heddle::simt
