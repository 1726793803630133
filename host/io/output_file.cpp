#include "host/io/output_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <system_error>
#include <utility>

#include "host/io/text.hpp"

namespace heddle::io {
namespace {

constexpr mode_t kPermissions = 0777;
constexpr int kNameAttempts = 100;

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// What the names of all partial files of a target begin with. Short whatever the target's name is,
// so that it fits wherever the target fits.
std::string temporary_prefix(const std::string& target) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, of the name without its folder
  for (std::size_t at = target.rfind('/') + 1; at < target.size(); ++at) {
    hash = (hash ^ static_cast<unsigned char>(target[at])) * 0x100000001b3;
  }
  static constexpr char kHex[] = "0123456789abcdef";
  std::string prefix = ".heddle-";
  for (int shift = 60; shift >= 0; shift -= 4) prefix += kHex[hash >> shift & 15];
  return prefix + "-";
}

std::string temporary_name(const std::string& target) {
  static constexpr char kLetters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::random_device random;
  std::uniform_int_distribution<std::size_t> letter(0, sizeof(kLetters) - 2);
  std::string name = directory_of(target) + "/" + temporary_prefix(target);
  for (int i = 0; i < 10; ++i) name += kLetters[letter(random)];
  return name;
}

// Opens a partial file and locks it. -1 with errno, EEXIST to try another name.
int open_locked(const std::string& name, mode_t mode) {
  const int fd = ::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return -1;
  // Filesystems without locks are left alone: there nothing is ever taken for a leftover.
  static_cast<void>(::flock(fd, LOCK_EX));
  struct stat info {};
  // An fstat that fails says nothing: to give the file up for that would leave it behind.
  if (::fstat(fd, &info) != 0 || info.st_nlink > 0) return fd;
  ::close(fd);  // taken for a leftover in the moment before the lock
  errno = EEXIST;
  return -1;
}

// Removes a partial file whose writer is gone. It is locked until it is gone too, so that nobody
// who makes one of this name in the same moment takes it for theirs.
void remove_leftover(const std::string& path) noexcept {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return;
  struct stat info {};
  if (::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && ::flock(fd, LOCK_EX | LOCK_NB) == 0) {
    ::unlink(path.c_str());
  }
  ::close(fd);
}

// The file a symbolic link leads to; `path` itself if it is no link or leads nowhere.
std::string follow_link(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0 || !S_ISLNK(info.st_mode)) return path;
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  return real ? std::string(real.get()) : path;
}

// The rename itself must reach the disk too. Filesystems that cannot flush a directory are left
// alone: the file is complete and in place by then.
void flush_directory(const std::string& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  static_cast<void>(::fsync(fd));
  ::close(fd);
}

}  // namespace

void remove_leftovers(const std::string& path) noexcept try {
  const std::string target = follow_link(path);
  const std::string directory = directory_of(target), prefix = temporary_prefix(target);
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(directory.c_str()), &::closedir);
  if (!folder) return;
  while (const dirent* const entry = ::readdir(folder.get())) {
    const std::string name = entry->d_name;
    if (name.rfind(prefix, 0) != 0) continue;
    std::string leftover = directory;
    leftover.append("/").append(name);
    remove_leftover(leftover);
  }
} catch (...) {
  return;  // no memory: they stay
}

Status system_error(const std::string& path, const char* doing, int error) {
  return {StatusCode::io_error,
          quote_path(path) + ": " + doing + ": " + std::generic_category().message(error)};
}

