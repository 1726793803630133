#pragma once
// Ctrl-C leaves no partial file behind.

#include <string>

namespace heddle::cli {

/// While it lives, SIGINT, SIGTERM and SIGHUP remove the file at `path` before they end the
/// program. One at a time.
class PartialFile {
 public:
  explicit PartialFile(const std::string& path);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;
};

/// A write beyond the limit of file sizes shall fail with an error, not end the program.
void ignore_file_size_signal();

}  // namespace heddle::cli
