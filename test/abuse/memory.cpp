// Stands in for operator new and malloc. Sizes are asked of the allocator.

#include <malloc.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <system_error>
#include <thread>

#include "test/abuse/faults.hpp"

using heddle::abuse::Kind;
using heddle::abuse::must_fail;

// NOLINTBEGIN(bugprone-reserved-identifier): --wrap makes these names
extern "C" {
void* __real_malloc(std::size_t bytes);
void* __real_calloc(std::size_t count, std::size_t bytes);
void* __real_realloc(void* block, std::size_t bytes);
void* __real_aligned_alloc(std::size_t alignment, std::size_t bytes);
int __real_posix_memalign(void** block, std::size_t alignment, std::size_t bytes);
void __real_free(void* block);
char* __real_realpath(const char* path, char* resolved);
}

namespace {

std::atomic<std::int64_t> blocks{0}, bytes_held{0};

void* note(void* block) {
  if (block != nullptr) {
    ++blocks;
    bytes_held += static_cast<std::int64_t>(malloc_usable_size(block));
  }
  return block;
}

void give_back(void* block) noexcept {
  if (block == nullptr) return;
  --blocks;
  bytes_held -= static_cast<std::int64_t>(malloc_usable_size(block));
  __real_free(block);
}

void* take(std::size_t bytes, const void* caller) noexcept {
  if (must_fail(Kind::allocation, caller)) return nullptr;
  return note(__real_malloc(bytes == 0 ? 1 : bytes));
}

void* take(std::size_t bytes, std::align_val_t alignment, const void* caller) noexcept {
  if (must_fail(Kind::allocation, caller)) return nullptr;
  const auto step = static_cast<std::size_t>(alignment);
  return note(__real_aligned_alloc(step, (bytes + step - 1) / step * step));
}

void* or_throw(void* block) {
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

}  // namespace

namespace heddle::abuse {
std::int64_t live_blocks() { return blocks; }
std::int64_t live_bytes() { return bytes_held; }
void disown(std::int64_t count, std::int64_t bytes) {
  blocks -= count;
  bytes_held -= bytes;
}
}  // namespace heddle::abuse

#define CALLER __builtin_return_address(0)
void* operator new(std::size_t n) { return or_throw(take(n, CALLER)); }
void* operator new[](std::size_t n) { return or_throw(take(n, CALLER)); }
void* operator new(std::size_t n, std::align_val_t a) { return or_throw(take(n, a, CALLER)); }
void* operator new[](std::size_t n, std::align_val_t a) { return or_throw(take(n, a, CALLER)); }
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return take(n, CALLER); }
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept { return take(n, CALLER); }
void* operator new(std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
  return take(n, a, CALLER);
}
void* operator new[](std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
  return take(n, a, CALLER);
}
void operator delete(void* p) noexcept { give_back(p); }
void operator delete[](void* p) noexcept { give_back(p); }
void operator delete(void* p, std::size_t) noexcept { give_back(p); }
void operator delete[](void* p, std::size_t) noexcept { give_back(p); }
void operator delete(void* p, std::align_val_t) noexcept { give_back(p); }
void operator delete[](void* p, std::align_val_t) noexcept { give_back(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { give_back(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { give_back(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { give_back(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { give_back(p); }
void operator delete(void* p, std::align_val_t, const std::nothrow_t&) noexcept { give_back(p); }
void operator delete[](void* p, std::align_val_t, const std::nothrow_t&) noexcept { give_back(p); }

extern "C" {
void* __wrap_malloc(std::size_t bytes) {
  return must_fail(Kind::allocation, CALLER) ? nullptr : note(__real_malloc(bytes));
}
void* __wrap_calloc(std::size_t count, std::size_t bytes) {
  return must_fail(Kind::allocation, CALLER) ? nullptr : note(__real_calloc(count, bytes));
}
void* __wrap_realloc(void* block, std::size_t bytes) {
  if (must_fail(Kind::allocation, CALLER)) return nullptr;
  if (block != nullptr) {
    --blocks;
    bytes_held -= static_cast<std::int64_t>(malloc_usable_size(block));
  }
  return note(__real_realloc(block, bytes));
}
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t bytes) {
  if (must_fail(Kind::allocation, CALLER)) return nullptr;
  return note(__real_aligned_alloc(alignment, bytes));
}
int __wrap_posix_memalign(void** block, std::size_t alignment, std::size_t bytes) {
  if (must_fail(Kind::allocation, CALLER)) return ENOMEM;
  const int error = __real_posix_memalign(block, alignment, bytes);
  if (error == 0) note(*block);
  return error;
}
void __wrap_free(void* block) { give_back(block); }

// A file operation, but the memory of its answer is freed by the caller.
char* __wrap_realpath(const char* path, char* resolved) {
  if (must_fail(Kind::file, CALLER)) {
    errno = EIO;
    return nullptr;
  }
  char* const real = __real_realpath(path, resolved);
  if (resolved == nullptr) note(real);
  return real;
}

// std::thread's start, whose first argument is the thread.
#define START _ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE
#define PASTE(a, b) a##b
#define NAME(a, b) PASTE(a, b)
void NAME(__real_, START)(std::thread* self, void* state, void (*depends)());
void NAME(__wrap_, START)(std::thread* self, void* state, void (*depends)()) {
  if (must_fail(Kind::thread, CALLER))
    throw std::system_error(EAGAIN, std::generic_category(), "made up");
  NAME(__real_, START)(self, state, depends);
}
}
// NOLINTEND(bugprone-reserved-identifier)
