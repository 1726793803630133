#include <cstring>

#include "host/c/abi.hpp"
#include "host/message.hpp"

namespace heddle::c {
namespace {

// Of trivial type, so that neither a thread's first failure nor its end needs memory.
struct LastError {
  std::uint64_t failures;
  char text[2048];
};
thread_local LastError last_error;

constexpr std::string_view kCut = "...";

// Where `text` can be cut at or before `at` without halving a character of UTF-8.
std::size_t cut_at(std::string_view text, std::size_t at) {
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
  return at;
}

void set_last_error(std::string_view text) noexcept {
  char* const to = last_error.text;
  ++last_error.failures;
  constexpr std::size_t kMost = sizeof(LastError::text) - 1;
  if (text.size() <= kMost) {
    std::memmove(to, text.data(), text.size());  // a callback may hand on the sentence itself
    to[text.size()] = 0;
    return;
  }
  const std::size_t length = cut_at(text, kMost - kCut.size());
  std::memmove(to, text.data(), length);
  std::memcpy(to + length, kCut.data(), kCut.size());
  to[length + kCut.size()] = 0;
}

bool is_failure(heddle_status status) {
  return status > HEDDLE_OK && status <= HEDDLE_DEVICE_ERROR;
}

}  // namespace

heddle_status finish(const Status& status) noexcept {
  if (!status.ok()) set_last_error(status.message());
  return static_cast<heddle_status>(status.code());
}

std::uint64_t failure_count() noexcept { return last_error.failures; }

Status status_of(heddle_status code, std::uint64_t failures_before) {
  if (code == HEDDLE_OK) return {};
  if (!is_failure(code))
    return {StatusCode::invalid_argument,
            message("the callback returned ", code, ": must be a heddle_status, 0 to ",
                    static_cast<int>(HEDDLE_DEVICE_ERROR))};
  const auto kind = static_cast<StatusCode>(code);
  if (last_error.failures != failures_before) return {kind, last_error.text};
  return {kind, message("the callback returned ", code, " (", to_string(kind), ")")};
}

}  // namespace heddle::c

const char* heddle_last_error(void) { return heddle::c::last_error.text; }

heddle_status heddle_fail(heddle_status status, const char* message) {
  heddle::c::set_last_error(message != nullptr ? message : "");
  return heddle::c::is_failure(status) ? status : HEDDLE_INVALID_ARGUMENT;
}
