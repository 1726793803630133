#pragma once
// A file that appears complete or not at all: written beside its path, flushed, renamed. What a
// killed program left beside it is removed by the next that writes the same file: partial files
// are locked as long as their writer lives.

#include <cstddef>
#include <cstdint>
#include <string>

#include "heddle/status.hpp"

namespace heddle::io {

/// Movable; the destructor of one that was not committed removes the partial file.
class OutputFile {
 public:
  /// Opens a fresh file in the directory of `path`. A symbolic link at `path` is followed. An
  /// existing file there gives its permissions to the new one. invalid_argument if `path` is
  /// something else than a regular file, io_error where the system refuses.
  static Result<OutputFile> create(const std::string& path);

  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&& other) noexcept;
  ~OutputFile() { discard(); }

  /// Reserves disk space, so that a full disk shows before the work and not after it. Filesystems
  /// that cannot reserve are left to fail at `write_at`.
  Status reserve(std::uint64_t bytes);
  /// Writes at `offset`. A failure discards the file, after it every call fails.
  Status write_at(std::uint64_t offset, const void* data, std::size_t bytes);
  /// Flushes to disk and renames over `path`.
  Status commit();
  /// Closes and removes the partial file; harmless to repeat.
  void discard() noexcept;

  /// The partial file; empty once it is committed or discarded.
  const std::string& temporary_path() const noexcept { return temporary_; }

 private:
  OutputFile() = default;
  Status fail(const char* doing, int error);

  std::string path_;       // as the caller wrote it, for messages
  std::string target_;     // where it will be, links followed
  std::string temporary_;  // where it is now
  int fd_ = -1;
  bool replaces_ = false;  // a file exists at target_, with the mode below
  unsigned mode_ = 0;
};

/// Removes what killed programs left of attempts to write `path`; never what a living one writes.
void remove_leftovers(const std::string& path) noexcept;

/// "'<path>': <doing>: <the system's words for `error`>" as an io_error.
Status system_error(const std::string& path, const char* doing, int error);

}  // namespace heddle::io
