// Stands in for the system calls on files that the library makes.

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstddef>

#include "test/abuse/faults.hpp"

using heddle::abuse::armed_error;
using heddle::abuse::armed_for_good;
using heddle::abuse::Kind;
using heddle::abuse::must_fail;

namespace {

// A fault that only shortens leaves the calls alone that move no bytes.
bool fails(const void* caller) {
  if (armed_error() == 0 || !must_fail(Kind::file, caller)) return false;
  errno = armed_error();
  return true;
}

// Moves bytes, all or (with a fault) half of them or none.
template <class Move>
ssize_t moved(const void* caller, std::size_t bytes, Move move) {
  if (!must_fail(Kind::file, caller)) return move(bytes);
  if (armed_error() == 0) return move(bytes / 2);
  errno = armed_error();
  return -1;
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier): --wrap makes these names
#define CALLER __builtin_return_address(0)
extern "C" {
int __real_open(const char* path, int flags, ...);
int __wrap_open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0) {
    va_list list;
    va_start(list, flags);
    mode = va_arg(list, mode_t);
    va_end(list);
  }
  return fails(CALLER) ? -1 : __real_open(path, flags, mode);
}
int __real_close(int fd);
int __wrap_close(int fd) {
  const bool failing = fails(CALLER);
  const int error = errno, result = __real_close(fd);  // closed it is in any case
  if (!failing) return result;
  errno = error;
  return -1;
}
#define WRAP(result, name, parameters, arguments, failure) \
  result __real_##name parameters;                         \
  result __wrap_##name parameters { return fails(CALLER) ? (failure) : __real_##name arguments; }
WRAP(int, fstat, (int fd, struct stat* info), (fd, info), -1)
WRAP(int, stat, (const char* path, struct stat* info), (path, info), -1)
WRAP(int, lstat, (const char* path, struct stat* info), (path, info), -1)
WRAP(void*, mmap, (void* at, std::size_t bytes, int access, int flags, int fd, off_t offset),
     (at, bytes, access, flags, fd, offset), MAP_FAILED)
WRAP(int, fallocate, (int fd, int mode, off_t offset, off_t bytes), (fd, mode, offset, bytes), -1)
WRAP(int, ftruncate, (int fd, off_t bytes), (fd, bytes), -1)
WRAP(int, fsync, (int fd), (fd), -1)
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode), -1)
WRAP(int, fchown, (int fd, uid_t user, gid_t group), (fd, user, group), -1)
WRAP(int, flock, (int fd, int operation), (fd, operation), -1)
WRAP(int, rename, (const char* from, const char* to), (from, to), -1)
WRAP(int, mkdir, (const char* path, mode_t mode), (path, mode), -1)
WRAP(DIR*, opendir, (const char* path), (path), nullptr)

// A disk that refuses everything from then on keeps a partial file too: not what is looked for.
int __real_unlink(const char* path);
int __wrap_unlink(const char* path) {
  return !armed_for_good() && fails(CALLER) ? -1 : __real_unlink(path);
}

ssize_t __real_read(int fd, void* to, std::size_t bytes);
ssize_t __wrap_read(int fd, void* to, std::size_t bytes) {
  return moved(CALLER, bytes, [&](std::size_t n) { return __real_read(fd, to, n); });
}
ssize_t __real_pread(int fd, void* to, std::size_t bytes, off_t offset);
ssize_t __wrap_pread(int fd, void* to, std::size_t bytes, off_t offset) {
  return moved(CALLER, bytes, [&](std::size_t n) { return __real_pread(fd, to, n, offset); });
}
ssize_t __real_write(int fd, const void* from, std::size_t bytes);
ssize_t __wrap_write(int fd, const void* from, std::size_t bytes) {
  return moved(CALLER, bytes, [&](std::size_t n) { return __real_write(fd, from, n); });
}
ssize_t __real_pwrite(int fd, const void* from, std::size_t bytes, off_t offset);
ssize_t __wrap_pwrite(int fd, const void* from, std::size_t bytes, off_t offset) {
  return moved(CALLER, bytes, [&](std::size_t n) { return __real_pwrite(fd, from, n, offset); });
}
}
// NOLINTEND(bugprone-reserved-identifier)
