#pragma once
// A line on the terminal while a command works.

#include <chrono>
#include <cstddef>
#include <string>

namespace heddle::cli {

/// Writes to stderr, and only where that is a terminal. The line disappears with the object.
class Progress {
 public:
  explicit Progress(std::size_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Work on the next of `total` things begins.
  void step(const std::string& name);

 private:
  std::size_t total_, done_ = 0;
  bool terminal_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace heddle::cli
