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
  /// How it goes with it.
  void detail(const std::string& words);

 private:
  void draw(const std::string& words);

  std::size_t total_, done_ = 0;
  std::string name_;
  bool terminal_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace heddle::cli
