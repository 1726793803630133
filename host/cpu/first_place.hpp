#pragma once
// The first place, in row-major order, at which any thread found something.

#include <cstdint>
#include <mutex>

namespace heddle::cpu {

class FirstPlace {
 public:
  // `what` is the caller's code for the finding.
  void report(std::int64_t row, std::int64_t group, int what = 0) {
    const std::lock_guard lock(mutex_);
    if (found_ && (row > row_ || (row == row_ && group >= group_))) return;
    found_ = true;
    row_ = row;
    group_ = group;
    what_ = what;
  }
  // Read after the threads have joined.
  bool found() const { return found_; }
  std::int64_t row() const { return row_; }
  std::int64_t group() const { return group_; }
  int what() const { return what_; }

 private:
  std::mutex mutex_;
  bool found_ = false;
  std::int64_t row_ = -1;
  std::int64_t group_ = -1;
  int what_ = 0;
};

}  // namespace heddle::cpu
