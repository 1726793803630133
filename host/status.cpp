#include "heddle/status.hpp"

namespace heddle {

const char* to_string(StatusCode code) noexcept {
  switch (code) {
    case StatusCode::ok: return "ok";
    case StatusCode::invalid_argument: return "invalid_argument";
    case StatusCode::unsupported: return "unsupported";
    case StatusCode::not_found: return "not_found";
    case StatusCode::not_compliant: return "not_compliant";
    case StatusCode::corrupt: return "corrupt";
    case StatusCode::unavailable: return "unavailable";
    case StatusCode::out_of_memory: return "out_of_memory";
    case StatusCode::io_error: return "io_error";
    case StatusCode::device_error: return "device_error";
  }
  return "invalid";
}

std::string Status::to_string() const {
  return ok() ? "ok" : std::string(heddle::to_string(code_)) + ": " + message_;
}

}  // namespace heddle
