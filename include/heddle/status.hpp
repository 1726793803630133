#pragma once
/// \file
/// Errors as values. The library never prints, throws, aborts or exits: every operation returns a
/// `Status` or a `Result<T>`, and the message names the argument, its value and the requirement.

#include <cassert>
#include <string>
#include <utility>
#include <variant>

#include "heddle/export.h"

namespace heddle {

/// The kind of an outcome. The numbers are stable: they are the C ABI's return codes too.
enum class StatusCode : int {
  ok = 0,
  invalid_argument = 1,  ///< an argument breaks a documented requirement
  unsupported = 2,    ///< legal, but this combination does not exist (the message lists what does)
  not_found = 3,      ///< an unknown name (the message lists the known ones)
  not_compliant = 4,  ///< a matrix or mask keeps more than `keep` entries of some group
  corrupt = 5,        ///< packed data or a file breaks its format; the message names the place
  unavailable = 6,    ///< no device, driver or built kernel for the requested execution
  out_of_memory = 7,  ///< host or device memory ran out
  io_error = 8,       ///< the operating system refused a file operation
  device_error = 9,   ///< the CUDA runtime reported a failure; the message has its words
};

/// The code's name, for example "invalid_argument".
HEDDLE_API const char* to_string(StatusCode code) noexcept;

/// The outcome of an operation: a code, and for failures a sentence.
class [[nodiscard]] Status {
 public:
  Status() = default;  ///< success
  /// A failure and its sentence.
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}

  /// Success?
  bool ok() const noexcept { return code_ == StatusCode::ok; }
  /// The kind of outcome.
  StatusCode code() const noexcept { return code_; }
  /// The sentence of a failure; empty for success.
  const std::string& message() const noexcept { return message_; }

  /// "ok", or "<code>: <message>".
  HEDDLE_API std::string to_string() const;

 private:
  StatusCode code_ = StatusCode::ok;
  std::string message_;
};

/// A value, or the Status that says why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  /// A success.
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  /// A failure: `status` must not be ok.
  Result(Status status) : state_(std::in_place_index<1>, std::move(status)) {
    assert(!std::get<1>(state_).ok() && "a Result built from a Status must carry a failure");
  }

  /// Is there a value?
  bool ok() const noexcept { return state_.index() == 0; }
  /// ok()
  explicit operator bool() const noexcept { return ok(); }

  /// The failure, or a success Status when a value is held.
  const Status& status() const& noexcept {
    static const Status success;
    return ok() ? success : *std::get_if<1>(&state_);
  }
  /// The same moved out of a temporary: no memory is needed to hand a failure on.
  Status status() && noexcept { return ok() ? Status() : std::move(*std::get_if<1>(&state_)); }

  /// The value; only valid when `ok()`.
  T& value() & { return *get(); }
  /// See value().
  const T& value() const& { return *get(); }
  /// See value().
  T&& value() && { return std::move(*get()); }
  /// See value().
  T& operator*() & { return *get(); }
  /// See value().
  T&& operator*() && { return std::move(*get()); }
  /// See value().
  const T& operator*() const& { return *get(); }
  /// See value().
  T* operator->() { return get(); }
  /// See value().
  const T* operator->() const { return get(); }

 private:
  T* get() {
    assert(ok() && "Result::value() on a failure");
    return std::get_if<0>(&state_);
  }
  const T* get() const {
    assert(ok() && "Result::value() on a failure");
    return std::get_if<0>(&state_);
  }
  std::variant<T, Status> state_;
};

}  // namespace heddle