Result<OutputFile> OutputFile::create(const std::string& path) {
  OutputFile file;
  file.path_ = path;
  file.target_ = follow_link(path);
  struct stat old {};
  if (::stat(file.target_.c_str(), &old) == 0) {
    if (!S_ISREG(old.st_mode)) {
      return Status(StatusCode::invalid_argument,
                    "output path " + quote_path(path) + ": exists and is no regular file");
    }
    file.replaces_ = true;
    file.mode_ = old.st_mode & kPermissions;
  } else if (errno != ENOENT || path.empty() || path.back() == '/') {
    return system_error(path, "creating", errno);
  }

  remove_leftovers(file.target_);
  // Never more permissive than the file to be replaced, not even for a moment.
  const mode_t mode = file.replaces_ ? static_cast<mode_t>(file.mode_ & 0666) : mode_t{0666};
  for (int attempt = 0; attempt < kNameAttempts && file.fd_ < 0; ++attempt) {
    std::string name = temporary_name(file.target_);
    file.fd_ = open_locked(name, mode);
    if (file.fd_ >= 0) {
      file.temporary_ = std::move(name);  // takes no memory: the file cannot be lost sight of
    } else if (errno != EEXIST && errno != EINTR) {
      break;
    }
  }
  if (file.fd_ < 0) return system_error(path, "creating a file beside it", errno);
  if (file.replaces_) {
    // Only a privileged user may give a file away: for anyone else it stays their own.
    if (old.st_uid != ::geteuid() || old.st_gid != ::getegid()) {
      static_cast<void>(!::fchown(file.fd_, old.st_uid, old.st_gid));
    }
    if (::fchmod(file.fd_, file.mode_) != 0) return file.fail("setting its permissions", errno);
  }
  return file;
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)),
      target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::exchange(other.fd_, -1)),
      replaces_(other.replaces_),
      mode_(other.mode_) {}

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  if (this != &other) {
    discard();
    path_ = std::move(other.path_);
    target_ = std::move(other.target_);
    temporary_ = std::exchange(other.temporary_, {});
    fd_ = std::exchange(other.fd_, -1);
    replaces_ = other.replaces_;
    mode_ = other.mode_;
  }
  return *this;
}

void OutputFile::discard() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  if (!temporary_.empty()) {
    ::unlink(temporary_.c_str());
    temporary_.clear();
  }
}

Status OutputFile::fail(const char* doing, int error) {
  discard();
  return system_error(path_, doing, error);
}

Status OutputFile::reserve(std::uint64_t bytes) {
  if (fd_ < 0) return fail("reserving space", EBADF);
#ifdef __linux__
  // Not posix_fallocate: where the filesystem cannot reserve, that one writes the whole file.
  if (bytes > 0 && ::fallocate(fd_, 0, 0, static_cast<off_t>(bytes)) != 0) {
    const int error = errno;
    if (error == ENOSPC || error == EFBIG || error == EDQUOT || error == EIO) {
      return fail("reserving space", error);
    }
  }
#else
  static_cast<void>(bytes);
#endif
  return {};
}

Status OutputFile::write_at(std::uint64_t offset, const void* data, std::size_t bytes) {
  if (fd_ < 0) return fail("writing", EBADF);
  const char* from = static_cast<const char*>(data);
  while (bytes > 0) {
    // Linux moves at most 2 GiB a call anyway.
    const std::size_t part = std::min(bytes, std::size_t{1} << 30);
    const ssize_t done = ::pwrite(fd_, from, part, static_cast<off_t>(offset));
    if (done < 0) {
      if (errno == EINTR) continue;
      return fail("writing", errno);
    }
    if (done == 0) return fail("writing", ENOSPC);  // no progress: it would be tried for ever
    from += done;
    offset += static_cast<std::uint64_t>(done);
    bytes -= static_cast<std::size_t>(done);
  }
  return {};
}

Status OutputFile::commit() {
  if (fd_ < 0) return fail("finishing", EBADF);
  const std::string directory = directory_of(target_);  // before the rename: what can fail
  while (::fsync(fd_) != 0)
    if (errno != EINTR) return fail("flushing to disk", errno);
  struct Closer {
    int fd;
    ~Closer() {
      if (fd >= 0) ::close(fd);
    }
  } const lock{::fcntl(fd_, F_DUPFD_CLOEXEC, 0)};  // until it has its own name
  // Interrupted, it is closed all the same, and the bytes are on the disk.
  if (::close(std::exchange(fd_, -1)) != 0 && errno != EINTR) return fail("closing", errno);
  if (std::rename(temporary_.c_str(), target_.c_str()) != 0) return fail("renaming onto it", errno);
  temporary_.clear();
  flush_directory(directory);
  return {};
}

}  // namespace heddle::io
