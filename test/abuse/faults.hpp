#pragma once
// Faults on demand: the n-th allocation, thread, file operation or CUDA call of what runs while a
// fault is armed fails. The calls are caught by symbol: operator new by replacing it, the rest by
// the linker's --wrap (CMakeLists.txt has the list) or by the made-up CUDA runtime.

#include <cstdint>
#include <set>

namespace heddle::abuse {

enum class Kind { allocation, thread, file, cuda };
inline constexpr int kKinds = 4;
const char* name_of(Kind kind);

struct Fault {
  Kind kind = Kind::allocation;
  std::int64_t at = 1;        // the call that fails, counted from 1
  bool from_then_on = false;  // and all after it
  int error = 0;              // of a file operation; 0: a read or write moves half of its bytes
};

// Arms a fault for its lifetime. One at a time in the process; all threads count together.
class Armed {
 public:
  explicit Armed(const Fault& fault);
  ~Armed();
  Armed(const Armed&) = delete;
  Armed& operator=(const Armed&) = delete;
  bool fired() const;
};

// For the code that stands in for the real call, which `caller` called: must this one fail?
bool must_fail(Kind kind, const void* caller) noexcept;
int armed_error() noexcept;
bool armed_for_good() noexcept;  // all calls after it fail too

// Blocks of memory taken and not given back, by any thread, armed or not.
std::int64_t live_blocks();
std::int64_t live_bytes();
// No longer counted: the books of the faults themselves.
void disown(std::int64_t count, std::int64_t bytes);
// Open file descriptors of the process.
int open_descriptors();

// Where faults have struck so far: the innermost addresses of this program (a call site), and the
// whole stacks (a path).
struct Struck {
  std::int64_t faults = 0;
  std::set<std::uintptr_t> sites;
  std::set<std::uint64_t> paths;
};
const Struck& struck(Kind kind);

}  // namespace heddle::abuse
